//! Rule `wildcard-in-allow-list`: a list of those who may that has everybody in it.

use crate::check::body::{Ask, Reading};
use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::Subject;
use crate::syntax::printer;
use crate::syntax::tree::{Term, TermKind};

rule! {
    /// ## What it does
    ///
    /// Finds lists of what is allowed that have `*` or the like in them. A list is a constant collection with a name such as
    /// `allowed_origins`, `trusted_issuers` or `permitted_actions`; the whole pattern of a `glob.match` or `regex.match` that a
    /// decision rests on counts too.
    ///
    /// ## Why is this bad?
    ///
    /// Either the star is compared literally, and then the list does not do what its author believes, or it matches
    /// everything, and then the other elements are decoration.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// allowed_origins := {"https://example.com", "*"}
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// allowed_origins := {"https://example.com", "https://admin.example.com"}
    /// ```
    ///
    /// ## Limits
    ///
    /// Lists in data documents are not looked at, nor are lists whose name also says that they deny
    /// (`denied`, `blocked`, `banned`). Wildcards for a part of a name (`https://*.example.com`) are not reported.
    WILDCARD_IN_ALLOW_LIST {
        id: "wildcard-in-allow-list",
        category: Trust,
        level: Warn,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (_, rule) in subject.rules() {
        let in_path = rule.head.reference.operands.iter().filter_map(Term::as_string);
        let mut names = rule.head.reference.head.as_var().map(|var| &var.name).into_iter().chain(in_path);
        if let Some(name) = names.find(|name| lists_the_allowed(name)) {
            for term in rule.head.key.iter().filter(|_| rule.head.is_multi_value()).chain(&rule.head.value) {
                let is_list = rule.head.is_multi_value();
                for wildcard in wildcards(term, is_list) {
                    let shown = printer::term(wildcard);
                    findings.add(
                        wildcard.span,
                        format!("`{name}` has `{shown}` in it, which is everything"),
                        HELP,
                    );
                }
            }
        }
    }
    for (_, rule) in subject.granting() {
        let reading = Reading::of_rule(rule);
        for condition in reading.conditions.iter().filter(|condition| !condition.negated) {
            let Ask::Apply(apply) = condition.ask else { continue };
            let is_match = apply.calls("glob.match") || apply.calls("regex.match");
            let Some(pattern) = apply.args.first().filter(|_| is_match) else { continue };
            let pattern = reading.resolve(pattern);
            // Without separators `*` stops at dots, in a glob.
            let whole =
                is_wildcard(pattern) && (apply.calls("regex.match") || stops_nowhere(pattern, apply.args));
            if whole {
                let shown = printer::term(pattern);
                findings.add(
                    condition.literal.span,
                    format!("the pattern `{shown}` matches everything"),
                    HELP,
                );
            }
        }
    }
}

/// Whether a glob has nothing that its stars stop at.
fn stops_nowhere(pattern: &Term, args: &[Term]) -> bool {
    let delimiters = args.get(1).map(|delimiters| &delimiters.kind);
    pattern.as_string().is_some_and(|text| text == "**") || matches!(delimiters, Some(TermKind::Null))
}

/// The wildcards among the elements of a constant collection, or in collections in it.
fn wildcards(term: &Term, is_element: bool) -> Vec<&Term> {
    let mut found = Vec::new();
    let mut open = vec![(term, is_element)];
    while let Some((term, is_element)) = open.pop() {
        match &term.kind {
            TermKind::Array(terms) | TermKind::Set(terms) => {
                open.extend(terms.iter().rev().map(|term| (term, true)));
            }
            TermKind::Object(pairs) => {
                for (key, value) in pairs.iter().rev() {
                    let only_keys = matches!(value.kind, TermKind::Boolean(true));
                    open.push((value, false));
                    open.push((key, only_keys));
                }
            }
            TermKind::String(_) if is_element && is_wildcard(term) => found.push(term),
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Ref(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => {}
        }
    }
    found
}

fn is_wildcard(term: &Term) -> bool {
    term.as_string().is_some_and(|text| {
        let rest = text.split_once("://").map_or(&**text, |(_, rest)| rest);
        WILDCARDS.contains(&rest)
    })
}

fn lists_the_allowed(name: &str) -> bool {
    let name = name.to_lowercase();
    let has = |words: &[&str]| name.split(['_', '-']).any(|word| words.contains(&word));
    has(&ALLOWING) && !has(&DENYING)
}

const ALLOWING: [&str; 12] = [
    "allow",
    "allowed",
    "allowlist",
    "approved",
    "authorised",
    "authorized",
    "granted",
    "permitted",
    "safelist",
    "trusted",
    "valid",
    "whitelist",
];
const DENYING: [&str; 10] = [
    "banned",
    "blocked",
    "blacklist",
    "denied",
    "deny",
    "denylist",
    "disallowed",
    "forbidden",
    "not",
    "untrusted",
];
const WILDCARDS: [&str; 7] = ["*", "**", "*/*", "**/*", ".*", "^.*$", ".+"];
const HELP: &str = "list what is meant";
