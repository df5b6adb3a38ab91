//! Reading YAML: spans, anchors, limits and hostile texts.

use std::fmt::Write as _;
use std::thread;

use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind, yaml};
use crate::source::{Source, SourceId, Sources, Span};
use crate::value::MAX_DEPTH;

fn source() -> SourceId {
    Sources::new().add(Source::new("data.yaml", ""))
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).expect("a place in the text")
}

fn read(text: &str) -> Result<Node, Diagnostic> {
    yaml(source(), text)
}

/// Every node and key with the text at its place, in the order of the text.
fn places<'a>(text: &'a str, node: &Node, found: &mut Vec<&'a str>) {
    found.push(slice(text, node.span));
    match &node.kind {
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
        NodeKind::Array(nodes) => nodes.iter().for_each(|node| places(text, node, found)),
        NodeKind::Object(entries) => {
            for entry in entries {
                found.push(slice(text, entry.key_span));
                places(text, &entry.value, found);
            }
        }
    }
}

#[test]
fn places_are_bytes_even_after_wide_characters_and_marks() {
    let text = "\u{feff}# é\r\nö: [\"ü\", 'x', 日本]\r\n\"😀\":\r\n  - a: plain é text\r\n  - |\r\n    lit é\r\nlast: {k: v}\r\n";
    let node = read(text).expect("YAML");
    let mut found = Vec::new();
    places(text, &node, &mut found);
    let whole = text.trim_start_matches("\u{feff}# é\r\n").trim_end();
    let sequence = "- a: plain é text\r\n  - |\r\n    lit é\r\n";
    let expected = [
        whole,
        "ö",
        "[\"ü\", 'x', 日本]",
        "\"ü\"",
        "'x'",
        "日本",
        "\"😀\"",
        sequence,
        "a: plain é text",
        "a",
        "plain é text",
        "lit é\r\n",
        "last",
        "{k: v}",
        "k",
        "v",
    ];
    assert_eq!(found, expected);
}

#[test]
fn refusals_point_at_the_place() {
    let cases = [
        ("é: .inf\n", ".inf", "unsupported value: +Inf"),
        ("é: !!int x\n", "!!int x", "cannot decode !!str `x` as a !!int"),
        ("é: 1\n~: 2\n", "~", "unsupported map key: null"),
        ("é: 1\n? [a]\n: 2\n", "[a]", "unsupported map key: a sequence"),
        ("é: &a [*a]\n", "*a", "anchor 'a' value contains itself"),
        ("é: {<<: x}\n", "x", "map merge requires map or sequence of maps as the value"),
        ("é: a\u{7}b\n", "\u{7}", "control characters are not allowed"),
        ("é: \"a\\/b\"\n", "\\/", "found unknown escape character"),
        ("é: 1\n\t# x\n", "\t", "found a tab character that violates indentation"),
    ];
    for (text, place, message) in cases {
        let error = read(text).expect_err(text);
        let span = error.span.expect("a place");
        assert_eq!((slice(text, span), &*error.message), (place, message), "{text}");
    }
    let error = read("é: [1\nb: 2\n").expect_err("malformed");
    assert!(error.message.starts_with("invalid YAML: "), "{}", error.message);
}

#[test]
fn alias_bombs_are_refused_and_honest_aliases_are_not() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let previous = format!("*a{}", level - 1);
        let list = vec![previous; 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{list}]").expect("a string");
    }
    assert_eq!(read(&bomb).expect_err("a bomb").message, "document contains excessive aliasing");

    let keys =
        bomb.replace("[x, x, x, x, x, x, x, x, x]", "{k: 1}").replace('[', "{<<: [").replace(']', "]}");
    assert_eq!(read(&keys).expect_err("a bomb of merges").message, "document contains excessive aliasing");

    let honest = format!("base: &base {{a: 1, b: 2}}\nlist:\n{}", "- *base\n".repeat(20_000));
    assert!(read(&honest).is_ok());
}

#[test]
fn nested_anchors_cost_no_more_than_they_write() {
    let mut text = String::new();
    for level in 0..1_000 {
        write!(text, "- &a{level}\n{}", " ".repeat(level + 1)).expect("a string");
    }
    let node = read(&format!("{text}x\n")).expect("YAML");
    assert!(node.to_value().to_json().starts_with("[[[[["));
}

#[test]
fn nesting_is_bounded_and_safe_on_a_small_stack() {
    let too_deep = |text: &str| read(text).expect_err("too deep").message;
    let run = move || {
        let block = |levels: usize| format!("{}x\n", "- ".repeat(levels));
        let node = read(&block(MAX_DEPTH)).expect("within the bound");
        let json = node.to_value().to_json();
        assert_eq!(json.len(), 2 * MAX_DEPTH + "\"x\"".len());
        let copy = node.clone();
        assert!(copy.repeated_key().is_none() && node.repeated_key().is_none());
        assert_eq!(too_deep(&block(MAX_DEPTH + 1)), "exceeded max depth of 10000");
        // Each half is within the bound; the alias puts one into the other.
        let aliased = format!("a: &a\n  {}b:\n  {}", block(6_000), block(6_000).replace('x', "*a"));
        assert_eq!(too_deep(&aliased), "exceeded max depth of 10000");
        let flow = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(read(&flow(255)).expect("within the bound").to_value().to_json(), flow(255));
        assert_eq!(too_deep(&flow(256)), "invalid YAML: recursion limit exceeded");
        assert_eq!(too_deep(&"{a: ".repeat(100_000)), "invalid YAML: recursion limit exceeded");
    };
    let thread = thread::Builder::new().stack_size(512 * 1024).spawn(run).expect("a thread");
    thread.join().expect("no overflow, no failed assertion");
}
