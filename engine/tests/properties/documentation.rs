//! The page about properties: its files can be read, and what it shows is what it says.

use std::fs;

use portcullis::property;
use portcullis::source::SourceId;

use crate::root;

#[test]
fn every_kind_of_property_is_on_the_page() {
    let page = fs::read_to_string(root().join("docs/properties.md")).expect("the page");
    for key in [
        "allow_requires",
        "never_allow_when",
        "unless",
        "never_allow_unless",
        "allow_depends_on",
        "on_missing",
        "must_allow",
        "equivalent_to",
        "expect",
        "allow_agrees_on",
        "increasing_in",
        "decreasing_in",
        "unchanged_by",
        "relation",
        "each",
        "set",
        "assume",
        "data: any",
        "derived",
        "mode",
        "baseline",
        "accepted",
        "trust",
        "property_",
        "generator",
    ] {
        assert!(page.contains(&format!("`{key}")) || page.contains(&format!("{key}:")), "{key}");
    }
}

#[test]
fn files_on_the_page_can_be_read() {
    let page = fs::read_to_string(root().join("docs/properties.md")).expect("the page");
    let mut read = 0;
    for block in page.split("\n```yaml").skip(1) {
        let (info, rest) = block.split_once('\n').unwrap_or_default();
        let text = rest.split("\n```").next().unwrap_or_default();
        if text.contains("version: 1") {
            let name = if info.trim().is_empty() { "page.properties.yaml" } else { info.trim() };
            property::read(SourceId::default(), name, text)
                .unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
            read += 1;
        }
    }
    assert!(read >= 3, "only {read} files are on the page");
}
