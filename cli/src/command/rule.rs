//! `portcullis rule`: the pages of the linter's rules.

use std::fmt::Write as _;

use portcullis::check::{self, RULES};

use crate::exit::Exit;
use crate::io::Io;

/// Explain a rule of the linter, or list them all
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  portcullis rule\n  portcullis rule default-true")]
pub(crate) struct Args {
    /// The rule to explain; a list of all when absent
    #[arg(value_name = "RULE")]
    id: Option<String>,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let Some(id) = &args.id else { return io.write(list().as_bytes(), Exit::One) };
    let Some(rule) = check::rule(id) else {
        io.error(format_args!("no rule is called `{id}`"));
        io.hint(check::unknown_rule_help(id));
        return Exit::One;
    };
    let (category, level) = (rule.category.as_str(), rule.level.as_str());
    let text = format!("# {id} ({category}, {level})\n\n{}", rule.documentation());
    io.write(text.as_bytes(), Exit::One)
}

/// Names, categories and levels in columns, and what each rule finds.
fn list() -> String {
    let mut text = String::new();
    let ids = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let categories = RULES.iter().map(|rule| rule.category.as_str().len()).max().unwrap_or_default();
    for rule in RULES {
        let (id, category, level) = (rule.id, rule.category.as_str(), rule.level.as_str());
        // Writing to a string can't fail.
        _ = writeln!(text, "{id:ids$}  {category:categories$}  {level:5}  {}", rule.summary());
    }
    text
}
