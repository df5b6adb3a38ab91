//! The rules of the linter, in the order of the index: by category, then by name.

use super::rule::Rule;
use super::rules::correctness::conflicting_complete_rules::CONFLICTING_COMPLETE_RULES;
use super::rules::fail_open::default_true::DEFAULT_TRUE;
use super::rules::fail_open::empty_count::EMPTY_COUNT;
use super::rules::fail_open::missing_default::MISSING_DEFAULT;
use super::rules::fail_open::negated_undefined::NEGATED_UNDEFINED;
use super::rules::fail_open::permissive_object_get::PERMISSIVE_OBJECT_GET;
use super::rules::fail_open::vacuous_every::VACUOUS_EVERY;
use super::rules::suppression::suppression_without_reason::SUPPRESSION_WITHOUT_REASON;
use super::rules::suppression::unused_suppression::UNUSED_SUPPRESSION;
use super::rules::trust::self_authorised_input::SELF_AUTHORISED_INPUT;
use super::rules::trust::unanchored_match::UNANCHORED_MATCH;
use super::rules::trust::wildcard_in_allow_list::WILDCARD_IN_ALLOW_LIST;
use super::rules::unused::unused_import::UNUSED_IMPORT;
use super::rules::unused::unused_rule::UNUSED_RULE;

/// All rules.
pub static RULES: [&Rule; 14] = [
    &DEFAULT_TRUE,
    &EMPTY_COUNT,
    &MISSING_DEFAULT,
    &NEGATED_UNDEFINED,
    &PERMISSIVE_OBJECT_GET,
    &VACUOUS_EVERY,
    &SELF_AUTHORISED_INPUT,
    &UNANCHORED_MATCH,
    &WILDCARD_IN_ALLOW_LIST,
    &CONFLICTING_COMPLETE_RULES,
    &UNUSED_IMPORT,
    &UNUSED_RULE,
    &SUPPRESSION_WITHOUT_REASON,
    &UNUSED_SUPPRESSION,
];

/// The rule of this name.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.into_iter().find(|rule| rule.id == id)
}

/// A help line for a name that no rule has.
pub fn unknown_rule_help(id: &str) -> String {
    crate::suggest::help(id, "the rules are", &RULES.map(|rule| rule.id))
}
