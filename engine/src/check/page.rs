//! The page of each rule, and the index of all: Markdown, made of the rules themselves.

use std::fmt::Write as _;

use super::registry::RULES;
use super::rule::Rule;

impl Rule {
    /// The documentation of the rule as Markdown, without a title.
    pub fn documentation(&self) -> String {
        let mut text = String::new();
        for line in self.documentation.lines() {
            text.push_str(line.strip_prefix(' ').unwrap_or(line));
            text.push('\n');
        }
        text
    }

    /// What the rule does, in its first sentence.
    pub fn summary(&self) -> String {
        let documentation = self.documentation();
        let section = documentation.split("## ").nth(1).unwrap_or_default();
        let paragraph = section.split("\n\n").nth(1).unwrap_or_default().replace('\n', " ");
        let end = paragraph.find(". ").map_or(paragraph.len(), |at| at + 1);
        paragraph.get(..end).unwrap_or_default().trim().to_owned()
    }

    /// The page `docs/rules/ID.md`.
    pub fn page(&self) -> String {
        let Self { id, since, .. } = self;
        let (category, level) = (self.category.as_str(), self.level.as_str());
        let file = id.replace('-', "_");
        let folder = category.replace('-', "_");
        format!(
            "# {id}\n\n<!-- Written from engine/src/check/rules/{folder}/{file}.rs: \
             `UPDATE=1 cargo test -p portcullis generated` -->\n\n\
             | category | level | since |\n|---|---|---|\n| {category} | {level} | {since} |\n\n{}",
            self.documentation()
        )
    }
}

/// The table of all rules, with links to their pages in the folder `rules`.
pub fn rule_index() -> String {
    let mut text = "| rule | category | level | what it finds |\n|---|---|---|---|\n".to_owned();
    for rule in RULES {
        let (id, category, level) = (rule.id, rule.category.as_str(), rule.level.as_str());
        let summary = rule.summary().replace('|', "\\|");
        // Writing to a string can't fail.
        _ = writeln!(text, "| [{id}](rules/{id}.md) | {category} | {level} | {summary} |");
    }
    text
}
