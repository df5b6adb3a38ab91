//! The checker on rules that OPA has rewritten, against the errors that OPA found in them.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests read files and print what differs"
)]

use std::collections::BTreeMap;
use std::path::Path;

use portcullis::compile::types::{Capabilities, CheckedRule, CheckedValue, Documents, Program};
use portcullis::source::{SourceId, Span};
use portcullis::syntax::tree::{HeadValue, Module, Name, Ref, Term, TermKind};
use portcullis::syntax::{ParseOptions, parse, parse_ref, parse_term};
use serde_json::Value;
use thin_vec::ThinVec;

#[test]
fn rewritten_rules_have_the_errors_that_opa_finds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testcases/types/expanded.json");
    let cases: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(path).expect("a readable file")).expect("JSON");
    let mut differing = 0;
    let (mut errors, mut skipped) = (0, 0);
    for case in &cases {
        let Some((ours, types)) = check(case) else {
            skipped += 1;
            continue;
        };
        let mut theirs: Vec<Vec<String>> =
            serde_json::from_value(case["errors"].clone()).expect("lists of lines");
        theirs.sort();
        errors += theirs.len();
        for (path, of) in types.iter().filter(|(path, of)| case["types"][path.as_str()] != of.as_str()) {
            differing += 1;
            println!("== {}: {path}\n  ours   {of}\n  theirs {}", case["note"], case["types"][path]);
        }
        if ours != theirs {
            differing += 1;
            println!("== {}", case["note"]);
            for error in ours.iter().filter(|error| !theirs.contains(error)) {
                println!("  ours   {error:#?}");
            }
            for error in theirs.iter().filter(|error| !ours.contains(error)) {
                println!("  theirs {error:#?}");
            }
        }
    }
    println!("{} programs with {errors} errors, {skipped} skipped", cases.len());
    assert_eq!(differing, 0, "of {} programs with {errors} errors", cases.len());
}

/// The errors, each as its message and lines, and the types of all documents.
type Checked = (Vec<Vec<String>>, BTreeMap<String, String>);

/// None for rules that can be made by rewriting, but not written.
fn check(case: &Value) -> Option<Checked> {
    let options = ParseOptions::default();
    let modules: Vec<Module> = case["rules"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|rule| {
            let text = format!("{}\n\n{}", rule[0].as_str().expect("text"), rule[1].as_str().expect("text"));
            let parsed = parse(SourceId::default(), &text, &options);
            if !parsed.diagnostics.is_empty() {
                println!("skipped: {}: {text}: {:?}", case["note"], parsed.diagnostics);
                return None;
            }
            Some(parsed.module)
        })
        .collect::<Option<_>>()?;
    let paths: Vec<Ref> = modules.iter().map(path).collect();
    let rules: Vec<CheckedRule<'_>> =
        modules.iter().zip(&paths).map(|(module, path)| checked_rule(module, path)).collect();
    let program = Recorded::new(case);
    let mut documents = Documents::new(&Capabilities::current());
    let errors = documents.check_rules(rules, &program, None);
    let mut found: Vec<Vec<String>> = errors
        .iter()
        .map(|error| std::iter::once(error.message.clone()).chain(error.lines()).collect())
        .collect();
    found.sort();
    let paths = case["types"].as_object().expect("an object").keys();
    let types = paths.map(|path| {
        let reference = parse_ref(SourceId::default(), path, &options).expect("a path");
        let of = documents.get(&reference).map_or_else(|| "???".to_owned(), |of| of.to_string());
        (path.clone(), of)
    });
    Some((found, types.collect()))
}

fn path(module: &Module) -> Ref {
    let package = module.package.as_ref().expect("a package");
    let rule = module.rules.first().expect("a rule");
    let span = package.span;
    let text = |name: &Name| Term { span, kind: TermKind::String(name.clone()) };
    let mut operands: ThinVec<Term> = package.path.iter().map(|segment| text(&segment.name)).collect();
    operands.push(text(&rule.head.reference.head.as_var().expect("a name").name));
    operands.extend(rule.head.reference.operands.iter().cloned());
    Ref { span, head: Term::var(Name::from("data"), span), operands }
}

fn checked_rule<'m>(module: &'m Module, path: &'m Ref) -> CheckedRule<'m> {
    let rule = module.rules.first().expect("a rule");
    CheckedRule {
        path,
        args: &rule.head.args,
        value: match &rule.head.value {
            HeadValue::Term(term) => CheckedValue::Single(term),
            HeadValue::Element(term) => CheckedValue::Element(term),
            HeadValue::True => panic!("all values are written"),
        },
        body: rule.body.as_ref().expect("a body"),
        schemas: &[],
        has_closures: true,
        span: rule.span,
    }
}

/// What OPA said of the names and the dependencies of a program.
#[derive(Debug)]
struct Recorded {
    shown: BTreeMap<String, Term>,
    dependents: BTreeMap<String, Vec<Ref>>,
}

impl Recorded {
    fn new(case: &Value) -> Self {
        let options = ParseOptions::default();
        let source = SourceId::default();
        let shown = case["shown"].as_object().expect("an object").iter().map(|(name, shown)| {
            let text = shown.as_str().expect("text");
            let term = if text == "_" {
                Term::var(Name::from("_"), Span::new(source, 0, 0))
            } else {
                parse_term(source, text, &options).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
            };
            (name.clone(), term)
        });
        let dependents = case["dependents"].as_object().expect("an object").iter().map(|(target, paths)| {
            let paths =
                paths.as_array().into_iter().flatten().map(|path| {
                    parse_ref(source, path.as_str().expect("text"), &options).expect("a reference")
                });
            (target.clone(), paths.collect())
        });
        Self { shown: shown.collect(), dependents: dependents.collect() }
    }
}

impl Program for Recorded {
    fn shown(&self, variable: &Name) -> Option<Term> {
        self.shown.get(variable.as_str()).cloned()
    }

    fn dependents(&self, target: &Ref) -> Vec<Ref> {
        self.dependents.get(&portcullis::syntax::display::reference(target)).cloned().unwrap_or_default()
    }
}
