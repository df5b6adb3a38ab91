//! The clauses of a decision that a mutant can make a difference to: where these come to the same, so does the decision.
//!
//! Decisions of packs are sets of objections, each clause with its own. A mutant changes one of them, or a rule that a few of them read, and
//! evaluating those few is much less than evaluating all.

use std::collections::BTreeSet;

use super::mutant::Mutant;
use crate::eval::Observer;
use crate::probe::reach::Reach;
use crate::program::{ClauseId, Program, RuleId, RuleKind};
use crate::source::Span;

/// The clauses of a decision that a mutant changes, or that read a rule which it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Affected(BTreeSet<ClauseId>);

impl Affected {
    /// The affected clauses of a policy and of its mutant; nothing where they don't tell what becomes of the decision.
    pub(super) fn of(
        before: (&Program, RuleId),
        after: (&Program, RuleId),
        mutant: &Mutant,
    ) -> Option<(Self, Self)> {
        let Span { source, start, end } = mutant.span;
        let written = u32::try_from(mutant.replacement.len()).ok()?;
        let (old, kept_before) = split(before.0, before.1, mutant.span)?;
        let (new, kept_after) =
            split(after.0, after.1, Span { source, start, end: start.checked_add(written)? })?;
        // The others have to be the same clauses, or the mutant was looked for in the wrong place.
        let moved = |at: u32| {
            if at >= end { at.checked_sub(end)?.checked_add(start)?.checked_add(written) } else { Some(at) }
        };
        let moved = |span: Span| -> Option<Span> {
            let is_below = span.source == source;
            let at = |at: u32| if is_below { moved(at) } else { Some(at) };
            Some(Span { start: at(span.start)?, end: at(span.end)?, ..span })
        };
        let kept: Option<Vec<Span>> = kept_before.into_iter().map(moved).collect();
        (kept? == kept_after).then_some((old, new))
    }

    /// Whether no clause is: the decision doesn't depend on what the mutant changes.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The clauses of a set that depend on what is written at a place, and where the others are.
fn split(program: &Program, decision: RuleId, changed: Span) -> Option<(Affected, Vec<Span>)> {
    let rule = program.rule(decision)?;
    // The clauses of other rules decide together. What is settled is kept from one evaluation to the next.
    if rule.kind != RuleKind::Set || rule.settled {
        return None;
    }
    let overlaps = |span: Span| {
        span.source == changed.source
            && span.start < changed.end.max(changed.start + 1)
            && changed.start < span.end.max(span.start + 1)
    };
    let written = program.clauses.iter().filter(|clause| overlaps(clause.span)).map(|clause| clause.rule);
    let rules: BTreeSet<RuleId> = written.filter(|rule| *rule != decision).collect();
    let is_affected = |id: ClauseId, span: Span| {
        let reach = Reach::of_clause(program, id);
        overlaps(span) || rules.iter().any(|rule| reach.rules.contains_key(rule))
    };
    let mut affected = BTreeSet::new();
    let mut others = Vec::new();
    for id in &rule.clauses {
        let span = program.clause(*id)?.span;
        if is_affected(*id, span) {
            affected.insert(*id);
        } else {
            others.push(span);
        }
    }
    Some((Affected(affected), others))
}

/// Leaves out the clauses of a decision that are not affected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Only<'a> {
    decision: RuleId,
    affected: &'a Affected,
}

impl<'a> Only<'a> {
    /// The affected clauses of a decision.
    pub(super) fn new(decision: RuleId, affected: &'a Affected) -> Self {
        Self { decision, affected }
    }
}

impl Observer for Only<'_> {
    const WATCHES: bool = false;

    fn wants(&self, rule: RuleId, clause: ClauseId) -> bool {
        rule != self.decision || self.affected.0.contains(&clause)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::Arc;

    use super::{Affected, Only};
    use crate::document;
    use crate::eval::{NativeEngine, NativePolicy, NoObserver};
    use crate::frontend::{self, ParsedModules};
    use crate::host::SealedHost;
    use crate::mutate::generate;
    use crate::mutate::run::changed_text;
    use crate::policy::{CompileUnit, Modules, RegoVersion};
    use crate::probe::decision::Decision;
    use crate::probe::subject::Subject;
    use crate::source::{Source, SourceId, Sources};
    use crate::value::{Object, Value};

    /// What a mutant changes is read by a clause of its own, through a function, an `else`, a `with` or a document whose name is only
    /// known during evaluation.
    const POLICY: &str = r#"package pack

deny contains "level" if input.level > 3

deny contains msg if {
	some user in users
	msg := concat(" ", [user, "is unknown"])
	not input.known[user]
}

deny contains "kind" if kind(input.kind) == "bad"

deny contains "mocked" if count(users) > 1 with input.users as input.others

deny contains "swapped" if kind(input.kind) == "bad" with kind as other_kind

deny contains "named" if data.pack.named[input.name] == 1

users contains user if some user in input.users

kind(x) := "good" if {
	x == "a"
} else := "bad" if {
	x == "b"
	input.level > 1
}

other_kind(x) := "bad" if x == "c"

named.one := 1 if input.level == 2

named.two := 1 if input.level == 3
"#;

    #[test]
    fn where_the_affected_clauses_come_to_the_same_the_decision_does() {
        let parsed = parsed(POLICY);
        let before = subject(&compiled(&parsed));
        let rule = before.decision.rule(before.policy.program()).expect("the decision");
        let all = before.policy.program().rule(rule).expect("its rule").clauses.len();
        let (mut fewer, mut same, mut different) = (0, 0, 0);
        for mutant in
            generate::mutants(&parsed, before.policy.program(), std::slice::from_ref(&before.decision))
        {
            let text = changed_text(POLICY, &mutant).expect("a text");
            let Ok(modules) = parsed.with_text(mutant.span.source, &text) else { continue };
            let unit = CompileUnit { modules: &modules, data: &empty(), renames: &[], cases: &[] };
            let Ok(policy) = engine().compile_native(&unit) else { continue };
            let after = subject(&policy);
            let Some(changed) = after.decision.rule(policy.program()) else { continue };
            let parts = Affected::of((before.policy.program(), rule), (policy.program(), changed), &mutant);
            let Some((old, new)) = parts else { continue };
            assert!(!old.is_empty(), "{mutant:?}");
            fewer += usize::from(old.0.len() < all);
            let (mut one, mut other) = (before.judge(&empty()), after.judge(&empty()));
            for input in inputs() {
                let is_same = one.value(Some(&input), Only::new(rule, &old))
                    == other.value(Some(&input), Only::new(changed, &new));
                let is_decided_alike =
                    one.value(Some(&input), NoObserver) == other.value(Some(&input), NoObserver);
                assert!(is_decided_alike || !is_same, "{mutant:?} {input}");
                same += usize::from(is_same);
                different += usize::from(!is_decided_alike);
            }
        }
        assert!(fewer > 40 && same > 1_000 && different > 500, "{fewer} {same} {different}");
    }

    #[test]
    fn clauses_that_read_nothing_of_it_are_left_out() {
        let parsed = parsed(POLICY);
        let before = subject(&compiled(&parsed));
        let program = before.policy.program();
        let rule = before.decision.rule(program).expect("the decision");
        let affected = |written: &str| -> usize {
            let at = u32::try_from(POLICY.find(written).expect("written there")).expect("a position");
            let end = at + u32::try_from(written.len()).expect("a length");
            let place = crate::source::Span { source: SourceId::default(), start: at, end };
            super::split(program, rule, place).expect("a set").0.0.len()
        };
        assert_eq!(affected("input.level > 3"), 1);
        assert_eq!(affected("some user in input.users"), 2);
        assert_eq!(affected("input.level > 1"), 2);
        assert_eq!(affected(r#"x == "c""#), 1);
        assert_eq!(affected("input.level == 3"), 1);
    }

    fn inputs() -> Vec<Value> {
        let mut inputs = Vec::new();
        for level in ["1", "2", "3", "4"] {
            for (kind, name) in [("a", "one"), ("b", "two"), ("c", "zz")] {
                for users in [r#"["ann"]"#, r#"["ann", "bob"]"#, "[]"] {
                    inputs.push(json(&format!(
                        r#"{{"level": {level}, "kind": "{kind}", "name": "{name}", "users": {users}, "others": {users}, "known": {{"ann": true}}}}"#
                    )));
                }
            }
        }
        inputs
    }

    fn parsed(text: &str) -> ParsedModules {
        let mut sources = Sources::new();
        sources.add(Source::new("pack.rego", text));
        let modules = Modules { sources: &sources, versions: &[RegoVersion::V1] };
        frontend::parse(&modules, NonZeroUsize::MIN, None).expect("a module")
    }

    fn compiled(modules: &ParsedModules) -> NativePolicy {
        let unit = CompileUnit { modules, data: &empty(), renames: &[], cases: &[] };
        engine().compile_native(&unit).expect("a policy")
    }

    fn subject(policy: &NativePolicy) -> Subject {
        Subject { policy: policy.clone(), decision: Decision::at(["pack", "deny"].map(Arc::from).to_vec()) }
    }

    fn engine() -> NativeEngine {
        NativeEngine::new(Arc::new(SealedHost { now: 0, seed: 1 }))
    }

    fn empty() -> Value {
        Value::Object(Object::new())
    }

    fn json(text: &str) -> Value {
        document::json_value(SourceId::default(), text).expect("JSON")
    }
}
