//! Rule `unanchored-match`: a test of an identifier that also holds for a longer one.

mod pattern;

use crate::check::body::{Apply, Ask, Reading};
use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::Subject;
use crate::syntax::printer;
use crate::syntax::tree::{Name, Term};

rule! {
    /// ## What it does
    ///
    /// Finds conditions of a decision that test an identifier and also hold for longer ones. Identifiers are SPIFFE IDs, paths,
    /// domains, e-mail addresses and the like; the tests are a regular expression without anchors, `contains`, `startswith`
    /// with text that does not end with a separator, and `endswith` with text that does not start with one.
    ///
    /// ## Why is this bad?
    ///
    /// `endswith(input.domain, "example.com")` also holds for `evilexample.com`, and
    /// `startswith(input.spiffe_id, "spiffe://example.com")` for `spiffe://example.com.evil.net/agent`. Whoever may choose
    /// a name gets in.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if startswith(input.spiffe_id, "spiffe://example.com")
    ///
    /// allow if regex.match("/public", input.path)
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if startswith(input.spiffe_id, "spiffe://example.com/")
    ///
    /// allow if regex.match("^/public(/|$)", input.path)
    /// ```
    ///
    /// ## Limits
    ///
    /// Only rules that a decision rests on are looked at, only conditions without a `not`, only constant texts and patterns,
    /// and only values whose last name says that they are an identifier. Separators are `/ : . @ # ? = & , ; |`
    /// and space. A pattern may also be bounded by `.*` or `.+` at its start or end: that says what it means.
    UNANCHORED_MATCH {
        id: "unanchored-match",
        category: Trust,
        level: Warn,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (_, rule) in subject.granting() {
        let mut open = vec![Reading::of_rule(rule)];
        while let Some(reading) = open.pop() {
            for condition in reading.conditions.iter().filter(|condition| !condition.negated) {
                match condition.ask {
                    Ask::Apply(apply) => {
                        if let Some((message, help)) = too_wide(subject, &reading, apply) {
                            findings.add(condition.literal.span, message, help);
                        }
                    }
                    Ask::Every(every) => open.push(reading.inside(&every.body)),
                    Ask::Truth(_) | Ask::Other => {}
                }
            }
        }
    }
}

/// What is wrong with a test of an identifier, and what to do.
fn too_wide<'a>(
    subject: &Subject<'a>,
    reading: &Reading<'a>,
    apply: Apply<'a>,
) -> Option<(String, &'static str)> {
    let [first, second] = apply.args else { return None };
    if apply.calls("regex.match") || apply.calls("re_match") {
        let pattern = reading.resolve(first).as_string()?;
        let value = identifier(subject, reading, second)?;
        if pattern::is_bounded(pattern) {
            return None;
        }
        let pattern = printer::term(reading.resolve(first));
        return Some((
            format!("the pattern `{pattern}` also matches where it is only a part of `{value}`"),
            "anchor it: `^` at the start and `$` at the end of each alternative",
        ));
    }
    let text = reading.resolve(second).as_string()?;
    let value = identifier(subject, reading, first)?;
    let separates = |end: Option<char>| end.is_none_or(|end| SEPARATORS.contains(end));
    let shown = printer::term(reading.resolve(second));
    if apply.calls("startswith") && !separates(text.chars().last()) {
        return Some((
            format!("`{value}` may go on after `{shown}` within the same name"),
            "compare the whole with `==`, or end the text with the separator that follows",
        ));
    }
    if apply.calls("endswith") && !separates(text.chars().next()) {
        return Some((
            format!("`{value}` may have more of the same name before `{shown}`"),
            "compare the whole with `==`, or start the text with the separator that goes before",
        ));
    }
    if apply.calls("contains") && text.chars().any(char::is_alphanumeric) {
        return Some((
            format!("`{value}` may have `{shown}` anywhere, in any part of it"),
            "compare the whole with `==`, or split it and compare the parts",
        ));
    }
    None
}

/// The name of a value that is called as identifiers are.
fn identifier<'a>(subject: &Subject<'a>, reading: &Reading<'a>, term: &'a Term) -> Option<String> {
    let mut term = term;
    // The case of letters makes no difference here.
    if let Some(apply) = reading.output(term)
        && ["lower", "upper", "trim_space"].iter().any(|name| apply.calls(name))
        && let [inner] = apply.args
    {
        term = inner;
    }
    let variable = term.as_var().map(|var| subject.written(&var.name));
    let field = reading
        .resolve(term)
        .as_ref_term()
        .and_then(|reference| reference.operands.iter().rev().find_map(Term::as_string).map(Name::as_str));
    variable.into_iter().chain(field).find(|name| is_identifier(name)).map(str::to_owned)
}

/// Whether a name is one that identifiers have.
fn is_identifier(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower.split(['_', '-']).any(|word| IDENTIFIERS.contains(&word))
        || name.ends_with("Id")
        || name.ends_with("ID")
}

const SEPARATORS: &str = "/:.@#?=&,;| ";

/// Words in the names of identifiers.
const IDENTIFIERS: [&str; 34] = [
    "account",
    "aud",
    "audience",
    "callee",
    "caller",
    "client",
    "cn",
    "dn",
    "domain",
    "email",
    "fqdn",
    "host",
    "hostname",
    "id",
    "image",
    "iss",
    "issuer",
    "mail",
    "namespace",
    "origin",
    "path",
    "principal",
    "registry",
    "repo",
    "repository",
    "resource",
    "san",
    "spiffe",
    "sub",
    "subject",
    "svid",
    "uri",
    "url",
    "user",
];
