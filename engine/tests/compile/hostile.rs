//! Large and deep inputs: the compiler answers, and in time that grows with the size only.

use std::fmt::Write as _;

use portcullis::compile::{CompileOptions, Compiled, compile};
use portcullis::source::{Source, Sources};
use portcullis::syntax::{ParseOptions, parse};

#[test]
fn a_thousand_modules_with_ten_thousand_rules_are_compiled() {
    let texts = (0..1000).map(|module| {
        let mut text =
            format!("package apps.team{}.app{module}\n\nimport data.lib.f{module}\n\n", module % 20);
        for rule in 0..10 {
            let before = (module + 999) % 1000;
            let _ = writeln!(
                text,
                "rule{rule}[x] := y if {{\n\ty := count(x)\n\tx = input.list[_]\n\tnot data.config[x].off\n\t\
                 f{module} > data.base.app{before}.rule{rule}\n\tprint(x)\n}}\n"
            );
        }
        text
    });
    let compiled = compile_all(texts);
    assert_eq!(compiled.diagnostics, []);
    assert_eq!(compiled.rules.len(), 10_000);
}

#[test]
fn one_package_of_a_thousand_modules_is_compiled() {
    let texts = (0..1000).map(|module| {
        let next = module + 1;
        format!("package all\n\nrule{module} if rule{next}\n\nset contains {module} if rule{module}\n")
    });
    let compiled = compile_all(texts.chain(["package all\n\nrule1000 if input.x\n".to_owned()]));
    assert_eq!(compiled.diagnostics, []);
}

#[test]
fn a_body_written_backwards_is_put_in_order() {
    let count = 2_000;
    let mut text = "package backwards\n\np if {\n".to_owned();
    for at in (0..count).rev() {
        let _ = writeln!(text, "\tx{} = x{at} + 1", at + 1);
    }
    text.push_str("\tx0 = input.x\n}\n");
    let compiled = compile_all([text]);
    assert_eq!(compiled.diagnostics, []);
    assert_eq!(compiled.rules[0].body.literals.len(), 2 * count + 1);
}

#[test]
fn deep_nesting_is_compiled() {
    let depth = 40;
    for (open, close) in
        [("[", "]"), ("[x | x := ", "]"), ("count(", ")"), ("{\"a\": ", "}"), ("$\"{", "}\"")]
    {
        let text = format!("package deep\n\np := {}input.x{}\n", open.repeat(depth), close.repeat(depth));
        let compiled = compile_all([text]);
        assert_eq!(compiled.diagnostics, [], "{open}");
    }
    let text =
        format!("package deep\n\np := {}$\"{{y + 1}}\"{}\n", "[x | x := ".repeat(depth), "]".repeat(depth));
    assert_eq!(compile_all([text]).diagnostics.len(), 11);
}

#[test]
fn deep_nesting_of_bodies_takes_no_more_time_than_it_has_size() {
    let depth = 60;
    let imports = "package deep\n\nimport future.keywords.and\nimport future.keywords.not\nimport future.keywords.or\n\n";
    let cases = [
        ("p if ", "every x in [y | ", "y := input.y", " ] { x }"),
        ("p if ", "not { ", "input.y", " }"),
        ("p if ", "{ a := 1; a > 1 } or { ", "input.y", " }"),
        ("p if ", "input.a and [x | x := 1; ", "input.y", "]"),
    ];
    for (start, open, inner, close) in cases {
        let text = format!("{imports}{start}{}{inner}{}\n", open.repeat(depth), close.repeat(depth));
        let every = open.starts_with("every");
        let text = if every { text.replace("| every", "| y := 1; every") } else { text };
        let compiled = compile_all([text]);
        assert_eq!(compiled.diagnostics, [], "{open}");
    }
}

#[test]
fn long_chains_of_rules_and_branches_are_compiled() {
    let mut text = "package long\n\np := 0 if input.x == 0\n".to_owned();
    for at in 1..2_000 {
        let _ = writeln!(text, "else := {at} if input.x == {at}");
    }
    for at in 0..5_000 {
        let _ = writeln!(text, "q{at} if q{}", at + 1);
    }
    text.push_str("q5000 if q0\n");
    let compiled = compile_all([text]);
    assert_eq!(compiled.diagnostics.len(), 11);
    assert!(compiled.diagnostics[0].message.starts_with("rule data.long.q"));
}

fn compile_all(texts: impl IntoIterator<Item = String>) -> Compiled {
    let mut sources = Sources::new();
    let mut modules = Vec::new();
    for (index, text) in texts.into_iter().enumerate() {
        let id = sources.add(Source::new(format!("{index}.rego"), text.as_str()));
        let parsed = parse(id, &text, &ParseOptions::default());
        assert_eq!(parsed.diagnostics, []);
        modules.push(parsed.module);
    }
    compile(modules, &sources, &CompileOptions::default())
}

#[test]
fn large_collections_are_compiled() {
    let elements: Vec<String> =
        (0..5_000).map(|at| format!("{{\"id\": {at}, \"tags\": {{\"a\", {at}}}}}")).collect();
    let text = format!("package large\n\np := {{{}}}\n", elements.join(", "));
    assert_eq!(compile_all([text]).diagnostics, []);
}
