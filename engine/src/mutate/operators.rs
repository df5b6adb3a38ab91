//! The operators: all kinds of change that are made.

pub use super::mutant::Operator;
use super::{clauses, comparisons, defaults, facts, literals, memberships, quantifiers, references, texts};

/// All operators, by what they change.
pub const ALL: [&Operator; 34] = [
    &facts::BODY_TRUE,
    &facts::BODY_FALSE,
    &clauses::BODY_SPLIT,
    &clauses::ELSE_DROP,
    &defaults::DEFAULT_FLIP,
    &defaults::DEFAULT_DROP,
    &literals::LITERAL_DROP,
    &literals::NOT_DROP,
    &literals::GUARD_DROP,
    &literals::OBJECTION_DROP,
    &literals::LITERAL_NEGATE,
    &comparisons::EQUAL_PREFIX,
    &comparisons::BOUND_LOOSE,
    &comparisons::BOUND_TIGHT,
    &comparisons::BOUND_FLIP,
    &comparisons::BOUND_SHIFT,
    &texts::PREFIX_ANYWHERE,
    &texts::DELIMITER_DROP,
    &texts::REGEX_UNANCHOR,
    &texts::GLOB_DELIMITER,
    &texts::NORMAL_FORM_DROP,
    &memberships::ELEMENT_DROP,
    &memberships::ELEMENT_ADD,
    &memberships::CONSTANT_DROP,
    &quantifiers::EVERY_SOME,
    &quantifiers::SOME_DROP,
    &quantifiers::SET_ARRAY,
    &references::INPUT_SIBLING,
    &references::DATA_MISSING,
    &references::SPLIT_INDEX,
    &references::DEFAULT_TRUE,
    &references::DEFAULT_FALSE,
    &references::DEFAULT_WILD,
    &references::DEFAULT_NUMBER,
];

/// The operator with this id.
pub fn by_id(id: &str) -> Option<&'static Operator> {
    ALL.into_iter().find(|operator| operator.id == id)
}
