//! The rules: one file each, in the folder of its category.

pub(super) mod correctness {
    //! What fails when it is evaluated.
    pub(in crate::check) mod conflicting_complete_rules;
}

pub(super) mod fail_open {
    //! Decisions that allow when something is missing.
    pub(in crate::check) mod default_true;
    pub(in crate::check) mod empty_count;
    pub(in crate::check) mod missing_default;
    pub(in crate::check) mod negated_undefined;
    pub(in crate::check) mod permissive_object_get;
    pub(in crate::check) mod vacuous_every;
}

pub(super) mod suppression {
    //! Comments that suppress findings, and should not be there so.
    pub(in crate::check) mod suppression_without_reason;
    pub(in crate::check) mod unused_suppression;
}

pub(super) mod trust {
    //! Decisions that trust more than was meant.
    pub(in crate::check) mod self_authorised_input;
    pub(in crate::check) mod unanchored_match;
    pub(in crate::check) mod wildcard_in_allow_list;
}

pub(super) mod unused {
    //! What has no effect.
    pub(in crate::check) mod unused_import;
    pub(in crate::check) mod unused_rule;
}
