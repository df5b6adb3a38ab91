//! The pages of the rules: complete, fresh, and with examples that are what they say.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use portcullis::check::{RULES, Rule, Settings, rule, rule_index};
use portcullis::config::{Config, DEFAULT, config_schema};
use portcullis::source::SourceId;

use crate::linted::messages;

#[test]
fn generated_pages_of_rules_are_fresh() {
    let folder = repository().join("docs/rules");
    for rule in RULES {
        compare(&folder.join(rule.id).with_extension("md"), &rule.page());
    }
    let pages: BTreeSet<String> = fs::read_dir(&folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let wanted: BTreeSet<String> = RULES.iter().map(|rule| format!("{}.md", rule.id)).collect();
    assert_eq!(pages, wanted, "a page is left over");
}

#[test]
fn generated_index_of_rules_is_fresh() {
    let path = repository().join("docs/lints.md");
    let page = fs::read_to_string(&path).expect("the page can be read");
    let (before, rest) = page.split_once(START).expect("the page has a place for the table");
    let (_, after) = rest.split_once(END).expect("the table has an end");
    compare(&path, &format!("{before}{START}\n\n{}\n{END}{after}", rule_index()));
}

#[test]
fn generated_configuration_schema_is_fresh() {
    compare(&repository().join("docs/config.schema.json"), &config_schema());
}

#[test]
fn every_rule_has_a_file_and_all_sections_of_its_page() {
    for rule in RULES {
        let (folder, file) = (rule.category.as_str().replace('-', "_"), rule.id.replace('-', "_"));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/check/rules/{folder}/{file}.rs"));
        assert!(path.is_file(), "{} is missing", path.display());
        let documentation = rule.documentation();
        let sections: Vec<&str> = documentation.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(
            sections,
            ["What it does", "Why is this bad?", "Example", "Use instead", "Limits"],
            "{}",
            rule.id
        );
        assert!(rule.summary().len() > 20, "{}: {}", rule.id, rule.summary());
    }
}

#[test]
fn names_of_rules_are_unique_and_sorted_within_their_category() {
    let keys: Vec<_> = RULES.iter().map(|rule| (rule.category, rule.id)).collect();
    assert!(keys.is_sorted(), "{keys:?}");
    for (_, id) in &keys {
        assert_eq!(rule(id).map(|rule| rule.id), Some(*id));
    }
    let ids: BTreeSet<&str> = keys.iter().map(|(_, id)| *id).collect();
    assert_eq!(ids.len(), RULES.len());
}

#[test]
fn the_example_of_a_rule_is_bad_and_what_to_use_instead_is_not() {
    for rule in RULES {
        let [bad, good] = examples(rule);
        let found = messages(&bad);
        assert!(found.iter().any(|(id, _)| *id == rule.id), "{}: {found:?}", rule.id);
        let found: Vec<_> = messages(&good);
        assert!(found.iter().all(|(id, _)| *id != rule.id), "{}: {found:?}", rule.id);
    }
}

#[test]
fn the_configuration_in_the_documentation_can_be_read() {
    let page = fs::read_to_string(repository().join("docs/lints.md")).expect("the page can be read");
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let config = Config::read(SourceId::default(), block).expect("the example is right");
    assert_ne!(config.check, Settings::default());
    assert!(schema_takes(block));
}

#[test]
fn the_generated_page_of_the_configuration_shows_what_holds_without_it() {
    let path = repository().join("docs/configuration.md");
    let page = fs::read_to_string(&path).expect("the page can be read");
    let (before, rest) = page.split_once("```toml\n").expect("a block of TOML");
    let (_, after) = rest.split_once("```\n").expect("the block ends");
    compare(&path, &format!("{before}```toml\n{DEFAULT}```\n{after}"));
    assert!(schema_takes(DEFAULT));
}

#[test]
fn the_configuration_schema_refuses_what_the_reader_refuses() {
    for (text, good) in [
        ("", true),
        ("[check]", true),
        ("[check]\ndecisions = []", true),
        ("[[check.exclude]]\npaths = ['a']", true),
        ("[chek]", false),
        ("[check]\ndecision = []", false),
        ("[check]\ndecisions = [1]", false),
        ("[check.rules]\nunused-rule = 'loud'", false),
        ("[check.rules]\nunused-rules = 'off'", false),
        ("[[check.exclude]]\nrules = []", false),
        ("[[check.exclude]]\npaths = []\nrules = ['x']", false),
        ("[[check.exclude]]\npaths = []\nfiles = []", false),
        ("[test]\npaths = ['a']\ntimeout = '5s'\nverbose = true", true),
        ("[test]\nfail_on_empty = true", false),
        ("[test]\nparallel = -1", false),
        ("[test]\npaths = 'a'", false),
    ] {
        assert_eq!(Config::read(SourceId::default(), text).is_ok(), good, "{text}");
        assert_eq!(schema_takes(text), good, "{text}");
    }
}

fn schema_takes(text: &str) -> bool {
    let schema: serde_json::Value = serde_json::from_str(&config_schema()).expect("JSON");
    let document: serde_json::Value = toml::from_str(text).expect("TOML");
    jsonschema::draft7::new(&schema).expect("a schema").is_valid(&document)
}

/// The code blocks below `Example` and `Use instead`.
pub(crate) fn examples(rule: &Rule) -> [String; 2] {
    let documentation = rule.documentation();
    ["## Example\n", "## Use instead\n"].map(|title| {
        let section = documentation.split(title).nth(1).expect("the section is there");
        let block = section.split("```rego\n").nth(1).expect("a block of Rego");
        block.split("```").next().expect("the block ends").to_owned()
    })
}

fn compare(path: &Path, fresh: &str) {
    if env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(path, fresh).expect("a file that can be written");
        return;
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let name = path.display();
    assert_eq!(committed, fresh, "{name}: rewrite it with `UPDATE=1 cargo test -p portcullis generated`");
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

const START: &str = "<!-- rules: `UPDATE=1 cargo test -p portcullis generated` -->";
const END: &str = "<!-- end of rules -->";
