//! Any bytes as modules, data and a schema: the front end ends with rules or errors, in bounded time.
//!
//! Lines `--- NAME ---` separate modules; a part called `schema` is a JSON Schema of the input.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::compile::types::{self, Assumptions, Capabilities, Schemas};
use portcullis::compile::{CompileOptions, QueryContext, TypeCheck, compile, compile_query};
use portcullis::document;
use portcullis::source::{Source, SourceId, Sources};
use portcullis::syntax::{ParseOptions, RegoVersion, decode, parse, parse_query};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = decode(SourceId::default(), bytes) else { return };
    for version in [RegoVersion::V0, RegoVersion::V1, RegoVersion::V2] {
        front_end(text, version);
    }
});

fn front_end(text: &str, version: RegoVersion) {
    let options = ParseOptions::new(version);
    let mut sources = Sources::new();
    let mut modules = Vec::new();
    let mut schemas = Schemas::default();
    for (name, part) in parts(text) {
        if name == "schema" {
            if let Ok(node) = document::input(SourceId::default(), part) {
                schemas.insert(&[], node.to_value());
                schemas.insert(&["x"], node.to_value());
            }
            continue;
        }
        let id = sources.add(Source::new(name, part));
        let parsed = parse(id, part, &options);
        if !parsed.diagnostics.is_empty() {
            return;
        }
        modules.push(parsed.module);
    }
    let capabilities = Capabilities::current();
    let assumptions = Assumptions { capabilities: &capabilities, schemas: Some(&schemas) };
    _ = assumptions.check_input();
    let options = CompileOptions {
        strict: true,
        check_types: Some(&|view: &TypeCheck<'_>| types::check(view, assumptions)),
        ..CompileOptions::default()
    };
    let compiled = compile(modules, &sources, &options);
    if !compiled.is_ok() {
        return;
    }
    let query = "data[x][y]; input.a = z";
    let id = sources.add(Source::new("query", query));
    let body = parse_query(id, query, &ParseOptions::default()).expect("a query");
    let context = QueryContext { capture_values: true, ..QueryContext::default() };
    if let Ok(query) = compile_query(&compiled, body, &context, &sources, &options) {
        _ = types::query_errors(&compiled, &query, &sources, assumptions);
    }
}

/// The parts of the text and their names; what stands before the first line of dashes has the name `first`.
fn parts(text: &str) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut name = "first".to_owned();
    loop {
        let Some((part, after)) = rest.split_once("\n--- ") else {
            found.push((name, rest));
            return found;
        };
        found.push((name, part));
        let (line, more) = after.split_once('\n').unwrap_or((after, ""));
        name = line.trim_end_matches(" ---").to_owned();
        rest = more;
    }
}
