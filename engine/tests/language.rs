//! The claims of `docs/language.md`: its blocks compile or are refused as they say.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests read files and say what is wrong with them"
)]

#[path = "types_support/opa.rs"]
mod opa;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use portcullis::frontend::{self, Strictness};
use portcullis::policy::{CompileUnit, Modules, RegoVersion};
use portcullis::source::{Source, Sources};
use portcullis::value::{Object, Value};

#[test]
fn documented_modules_compile_or_are_refused_as_the_page_says() {
    let blocks = blocks();
    assert!(blocks.len() >= 15, "only {} blocks in the page", blocks.len());
    for block in &blocks {
        let mut sources = Sources::new();
        sources.add(Source::new("example.rego", block.text.as_str()));
        let modules = Modules { sources: &sources, versions: &[block.version] };
        let strictness = Strictness { strict: block.strict, max_errors: None };
        let data = Value::Object(Object::new());
        let parsed = frontend::parse(&modules, NonZeroUsize::MIN, None);
        let checked = parsed.as_ref().map_err(Clone::clone).and_then(|modules| {
            frontend::check(&CompileUnit { modules, data: &data, renames: &[], cases: &[] }, strictness)
        });
        assert_eq!(parsed.is_err(), block.expected == Expected::ParseError, "{}\n{parsed:?}", block.text);
        assert_eq!(checked.is_ok(), block.expected == Expected::Compiles, "{}\n{checked:?}", block.text);
        if let Err(errors) = checked {
            let part = block.message();
            let found = errors.iter().any(|error| error.message.contains(part));
            assert!(found, "no error with `{part}` in {errors:?}");
        }
    }
}

#[test]
fn opa_says_the_same_of_the_documented_modules() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("language");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (at, block) in blocks().iter().enumerate() {
        // OPA panics on the compilation of this one.
        if block.text.contains("f(x).y") {
            continue;
        }
        let file = folder.join(format!("{at}.rego"));
        std::fs::write(&file, &block.text).expect("a file");
        let mut arguments = vec!["check".to_owned(), file.display().to_string()];
        arguments.extend(match block.version {
            RegoVersion::V0 => Some("--v0-compatible".to_owned()),
            RegoVersion::V0V1 => Some("--v0-v1".to_owned()),
            RegoVersion::V1 | RegoVersion::V2 => None,
        });
        arguments.extend(block.strict.then(|| "--strict".to_owned()));
        let Some(output) = opa::run(&arguments) else { return };
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), block.expected == Expected::Compiles, "{}\n{text}", block.text);
        if block.expected != Expected::Compiles {
            assert!(text.contains(block.message()), "{}\n{text}", block.text);
        }
    }
}

#[test]
fn the_limits_of_the_page_are_those_of_the_code() {
    let page = page();
    let options = portcullis::syntax::ParseOptions::default();
    for limit in [
        format!("| brackets and bodies in each other | {} |", options.max_depth),
        format!("operators in a row | {} |", options.max_height),
    ] {
        assert!(page.contains(&limit), "{limit}");
    }
    let nested = |depth: usize| format!("package a\n\np := {}{}\n", "[".repeat(depth), "]".repeat(depth));
    let summed = |terms: usize| format!("package a\n\np := 1{}\n", " + 1".repeat(terms));
    for (text, fine) in [(nested(190), true), (nested(210), false), (summed(700), true), (summed(900), false)]
    {
        let mut sources = Sources::new();
        sources.add(Source::new("a.rego", text.as_str()));
        let modules = Modules { sources: &sources, versions: &[] };
        let read = frontend::parse(&modules, NonZeroUsize::MIN, None);
        assert_eq!(read.is_ok(), fine, "{read:?}");
    }
}

#[derive(Debug)]
struct Block {
    version: RegoVersion,
    strict: bool,
    expected: Expected,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Compiles,
    ParseError,
    CompileError,
}

impl Block {
    /// The part of the message that the first line says.
    fn message(&self) -> &str {
        self.text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# "))
            .expect("a message in the first line")
    }
}

fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in page().lines() {
        match (line.strip_prefix("```"), open) {
            (Some(tags), false) => {
                blocks.push(block(tags));
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let text = &mut blocks.last_mut().expect("an open block").text;
                text.push_str(line);
                text.push('\n');
            }
            (None, false) => {}
        }
    }
    blocks
}

fn block(tags: &str) -> Block {
    let mut block =
        Block { version: RegoVersion::V1, strict: false, expected: Expected::Compiles, text: String::new() };
    for tag in tags.split(' ') {
        match tag {
            "rego" | "v1" => {}
            "v0" => block.version = RegoVersion::V0,
            "v0v1" => block.version = RegoVersion::V0V1,
            "v2" => block.version = RegoVersion::V2,
            "strict" => block.strict = true,
            "parse-error" => block.expected = Expected::ParseError,
            "compile-error" => block.expected = Expected::CompileError,
            other => panic!("a block of docs/language.md has the unknown tag `{other}`"),
        }
    }
    block
}

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/language.md");
    std::fs::read_to_string(path).expect("the page")
}
