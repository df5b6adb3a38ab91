//! The examples in `docs/tables.md` are suites.

use std::fs;

use portcullis::source::{Source, Sources};

use crate::archive::{expand, root};

#[test]
fn documented_suites_expand() {
    let page = fs::read_to_string(root().join("docs/tables.md")).expect("the page");
    let blocks = fenced(&page);
    let mut read = 0;
    for (index, (info, text)) in blocks.iter().enumerate() {
        if !info.starts_with("yaml") {
            continue;
        }
        let mut sources = Sources::new();
        sources.add(Source::new("example.suite.yaml", text.as_str()));
        // Files of rows stand below the suite that names them.
        for (info, text) in blocks.iter().skip(index + 1) {
            let Some((_, name)) = info.split_once(' ') else { break };
            sources.add(Source::new(name, text.as_str()));
        }
        let (_, cases) = expand(&sources).unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
        assert!(!cases.is_empty(), "{text}");
        read += 1;
    }
    assert!(read >= 4, "only {read} suites in the page");
}

/// The fenced blocks of a page: what stands behind the opening fence, and the text.
fn fenced(page: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => {
                blocks.push((info.to_owned(), String::new()));
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                if let Some((_, text)) = blocks.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            (None, false) => {}
        }
    }
    blocks
}
