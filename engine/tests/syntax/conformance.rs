//! The modules of the conformance cases parse as OPA parses them, and survive being printed.

use crate::corpus;
use portcullis::source::SourceId;
use portcullis::syntax::{ParseOptions, dump, parse, parse_query, printer};

#[test]
fn modules_are_accepted_and_refused_as_by_opa() {
    let Some(cases) = corpus::cases() else { return };
    let mut modules = 0;
    for case in &cases {
        let mut messages = Vec::new();
        for module in &case.modules {
            modules += 1;
            let parsed = parse(SourceId::default(), module, &ParseOptions::default());
            messages.extend(parsed.diagnostics.into_iter().map(|diagnostic| diagnostic.message));
        }
        if case.error_code.as_deref() == Some("rego_parse_error") && !messages.is_empty() {
            let reworded = REWORDED.iter().find(|(note, _)| *note == case.note).map(|(_, message)| *message);
            let wanted = reworded.or(case.error.as_deref()).unwrap_or_default();
            assert!(messages.iter().any(|message| message.contains(wanted)), "{}: {messages:?}", case.note);
        } else {
            assert!(messages.is_empty(), "{}: {messages:?}", case.note);
        }
    }
    println!("{modules} modules of {} cases", cases.len());
    assert!(modules > 2000, "only {modules} modules were found");
}

#[test]
fn accepted_modules_survive_being_printed_and_parsed_again() {
    let Some(cases) = corpus::cases() else { return };
    for case in &cases {
        for module in &case.modules {
            let first = parse(SourceId::default(), module, &ParseOptions::default());
            if !first.diagnostics.is_empty() {
                continue;
            }
            let printed = printer::module(&first.module);
            let second = parse(SourceId::default(), &printed, &ParseOptions::default());
            assert_eq!(second.diagnostics, [], "{}:\n{printed}", case.note);
            assert_eq!(dump::module(&first.module, None), dump::module(&second.module, None), "{printed}");
        }
    }
}

#[test]
fn queries_of_the_cases_parse_and_survive_being_printed() {
    let Some(_) = corpus::cases() else { return };
    for query in
        ["data.test.p = x", "x := 1; y = [x | x := 2]", "some i; data.a[i] == 1 with input as {}", "1 2"]
    {
        let first =
            parse_query(SourceId::default(), query, &ParseOptions::default()).expect("the query is fine");
        let printed = printer::body(&first);
        let second = parse_query(SourceId::default(), &printed, &ParseOptions::default());
        let second = second.unwrap_or_else(|errors| panic!("{printed}: {errors:?}"));
        assert_eq!(dump::body(&first, None), dump::body(&second, None), "{printed}");
    }
}

/// Cases whose message an older OPA gave, with the message of OPA 1.22.2.
const REWORDED: [(&str, &str); 1] =
    [("import as reserved", "unexpected import alias, must not be a reserved name, got: input")];
