//! Finds the Rego tests among a policy's rules, as `opa test` does.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::TestId;
use crate::policy::ref_text::ref_text;
use crate::policy::{Rename, RuleInfo, RuleKind};
use crate::source::Span;

/// The tests of a policy, and what has to be renamed so that each can be evaluated alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discovery {
    /// The tests in the order of the rules.
    pub tests: Vec<RegoTest>,
    /// For the second and later tests of one name. They hold for the sources that the rules were read from.
    pub renames: Vec<Rename>,
    /// Where the tests' names stand in their heads. What follows one there names a case.
    pub cases: Vec<Span>,
}

/// A rule that is a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegoTest {
    /// Its package and name; a later test of the same name is called `test_x#01`, `test_x#02` and so on.
    pub id: TestId,
    /// The path of the test's document below `data`.
    pub path: Vec<Arc<str>>,
    /// Where the rule starts.
    pub span: Span,
    /// What kind of test it is.
    pub form: Form,
}

/// What kind of test a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A rule that should be true.
    Plain,
    /// A rule with a case for each value of its head's variables, or with one key after its name.
    Parameterised,
    /// A function: found, and never to be evaluated.
    Function,
    /// Marked by `todo_`: skipped.
    Todo,
}

/// Finds the tests among `rules`, which stand in the order in which duplicates are numbered.
///
/// The first element of a head's known path that starts with `test_` or `todo_test_` makes the rule a test, and its
/// name is the path up to there. As in OPA, every further rule of that name is a test of its own, also the second body
/// of what would otherwise be one rule.
pub fn discover(rules: &[RuleInfo]) -> Discovery {
    let mut discovery = Discovery::default();
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for rule in rules {
        let Some((depth, element)) =
            rule.path.iter().enumerate().find(|(_, element)| is_test_name(&element.name))
        else {
            continue;
        };
        let todo = element.name.starts_with(TODO_PREFIX);
        let package = ref_text(std::iter::once("data").chain(rule.package.iter().map(|part| &**part)));
        let known = || rule.path.iter().take(depth).map(|element| &element.name);
        let plain_name = ref_text(known().map(|part| &**part).chain([&*element.name]));
        let count = seen.entry((package.clone(), plain_name.clone())).or_default();
        let suffix = if *count == 0 || todo { String::new() } else { format!("#{count:02}") };
        *count += 1;
        let last: Arc<str> = format!("{}{suffix}", element.name).into();
        if !suffix.is_empty() {
            discovery.renames.push(Rename { span: element.span, name: Arc::clone(&last) });
        }
        if !todo {
            discovery.cases.push(element.span);
        }
        let path = rule.package.iter().chain(known()).cloned().chain([last]).collect();
        let form = match rule.kind {
            _ if todo => Form::Todo,
            // Below a longer path, the name alone leads to a document that just has no value for the function.
            RuleKind::Function if rule.path.len() == depth + 1 => Form::Function,
            RuleKind::PartialObject => Form::Parameterised,
            // OPA takes a name and one key without a body for a test with one case.
            RuleKind::Complete if depth == 0 && rule.path.len() == 2 && !rule.has_body => Form::Parameterised,
            RuleKind::Complete | RuleKind::Default | RuleKind::Function | RuleKind::PartialSet => Form::Plain,
        };
        let id = TestId::Rego { package: package.into(), name: format!("{plain_name}{suffix}").into() };
        discovery.tests.push(RegoTest { id, path, span: rule.span, form });
    }
    discovery
}

fn is_test_name(name: &str) -> bool {
    name.starts_with(PREFIX) || name.starts_with(TODO_PREFIX)
}

const PREFIX: &str = "test_";
const TODO_PREFIX: &str = "todo_test_";
