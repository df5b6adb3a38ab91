//! Small programs with type errors and near misses.

use portcullis::builtins::{self, Shape, Signature};
use serde_json::Value;

/// One module and what it is about.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) note: String,
    /// The text, in the package `t`.
    pub(crate) source: String,
}

/// All programs: from the table, from shapes of rules and references into them, and from signatures.
pub(crate) fn all() -> Vec<Program> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testcases/types/programs.json");
    let table: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("a readable file")).expect("JSON");
    let mut programs = Vec::new();
    for program in table["programs"].as_array().expect("a list") {
        let source = format!("package t\n\n{}\n", text(&program[1]));
        programs.push(Program { note: text(&program[0]).to_owned(), source });
    }
    for shape in table["shapes"].as_array().expect("a list") {
        programs.extend(of_shape(shape, &table));
    }
    for signature in builtins::all() {
        if !signature.name.starts_with("internal.") && !REWRITTEN.contains(&signature.name) {
            programs.extend(of_signature(signature));
        }
    }
    programs
}

/// References into a rule and calls of it, each kind in a module of its own.
fn of_shape(shape: &Value, table: &Value) -> [Program; 2] {
    let start = format!("package t\n\n{}\n", text(&shape[1]));
    let (mut references, mut calls) = (start.clone(), start);
    let bodies = table["references"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|reference| format!("p{}", text(reference)));
    let bodies =
        bodies.chain(table["uses"].as_array().expect("a list").iter().map(|body| text(body).to_owned()));
    for (at, body) in bodies.enumerate() {
        let module = if body.starts_with("p(") { &mut calls } else { &mut references };
        module.push_str(&format!("\nr{at} if {body}\n"));
    }
    let note = text(&shape[0]);
    [
        Program { note: format!("references into {note}"), source: references },
        Program { note: format!("calls of {note}"), source: calls },
    ]
}

/// Calls with each kind of operand in each place, uses of the result, and calls with too few and too many operands.
fn of_signature(signature: &Signature) -> Vec<Program> {
    let name = signature.name;
    let samples: Vec<String> = signature.operands.iter().map(|operand| sample(&operand.shape)).collect();
    let mut operands = "package t\n".to_owned();
    for at in 0..samples.len() {
        for (kind, value) in KINDS {
            let mut given = samples.clone();
            value.clone_into(&mut given[at]);
            let given = given.join(", ");
            operands
                .push_str(&format!("\np_{at}_{kind} if {{\n\tx := {name}({given})\n\tx != input.y\n}}\n"));
        }
    }
    let fine = samples.join(", ");
    for (kind, value) in &KINDS[..8] {
        operands.push_str(&format!("\nr_{kind} if {name}({fine}) == {value}\n"));
    }
    operands.push_str(&format!("\ns if {name}({fine}).foo.bar\n\ni if {name}({fine})[0]\n"));
    let with_arguments = |what: &str, given: &[String]| Program {
        note: format!("too {what} operands of {name}"),
        source: format!("package t\n\np if {{\n\tx := {name}({})\n\tx == 1\n}}\n", given.join(", ")),
    };
    let mut programs = vec![Program { note: format!("operands of {name}"), source: operands }];
    if let Some((_, few)) = samples.split_first() {
        programs.push(with_arguments("few", few));
        let many: Vec<_> = samples.iter().cloned().chain(["1".to_owned(), "input.q".to_owned()]).collect();
        programs.push(with_arguments("many", &many));
    }
    programs
}

/// A value of a type.
fn sample(shape: &Shape) -> String {
    match shape {
        Shape::Null => "null".to_owned(),
        Shape::Boolean => "true".to_owned(),
        Shape::Number => "1".to_owned(),
        Shape::String => "\"s\"".to_owned(),
        Shape::Any => "input.any".to_owned(),
        Shape::OneOf(shapes) => sample(&shapes[0]),
        Shape::ArrayOf(of) => format!("[{}]", sample(of)),
        Shape::Tuple(items) => format!("[{}]", items.iter().map(sample).collect::<Vec<_>>().join(", ")),
        Shape::SetOf(of) => format!("{{{}}}", sample(of)),
        Shape::ObjectOf(_, value) => format!("{{\"k\": {}}}", sample(value)),
        Shape::Record(fields, _) => {
            let fields = fields.iter().map(|(name, shape)| format!("\"{name}\": {}", sample(shape)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Functions whose calls the compiler replaces before types are checked.
const REWRITTEN: [&str; 3] = ["eq", "assign", "print"];

const KINDS: [(&str, &str); 13] = [
    ("null", "null"),
    ("boolean", "true"),
    ("number", "1"),
    ("string", "\"s\""),
    ("array", "[1]"),
    ("strings", "[\"s\"]"),
    ("object", "{\"k\": 1}"),
    ("set", "{1}"),
    ("string_set", "{\"s\"}"),
    ("input", "input.x"),
    ("empty_array", "[]"),
    ("empty_object", "{}"),
    ("empty_set", "set()"),
];
