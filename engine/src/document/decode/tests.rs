//! Decoding documents into structures: values, positions and what is said of mistakes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{OrderedMap, Spanned, decode};
use crate::document::{Node, yaml};
use crate::source::{LineIndex, Source, SourceId, Sources, Span};
use crate::value::Value;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    name: Spanned<String>,
    #[serde(default)]
    cases: OrderedMap<Case>,
    #[serde(default)]
    weights: BTreeMap<String, f64>,
    limit: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    expect: Expect,
    input: Option<Value>,
    raw_input: Option<Node>,
    pair: Option<(String, bool)>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Expect {
    Allow,
    Deny,
    Error(String),
    Between { low: i64, high: i64 },
    Range(u8, u8),
}

fn source() -> SourceId {
    Sources::new().add(Source::new("suite.yaml", ""))
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).expect("a place in the text")
}

fn read(text: &str) -> Suite {
    let node = yaml(source(), text).expect("YAML");
    decode(&node, text).unwrap_or_else(|error| panic!("{}", error.message))
}

/// The error as `row:column "text at the span" message | help`.
fn refusal(text: &str) -> String {
    let node = yaml(source(), text).expect("YAML");
    let error = decode::<Suite>(&node, text).expect_err("a refusal");
    let span = error.span.expect("a place");
    let at = LineIndex::new(text).position(span.start);
    let found = slice(text, span);
    format!("{}:{} {found:?} {} | {}", at.row, at.col, error.message, error.help.unwrap_or_default())
}

#[test]
fn cases_keep_their_order_and_their_places() {
    let text = "name: é\ncases:\n  zeta: {expect: allow}\n  alpha:\n    expect: deny\n  mid: {expect: {error: E1}}\n";
    let suite = read(text);
    let keys: Vec<_> = suite.cases.iter().map(|(key, _)| key.value.as_str()).collect();
    assert_eq!(keys, ["zeta", "alpha", "mid"]);
    for (key, _) in suite.cases.iter() {
        assert_eq!(slice(text, key.span), key.value);
    }
    assert_eq!(slice(text, suite.name.span), "é");
    assert_eq!(suite.cases.len(), 3);
    assert!(suite.limit.is_none() && suite.weights.is_empty());
}

#[test]
fn enums_are_names_or_objects_with_one_key() {
    let text = "name: x\ncases:\n  a: {expect: allow}\n  b: {expect: {error: E1}}\n  c: {expect: {between: {low: -1, high: 2}}}\n  d: {expect: {range: [1, 255]}}\n  e: {expect: {deny: null}}\n";
    let expectations: Vec<_> = read(text).cases.entries.into_iter().map(|(_, case)| case.expect).collect();
    let expected = [
        Expect::Allow,
        Expect::Error("E1".to_owned()),
        Expect::Between { low: -1, high: 2 },
        Expect::Range(1, 255),
        Expect::Deny,
    ];
    assert_eq!(expectations, expected);
}

#[test]
fn subtrees_are_kept_exactly() {
    let text = "name: x\ncases:\n  a:\n    expect: allow\n    input: {n: 18446744073709551615, list: [1, {}]}\n    raw-input: [a, {b: c}]\n    pair: [p, true]\n";
    let suite = read(text);
    let case = &suite.cases.entries[0].1;
    assert_eq!(
        case.input.as_ref().map(Value::to_json).as_deref(),
        Some(r#"{"list":[1,{}],"n":18446744073709551615}"#)
    );
    let raw = case.raw_input.as_ref().expect("a subtree");
    assert_eq!(slice(text, raw.span), "[a, {b: c}]");
    assert_eq!(raw.to_value().to_json(), r#"["a",{"b":"c"}]"#);
    assert_eq!(case.pair, Some(("p".to_owned(), true)));
}

#[test]
fn errors_point_at_the_innermost_place_and_say_what_to_do() {
    let case = |content: &str| format!("name: é\ncases:\n  a:\n    expect: allow\n    {content}\n");
    let expect = |content: &str| format!("name: é\ncases:\n  a: {{expect: {content}}}\n");
    let checks = [
        ("nam: x".to_owned(), "1:1 \"nam\" unknown key `nam` | did you mean `name`?"),
        (
            "name: x\nzzz: 1".to_owned(),
            "2:1 \"zzz\" unknown key `zzz` | known here: `name`, `cases`, `weights` or `limit`",
        ),
        ("limit: 1".to_owned(), "1:1 \"limit: 1\" missing key `name` | add `name` to this object"),
        ("name: 3".to_owned(), "1:7 \"3\" expected a string, found a number | "),
        ("[]".to_owned(), "1:1 \"[]\" expected an object, found an array | "),
        ("name: x\nlimit: 256".to_owned(), "2:8 \"256\" expected an integer from 0 to 255, found 256 | "),
        ("name: x\nlimit: 1.5".to_owned(), "2:8 \"1.5\" expected an integer from 0 to 255, found 1.5 | "),
        ("name: x\nlimit: [1]".to_owned(), "2:8 \"[1]\" expected an integer, found an array | "),
        ("name: x\nweights: {é: a}".to_owned(), "2:14 \"a\" expected a number, found a string | "),
        (
            "name: x\ncases:\n  a: {expect: allow}\n  b: {expect: allow}\n  a: {expect: deny}\n".to_owned(),
            "5:3 \"a\" the key `a` stands here twice | the first one is in row 3; remove one of them",
        ),
        (
            case("input: {é: 1, x: [{k: 1, k: 2}]}"),
            "5:30 \"k\" the key `k` stands here twice | the first one is in row 5; remove one of them",
        ),
        (case("inputs: 1"), "5:5 \"inputs\" unknown key `inputs` | did you mean `input`?"),
        (case("pair: [p]"), "5:11 \"[p]\" expected an array of 2 elements, found 1 | "),
        (case("pair: [p, true, 3]"), "5:21 \"3\" one element too many | "),
        (case("pair: [p, 1]"), "5:15 \"1\" expected a boolean, found a number | "),
        (expect("alow"), "3:15 \"alow\" unknown name `alow` | did you mean `allow`?"),
        (expect("{alow: 1}"), "3:16 \"alow\" unknown name `alow` | did you mean `allow`?"),
        (
            expect("7"),
            "3:15 \"7\" expected a string or an object with one key, found a number | the name is `allow`, `deny`, `error`, `between` or `range`",
        ),
        (
            expect("{error: a, deny: b}"),
            "3:15 \"{error: a, deny: b}\" expected an object with one key | the key is `allow`, `deny`, `error`, `between` or `range`",
        ),
        (
            expect("error"),
            "3:15 \"error\" `error` needs a value | write it as an object with the key `error`",
        ),
        (
            expect("{allow: 1}"),
            "3:23 \"1\" expected nothing, found a number | write the name alone, as a string",
        ),
        (expect("{error: [x]}"), "3:23 \"[x]\" expected a string, found an array | "),
        (expect("{between: {low: 1}}"), "3:25 \"{low: 1}\" missing key `high` | add `high` to this object"),
    ];
    for (text, expected) in checks {
        assert_eq!(refusal(&text), expected, "{text}");
    }
}

#[test]
fn types_that_contain_themselves_end_at_a_bound() {
    #[derive(Debug, Deserialize)]
    struct Tree {
        #[expect(dead_code, reason = "only decoded")]
        children: Vec<Tree>,
    }
    let nested = |levels: usize| format!("{}{}", "{\"children\":[".repeat(levels), "]}".repeat(levels));
    let decoded = |text: &str| decode::<Tree>(&crate::document::json(source(), text).expect("JSON"), text);
    assert!(decoded(&nested(20)).is_ok());
    assert_eq!(decoded(&nested(5_000)).expect_err("too deep").message, "nested too deep");
}

#[test]
fn places_can_not_be_asked_of_other_formats() {
    let error = serde_json::from_str::<Spanned<String>>("\"x\"").expect_err("no places");
    assert!(error.to_string().starts_with("only documents know the places of values"), "{error}");
    assert!(serde_json::from_str::<Value>("1").is_err());
}

#[test]
fn schemas_are_those_of_the_plain_types() {
    #[expect(dead_code, reason = "only its schema matters")]
    #[derive(schemars::JsonSchema)]
    struct Plain {
        name: Spanned<String>,
        cases: OrderedMap<u8>,
        input: Value,
        raw: Node,
    }
    let schema = serde_json::to_value(schemars::schema_for!(Plain)).expect("JSON");
    let property = |name: &str| schema["properties"][name].clone();
    assert_eq!(property("name"), serde_json::json!({"type": "string"}));
    assert_eq!(property("cases")["type"], "object");
    assert_eq!(property("cases")["additionalProperties"]["maximum"], 255);
    assert_eq!((property("input"), property("raw")), (true.into(), true.into()));
}
