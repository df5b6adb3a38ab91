//! Suites in `testcases/tables`: what they expand to, and what is said about those that are wrong.

use std::fmt::Write as _;
use std::fs;
use std::panic;
use std::path::Path;
use std::sync::Arc;

use portcullis::diagnostic::Diagnostic;
use portcullis::document::Spanned;
use portcullis::source::{LineIndex, Source, Sources, Span};
use portcullis::suite::table::{Case, Expectation, Suite};

use crate::archive::{expand, files, split};

#[test]
fn good_suites_expand_to_their_cases() {
    check_all("good", |sources| match expand(sources) {
        Ok((suite, cases)) => cases_text(sources, &suite, &cases),
        Err(diagnostics) => panic!("{}", diagnostics_text(sources, &diagnostics)),
    });
}

#[test]
fn bad_suites_are_refused_with_places_and_hints() {
    check_all("bad", |sources| {
        let diagnostics = expand(sources).map(|_| ()).expect_err("diagnostics");
        for diagnostic in &diagnostics {
            assert!(diagnostic.span.is_some(), "no place: {}", diagnostic.message);
            assert!(diagnostic.help.is_some(), "no hint: {}", diagnostic.message);
        }
        diagnostics_text(sources, &diagnostics)
    });
}

#[test]
fn every_snapshot_belongs_to_a_case() {
    for path in ["good", "bad"].into_iter().flat_map(|kind| files(kind, ".snap")) {
        assert!(path.with_extension("case.txt").exists(), "{} has no case", path.display());
    }
}

#[test]
fn texts_that_are_cut_anywhere_are_read_or_refused() {
    for path in files("good", ".case.txt") {
        let whole = split(&fs::read_to_string(&path).expect("a readable file"));
        for (cut, source) in whole.iter() {
            for (end, _) in source.text().char_indices() {
                let mut sources = Sources::new();
                for (id, source) in whole.iter() {
                    let text = if id == cut { source.text().get(..end) } else { Some(&**source.text()) };
                    sources.add(Source::new(Arc::clone(source.name()), text.expect("a text")));
                }
                let answer = expand(&sources);
                assert!(answer.is_ok() || answer.is_err_and(|errors| !errors.is_empty()));
            }
        }
    }
}

#[test]
fn long_files_are_refused_before_they_are_read() {
    let long = " ".repeat((64 << 20) + 1);
    let mut sources = Sources::new();
    sources.add(Source::new("a.suite.yaml", long.as_str()));
    let errors = expand(&sources).expect_err("too long");
    assert_eq!(errors[0].message, "`a.suite.yaml` is longer than 64 MiB");
    let mut sources = split(
        "-- a.suite.yaml --\nsuite: s\nquery: data.a.b\ncases_from: [{file: a.csv, columns: {a: a}, expect: e}]\n",
    );
    sources.add(Source::new("a.csv", long));
    let errors = expand(&sources).expect_err("too long");
    assert_eq!(errors[0].message, "`a.csv` is longer than 64 MiB");
}

#[test]
fn a_file_with_a_mistake_in_each_row_gets_a_bounded_answer() {
    let mut sources = split(
        "-- a.suite.yaml --\nsuite: s\nquery: data.a.b\ncases_from: [{file: a.csv, columns: {a: a}, expect: e}]\n",
    );
    sources.add(Source::new("a.csv", format!("a,e\n{}", "1,alow\n".repeat(1_000))));
    let errors = expand(&sources).expect_err("mistakes");
    assert_eq!(errors.len(), 101);
    assert_eq!(errors[100].message, "`a.csv` has 900 more mistakes");
}

/// Runs each case of a directory, and compares what comes with the snapshot beside it.
fn check_all(kind: &str, run: impl Fn(&Sources) -> String + panic::RefUnwindSafe) {
    let mut failed = Vec::new();
    let paths = files(kind, ".case.txt");
    assert!(!paths.is_empty(), "no cases in {kind}");
    for path in paths {
        let checked = panic::catch_unwind(|| {
            let text = fs::read_to_string(&path).expect("a readable file");
            let answer = run(&split(&text));
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(path.parent().expect("a directory"));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(stem(&path), format!("{text}\n======\n{answer}")));
        });
        if checked.is_err() {
            failed.push(path);
        }
    }
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

fn stem(path: &Path) -> String {
    let name = path.file_name().expect("a name").to_string_lossy();
    name.strip_suffix(".case.txt").expect("a case").to_owned()
}

fn cases_text(sources: &Sources, suite: &Suite, cases: &[Case]) -> String {
    let list = |paths: &[Spanned<String>]| {
        paths.iter().map(|path| path.value.clone()).collect::<Vec<_>>().join(", ")
    };
    let mut text = format!("suite {}\nquery {:?}\n", suite.name().value, suite.query());
    if let Some(policies) = suite.policies() {
        writeln!(text, "policies {}", list(policies)).expect("a string");
    }
    if !suite.data().is_empty() {
        writeln!(text, "data {}", list(suite.data())).expect("a string");
    }
    for file in suite.case_files() {
        writeln!(text, "rows of {}", file.value).expect("a string");
    }
    for case in cases {
        write!(text, "\n{} ({})\n", case.name, place(sources, case.span)).expect("a string");
        if !case.select.is_empty() {
            writeln!(text, "  select {:?}", case.select).expect("a string");
        }
        match &case.input {
            Some(input) => writeln!(text, "  input {input}").expect("a string"),
            None => text.push_str("  no input\n"),
        }
        for replaced in &case.with {
            writeln!(text, "  with {:?} as {}", replaced.path, replaced.value).expect("a string");
        }
        let expect = match &case.expect {
            Expectation::Allow => "allow".to_owned(),
            Expectation::Deny => "deny".to_owned(),
            Expectation::Undefined => "undefined".to_owned(),
            Expectation::Error(code) => format!("error {code}"),
            Expectation::Want(value) => format!("want {value}"),
        };
        writeln!(text, "  expect {expect}").expect("a string");
    }
    text
}

fn diagnostics_text(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let place = diagnostic.span.map_or_else(String::new, |span| place(sources, span));
        let (code, message) = (diagnostic.code.as_str(), &diagnostic.message);
        writeln!(text, "{place}: {code}: {message}").expect("a string");
        if let Some(help) = &diagnostic.help {
            writeln!(text, "  hint: {help}").expect("a string");
        }
    }
    text
}

/// The place of a span, and the text in it when that is short.
fn place(sources: &Sources, span: Span) -> String {
    let source = sources.get(span.source).expect("a source");
    let at = LineIndex::new(source.text()).position(span.start);
    let marked = source.text().get(span.start as usize..span.end as usize).expect("a text");
    let mut first = marked.lines().next().unwrap_or_default().to_owned();
    if marked.lines().count() > 1 {
        first.push_str(" ...");
    }
    format!("{}:{}:{} [{first}]", source.name(), at.row, at.col)
}
