//! The files of `engine/testcases/compile`: what each becomes, as reviewed.

use std::fmt::Write as _;

use portcullis::compile::{Compiled, Rule};
use portcullis::syntax::printer;
use portcullis::syntax::tree::{Body, Name, Term, TermKind};

#[test]
fn each_file_becomes_the_reviewed_rules_or_errors() {
    let cases = crate::corpus::corpus();
    let folder = crate::corpus::folder().join("snapshots");
    for case in &cases {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(case.name.replace('/', "__"), report(case)));
    }
    let snapshots = std::fs::read_dir(folder).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.extension().is_some_and(|extension| extension == "snap")
    });
    assert_eq!(snapshots.count(), cases.len(), "a snapshot is left over");
}

/// The source, and below it the rules or the errors.
fn report(case: &crate::corpus::Case) -> String {
    let mut text = String::new();
    for (name, source) in &case.files {
        if case.files.len() > 1 {
            _ = writeln!(text, "-- {name} --");
        }
        _ = writeln!(text, "{source}");
    }
    text.push_str("----\n");
    let (compiled, sources) = case.compile(Some(10)).expect("the file can be parsed");
    for error in &compiled.diagnostics {
        _ = writeln!(text, "{}", crate::corpus::line(error, &sources));
    }
    if compiled.is_ok() {
        for module in &compiled.modules {
            let path: Vec<&str> = module.path().map(Name::as_str).collect();
            for first in &module.rules {
                let mut next = compiled.rule(*first);
                let mut word = "";
                while let Some(rule) = next {
                    _ = writeln!(text, "{word}{}", show(rule, &path.join(".")));
                    word = "else ";
                    next = rule.otherwise.and_then(|id| compiled.rule(id));
                }
            }
        }
        text.push_str(&dependencies(&compiled));
        let program = portcullis::program::lower(&compiled).expect("rules that compile can be lowered");
        text.push_str("----\n");
        text.push_str(&portcullis::program::dump::dump(&program, &sources));
    }
    text
}

fn show(rule: &Rule, package: &str) -> String {
    let head = &rule.head;
    let reference = Term { span: head.span, kind: TermKind::Ref(Box::new(head.reference.clone())) };
    let mut text =
        format!("{}data.{package}.{}", if rule.default { "default " } else { "" }, printer::term(&reference));
    if !head.args.is_empty() {
        let args: Vec<_> = head.args.iter().map(printer::term).collect();
        _ = write!(text, "({})", args.join(", "));
    }
    match (&head.value, &head.key) {
        (Some(value), _) => _ = write!(text, " := {}", printer::term(value)),
        (None, Some(key)) => _ = write!(text, " contains {}", printer::term(key)),
        (None, None) => {}
    }
    text.push_str(" if {\n");
    for literal in &rule.body.literals {
        let one = Body { span: literal.span, literals: vec![literal.clone()] };
        _ = writeln!(text, "\t{}", printer::body(&one).trim());
    }
    text.push('}');
    text
}

/// Which rule refers to which, by the numbers of the rules.
fn dependencies(compiled: &Compiled) -> String {
    let mut text = String::new();
    for module in &compiled.modules {
        for id in &module.rules {
            let list: Vec<String> =
                compiled.graph.dependencies(*id).iter().map(|id| id.index().to_string()).collect();
            if !list.is_empty() {
                _ = writeln!(text, "# rule {} needs {}", id.index(), list.join(", "));
            }
        }
    }
    text
}
