//! The reference of the command line in `docs/cli.md`, written from the definition of the arguments.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command, CommandFactory};

use super::Cli;

/// `UPDATE=1 cargo test -p portcullis-cli generated` rewrites the page; without it, it is compared.
#[test]
fn the_generated_reference_of_the_command_line_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
    let page = page();
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs_err::write(&path, &page).unwrap();
    }
    let written = fs_err::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(written.lines()).position(|(new, old)| new != old);
    assert!(
        page == written,
        "docs/cli.md is not what the commands say (line {}): run `UPDATE=1 cargo test -p portcullis-cli generated`",
        differs.map_or(page.lines().count().min(written.lines().count()), |index| index) + 1
    );
}

#[test]
fn every_generated_entry_says_what_it_is_for() {
    let mut cli = Cli::command();
    cli.build();
    for command in std::iter::once(&cli).chain(described(&cli)) {
        let name = full_name(command);
        assert!(command.get_about().is_some(), "`{name}` has no description");
        assert!(examples(command).is_some(), "`{name}` has no examples");
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "`{}` of `{name}` has no description", argument.get_id());
        }
    }
}

fn page() -> String {
    let mut cli = Cli::command();
    cli.build();
    let mut page = String::from(HEADER);
    for command in described(&cli) {
        let (name, about) = (full_name(command), about(command));
        let _ = writeln!(page, "- [`{name}`](#{}): {about}", name.replace(' ', "-"));
    }
    page.push_str("\n## For every command\n\n");
    let global: Vec<&Arg> = cli.get_arguments().collect();
    arguments(&global, &mut page);
    for command in described(&cli) {
        section(command, &cli, &mut page);
    }
    page
}

fn section(command: &Command, cli: &Command, page: &mut String) {
    let _ = writeln!(page, "\n## {}\n\n{}.", full_name(command), about(command));
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    for paragraph in long.split("\n\n").skip(1) {
        let _ = writeln!(page, "\n{}", escape(paragraph));
    }
    let usage = command.clone().render_usage().to_string();
    let _ = writeln!(page, "\n```text\n{}\n```\n", usage.trim_start_matches("Usage: "));
    let global = |argument: &&Arg| {
        let id = argument.get_id();
        !cli.get_arguments().any(|known| known.get_id() == id) && id != "version"
    };
    let own: Vec<&Arg> = command.get_arguments().filter(global).collect();
    arguments(&own, page);
    if let Some(examples) = examples(command) {
        let _ = writeln!(page, "\n```sh\n{examples}\n```");
    }
}

fn arguments(list: &[&Arg], page: &mut String) {
    page.push_str("| argument | meaning |\n|---|---|\n");
    let list: Vec<&Arg> = list.iter().filter(|argument| !argument.is_hide_set()).copied().collect();
    let positional = list.iter().filter(|argument| argument.is_positional());
    for argument in positional.chain(list.iter().filter(|argument| !argument.is_positional())) {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(page, "| {} | {}{} |", spelling(argument), escape(&help), values(argument));
    }
}

/// `-f`, `--format FORMAT`, each as code.
fn spelling(argument: &Arg) -> String {
    let takes_value = argument.get_action().takes_values();
    let names = argument.get_value_names().unwrap_or_default();
    let value = names.first().map(ToString::to_string).unwrap_or_default();
    if argument.is_positional() {
        return format!("`{value}`");
    }
    let long = argument.get_long().unwrap_or_default();
    let long = match argument.get_num_args() {
        _ if !takes_value => format!("`--{long}`"),
        Some(count) if count.min_values() == 0 => format!("`--{long}[={value}]`"),
        _ => format!("`--{long} {value}`"),
    };
    argument.get_short().map_or(long.clone(), |short| format!("`-{short}`, {long}"))
}

/// The values to choose from and the default, as sentences.
fn values(argument: &Arg) -> String {
    let mut text = String::new();
    if argument.get_action().takes_values() {
        let possible = argument.get_possible_values();
        let visible = possible.iter().filter(|value| !value.is_hide_set());
        let described = visible.map(|value| {
            let help = value.get_help().map(|help| format!(" ({})", escape(&help.to_string())));
            format!("`{}`{}", value.get_name(), help.unwrap_or_default())
        });
        let described: Vec<String> = described.collect();
        if !described.is_empty() {
            let _ = write!(text, "; one of {}", described.join(", "));
        }
        if let [default] = argument.get_default_values()
            && !argument.is_hide_default_value_set()
        {
            let _ = write!(text, "; `{}` unless given", default.to_string_lossy());
        }
    }
    text
}

/// The commands that do something: those inside of one that only holds others stand for it.
fn described(cli: &Command) -> impl Iterator<Item = &Command> {
    let is_one = |command: &&Command| command.get_name() != "help";
    cli.get_subcommands().filter(is_one).flat_map(move |command| {
        let inner: Vec<&Command> = command.get_subcommands().filter(is_one).collect();
        if inner.is_empty() { vec![command] } else { inner }
    })
}

/// `portcullis coverage merge`.
fn full_name(command: &Command) -> String {
    command.get_bin_name().unwrap_or(command.get_name()).to_owned()
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn examples(command: &Command) -> Option<String> {
    let text = command.get_after_help()?.to_string();
    let lines = text.strip_prefix("Examples:\n")?.lines().map(str::trim);
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// Text in which Markdown sees nothing but the code in it.
fn escape(text: &str) -> String {
    let mut in_code = false;
    let mut escaped = String::new();
    for c in text.chars() {
        in_code ^= c == '`';
        if !in_code && matches!(c, '*' | '_' | '<' | '>') || c == '|' {
            escaped.push('\\');
        }
        escaped.push(if c == '\n' { ' ' } else { c });
    }
    escaped
}

const HEADER: &str = "# Commands

<!-- Written from the definition of the arguments: `UPDATE=1 cargo test -p portcullis-cli generated` -->

What `portcullis --help` and `portcullis COMMAND --help` say, on one page. What the commands end with: [exit-codes.md](exit-codes.md).

";
