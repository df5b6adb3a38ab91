//! `docs/builtins.md`: made of the registry of built-in functions, and complete.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may panic, read files and run OPA"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis::builtins::{self, Operand, Shape, Signature};
use serde_json::Value as Json;

#[test]
fn the_page_of_built_in_functions_is_up_to_date() {
    let path = page();
    let fresh = written();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &fresh).expect("the page can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == fresh,
        "docs/builtins.md is not what the registry says: run this test with UPDATE=1"
    );
}

#[test]
fn no_function_of_opa_is_missing_and_none_is_added() {
    let Ok(output) = Command::new("opa").args(["capabilities", "--current"]).output() else {
        let required = std::env::var_os("PORTCULLIS_REQUIRE_OPA").is_some_and(|value| value == "1");
        assert!(!required, "there is no `opa` on the path");
        eprintln!("skipped: there is no `opa` on the path to compare with");
        return;
    };
    let document: Json = serde_json::from_slice(&output.stdout).expect("capabilities are JSON");
    let listed = document.get("builtins").and_then(Json::as_array).expect("a list of functions");
    let text = |function: &Json, key: &str| function.get(key).and_then(Json::as_str).map(ToOwned::to_owned);
    let theirs: BTreeMap<String, &Json> =
        listed.iter().filter_map(|function| Some((text(function, "name")?, function))).collect();
    let ours: BTreeMap<String, &Signature> =
        builtins::all().map(|signature| (signature.name.to_owned(), signature)).collect();
    let names = |keys: Vec<&String>| keys.into_iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(theirs.keys().collect()), names(ours.keys().collect()));
    assert!(theirs.len() > 200, "only {} functions were compared", theirs.len());
    for (name, theirs) in &theirs {
        let ours = ours.get(name).expect("the names are the same");
        let flag = |key| theirs.get(key).and_then(Json::as_bool).unwrap_or(false);
        assert_eq!(ours.infix.map(ToOwned::to_owned), text(theirs, "infix"), "{name}");
        assert_eq!(ours.deprecated, flag("deprecated"), "{name} is deprecated");
        assert_eq!(ours.nondeterministic, flag("nondeterministic"), "{name} is nondeterministic");
        let operands = theirs.pointer("/decl/args").and_then(Json::as_array).map_or(0, Vec::len);
        assert_eq!(ours.operands.len(), operands, "how many operands {name} takes");
    }
}

/// What has to stand in the page.
fn written() -> String {
    let mut page = String::from(HEAD);
    let mut families: BTreeMap<&str, Vec<&Signature>> = BTreeMap::new();
    for signature in builtins::all().filter(|signature| !signature.name.starts_with("internal.")) {
        families.entry(family(signature)).or_default().push(signature);
    }
    for (family, signatures) in families {
        let _ = write!(
            page,
            "\n## {family}\n\n| function | takes | returns | what it does |\n|---|---|---|---|\n"
        );
        for signature in signatures {
            let _ = writeln!(page, "{}", row(signature));
        }
    }
    page
}

fn family(signature: &Signature) -> &'static str {
    match (signature.categories, signature.name.split_once('.')) {
        ([first, ..], _) => first,
        ([], Some(_)) => signature.name.rsplit_once('.').map_or("", |(family, _)| family),
        ([], None) => "others",
    }
}

fn row(signature: &Signature) -> String {
    let mut name = format!("`{}`", signature.name);
    if let Some(infix) = signature.infix {
        let _ = write!(name, ", `{}`", infix.replace('|', "\\|"));
    }
    let mut operands: Vec<String> = signature.operands.iter().map(operand).collect();
    operands.extend(signature.variadic.map(|shape| format!("any number of {}", shown(shape))));
    let result = signature.result.as_ref().map_or("nothing".to_owned(), operand);
    let mut notes = signature.description.trim().to_owned();
    for (holds, note) in [
        (signature.deprecated, " Deprecated: strict mode refuses it."),
        (signature.nondeterministic, " Equal calls may have different results."),
        (signature.relation, " A call can have several results."),
    ] {
        if holds {
            notes.push_str(note);
        }
    }
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    format!("| {name} | {} | {} | {} |", cell(&operands.join("; ")), cell(&result), cell(&notes))
}

fn operand(operand: &Operand) -> String {
    match operand.name {
        Some(name) => format!("{name}: {}", shown(&operand.shape)),
        None => shown(&operand.shape),
    }
}

fn shown(shape: &Shape) -> String {
    let list = |shapes: &[Shape]| shapes.iter().map(shown).collect::<Vec<_>>();
    match shape {
        Shape::Null => "null".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::String => "string".to_owned(),
        Shape::Any => "any".to_owned(),
        Shape::OneOf(shapes) => list(shapes).join(" or "),
        Shape::ArrayOf(item) => format!("array of {}", shown(item)),
        Shape::Tuple(items) => format!("array of ({})", list(items).join(", ")),
        Shape::SetOf(item) => format!("set of {}", shown(item)),
        Shape::ObjectOf(key, value) => format!("object of {} to {}", shown(key), shown(value)),
        Shape::Record(fields, rest) => {
            let mut fields: Vec<String> =
                fields.iter().map(|(name, shape)| format!("{name}: {}", shown(shape))).collect();
            if let Some((key, value)) = rest {
                fields.push(format!("{}: {}", shown(key), shown(value)));
            }
            format!("object with {}", fields.join(", "))
        }
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/builtins.md")
}

const HEAD: &str = "# Built-in functions

<!-- Written from the registry of functions: `UPDATE=1 cargo test -p portcullis --test builtins_page` -->

The functions of OPA 1.22.2, all of them, by family; what they take and return is what `opa capabilities --current` says. A test
compares the two lists. `http.send` and `net.lookup_ip_addr` reach the network with `--allow-net` only.
";
