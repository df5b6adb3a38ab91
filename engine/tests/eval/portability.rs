//! The table of docs/portability.md: what each engine answers to the queries in it.

use std::num::NonZeroUsize;

use portcullis::frontend;
use portcullis::policy::{CompileUnit, Engine, Modules, Outcome, Query, Request};
use portcullis::source::Sources;
use portcullis::stack;
use portcullis::value::{Object, Value};

use crate::conformance::Which;

#[test]
fn every_row_of_the_table_of_differences_is_true() {
    let page = include_str!("../../../docs/portability.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| kind"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.len() > 10, "only {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in rows {
        let [_, query, native, regorus] = row[..] else { panic!("{row:?} has not four cells") };
        let query = query.trim_matches('`').to_owned();
        assert_ne!(native, regorus, "{query}");
        for (which, expected) in [(Which::Native, native), (Which::Reference, regorus)] {
            let asked = query.clone();
            let got = stack::run(move || answer(&*which.engine(false), &asked)).expect("a thread");
            if got != expected {
                wrong.push(format!("{which:?}: `{query}` is {got}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An answer as the table has it.
fn answer(engine: &dyn Engine, query: &str) -> String {
    let (sources, data) = (Sources::new(), Value::Object(Object::new()));
    let modules = Modules { sources: &sources, versions: &[] };
    let modules = &frontend::parse(&modules, NonZeroUsize::MIN, None).expect("no modules");
    let unit = CompileUnit { modules, data: &data, renames: &[], cases: &[] };
    let policy = engine.compile(&unit).expect("nothing to refuse");
    let mut prepared = match policy.prepare(&Query::Text(query.into())) {
        Ok(prepared) => prepared,
        Err(errors) => return format!("error: `{}`", errors[0].code.as_str()),
    };
    match prepared.evaluate(&Request::default()).outcome {
        Outcome::Undefined => "undefined".to_owned(),
        Outcome::Error(error) => format!("error: `{}`", error.code),
        Outcome::Defined(rows) => format!("`{}`", rows[0].expressions[0].value.to_json()),
    }
}
