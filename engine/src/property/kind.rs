//! What has to be so, and whether it is, for one case.

use std::collections::BTreeSet;

use super::change::{self, Change, Then};
use super::court::{Court, Variables};
use super::{Condition, Path};
use crate::eval::NativePolicy;
use crate::policy::{EvalError, Outcome};
use crate::probe::decision::{Decision, Verdict};
use crate::probe::edit::{Case, Edit};
use crate::probe::model::Pattern;
use crate::probe::place::{self, Place};
use crate::probe::pool::Pools;
use crate::probe::sweep::wrong_types;
use crate::probe::text;
use crate::source::{SourceId, Span};
use crate::suite::event::{Failure, TestError, Verdict as TestVerdict};
use crate::suite::run::single_value;
use crate::suite::table::{self, Expectation};
use crate::value::Value;

/// What has to be so.
#[derive(Debug, Clone)]
pub enum Kind {
    /// What is allowed has all of these.
    AllowRequires(Vec<Condition>),
    /// What has all of these is not allowed, unless the other holds.
    NeverAllowWhen(Vec<Condition>, Option<Condition>),
    /// Whether something is allowed depends on each of these paths.
    DependsOn(Vec<Pattern>),
    /// What of these is missing lets nobody in.
    OnMissing(Vec<Pattern>, OnMissing),
    /// These inputs are allowed.
    MustAllow(Vec<(Value, Span)>),
    /// The decision is always that of the policy in another file.
    EquivalentTo(Box<str>, Span),
    /// The decision is this.
    Expect(Expectation),
    /// What is allowed has the same value in all of these terms, unless the condition holds.
    Agrees(Vec<Condition>, Option<Condition>),
    /// Each of these changes leaves the decision as it was, or lets nobody in or keeps nobody out who was not before.
    Changes(Vec<(Change, Then)>),
    /// A rule holds.
    Rule {
        /// The rule.
        path: Path,
        /// A rule that has to hold for the input to say something.
        assume: Option<Path>,
    },
}

/// What may become of a decision when something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMissing {
    /// What was not allowed is not allowed.
    NoNewAllow,
    /// Nothing is allowed.
    Deny,
}

/// What came of one case.
#[derive(Debug)]
pub(super) enum Trial {
    /// It says nothing about the property.
    Idle,
    /// The property holds.
    Held,
    /// It does not.
    Broken(Box<Broken>),
    /// There is no answer.
    Failed(EvalError),
}

/// How a case breaks a property.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    /// The change after which it does, where there is one, and the case after it.
    pub(super) change: Option<(Edit, Case)>,
    /// What should be so, in words.
    pub(super) expected: String,
    /// What is so.
    pub(super) actual: String,
    /// What a test of the case, or of the one after the change, has to expect.
    pub(super) wanted: Wanted,
}

/// What a test has to expect.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// This verdict.
    Verdict(Verdict),
    /// This answer.
    Answer(Expectation),
    /// Nothing that a test could say.
    Nothing,
}

/// What cases are tried with.
pub(super) struct Ask<'a, 'p> {
    pub(super) court: &'a mut Court<'p>,
    pub(super) decision: &'a Decision,
    /// The path of the decision.
    pub(super) path: &'a Path,
    pub(super) pools: &'a Pools,
    /// The policy in the other file, for [`Kind::EquivalentTo`].
    pub(super) other: Option<&'a NativePolicy>,
    /// Counts up from case to case.
    pub(super) turn: u64,
}

impl Kind {
    /// Whether a case breaks it. `verdict` is what is decided on the case.
    pub(super) fn try_case(
        &self,
        ask: &mut Ask<'_, '_>,
        case: &Case,
        variables: &Variables,
        verdict: Verdict,
    ) -> Trial {
        self.tried(ask, case, variables, verdict).unwrap_or_else(Trial::Failed)
    }

    /// Whether a policy that allows nothing keeps to it without a test.
    pub(super) fn is_about_denials(&self) -> bool {
        match self {
            Self::NeverAllowWhen(..)
            | Self::OnMissing(..)
            | Self::Expect(Expectation::Deny | Expectation::Undefined) => true,
            Self::AllowRequires(_)
            | Self::DependsOn(_)
            | Self::MustAllow(_)
            | Self::EquivalentTo(..)
            | Self::Expect(Expectation::Allow | Expectation::Error(_) | Expectation::Want(_))
            | Self::Agrees(..)
            | Self::Changes(_)
            | Self::Rule { .. } => false,
        }
    }

    fn tried(
        &self,
        ask: &mut Ask<'_, '_>,
        case: &Case,
        variables: &Variables,
        verdict: Verdict,
    ) -> Result<Trial, EvalError> {
        let allowed = verdict == Verdict::Allow;
        match self {
            Self::AllowRequires(conditions) if allowed => {
                for condition in conditions {
                    if !ask.court.holds(condition, case, variables)? {
                        let expected = format!("allowed only if `{}`", condition.says);
                        return Ok(broken(expected, "allowed, and that does not hold", DENY));
                    }
                }
                Ok(Trial::Held)
            }
            Self::NeverAllowWhen(conditions, unless) => {
                for condition in conditions {
                    if !ask.court.holds(condition, case, variables)? {
                        return Ok(Trial::Idle);
                    }
                }
                if let Some(unless) = unless
                    && ask.court.holds(unless, case, variables)?
                {
                    return Ok(Trial::Idle);
                }
                if !allowed {
                    return Ok(Trial::Held);
                }
                let all: Vec<&str> = conditions.iter().map(|condition| &*condition.says).collect();
                let unless = unless.as_ref().map(|unless| format!(" unless `{}`", unless.says));
                let expected =
                    format!("never allowed when `{}`{}", all.join("`, `"), unless.unwrap_or_default());
                Ok(broken(expected, "allowed", DENY))
            }
            Self::DependsOn(patterns) if allowed => {
                Ok(patterns.iter().find_map(|pattern| ask.unread(pattern, case)).unwrap_or(Trial::Held))
            }
            Self::OnMissing(patterns, expect) => Ok(ask.missing(patterns, *expect, case, allowed)),
            Self::Expect(expectation) => Ok(ask.expected(expectation, case)),
            Self::Agrees(terms, unless) if allowed => {
                if let Some(unless) = unless
                    && ask.court.holds(unless, case, variables)?
                {
                    return Ok(Trial::Idle);
                }
                let mut values = BTreeSet::new();
                for term in terms {
                    values.insert(ask.court.value(term, case, variables)?);
                }
                if values.len() <= 1 && !values.contains(&None) {
                    return Ok(Trial::Held);
                }
                let all: Vec<&str> = terms.iter().map(|term| &*term.says).collect();
                let expected = format!("allowed only where `{}` are the same", all.join("` and `"));
                let shown = values.iter().map(|value| match value {
                    Some(value) => value.to_rego(),
                    None => "undefined".to_owned(),
                });
                let shown = shown.collect::<Vec<_>>().join(" and ");
                Ok(broken(expected, &format!("allowed, with {shown}"), DENY))
            }
            Self::Changes(changes) => ask.changed(changes, case, variables),
            Self::EquivalentTo(file, _) => Ok(ask.same_elsewhere(file, case)),
            Self::Rule { path, assume } => ask.rule(path, assume.as_ref(), case),
            Self::AllowRequires(_) | Self::DependsOn(_) | Self::Agrees(..) | Self::MustAllow(_) => {
                Ok(Trial::Idle)
            }
        }
    }
}

impl Ask<'_, '_> {
    /// What is decided on a case.
    pub(super) fn verdict(&mut self, case: &Case) -> Verdict {
        self.court.decide(self.decision, self.path, case)
    }

    fn answer(&mut self, case: &Case) -> Outcome {
        self.court.ask(self.path, case, &None)
    }

    /// Nothing if another value of a path is not allowed.
    fn unread(&mut self, pattern: &Pattern, case: &Case) -> Option<Trial> {
        let steps = pattern.first_place()?;
        let mut tried = 0;
        for edit in self.other_values(&steps, case) {
            let Some(after) = edit.apply(case) else { continue };
            tried += 1;
            if self.verdict(&after) != Verdict::Allow {
                return None;
            }
        }
        let expected = format!("whether it is allowed depends on {pattern}");
        let actual = format!("allowed, and with each of {tried} other values there too");
        Some(broken(expected, &actual, Wanted::Nothing))
    }

    /// Other values of a path of the input: none, a fresh one, those of other types, and those that are likely there.
    fn other_values(&self, steps: &[Value], case: &Case) -> Vec<Edit> {
        let at = Place::input(steps.to_vec());
        let Some(input) = &case.input else { return Vec::new() };
        let mut edits = vec![Edit::Drop(at.clone())];
        let text = place::at(input, steps).and_then(Value::as_str);
        edits.extend(text.map(|text| Edit::Put(at.clone(), Value::from(text::fresh(text)))));
        edits.extend(wrong_types().into_iter().map(|value| Edit::Put(at.clone(), value)));
        let likely = self.pools.likely(input, &case.data, steps);
        edits.extend(likely.into_iter().take(MAX_LIKELY).map(|value| Edit::Put(at.clone(), value)));
        edits
    }

    fn missing(&mut self, patterns: &[Pattern], expect: OnMissing, case: &Case, allowed: bool) -> Trial {
        if allowed && expect == OnMissing::NoNewAllow {
            return Trial::Idle;
        }
        let mut trial = Trial::Idle;
        for pattern in patterns {
            for at in change::places(pattern, case) {
                let edit = Edit::Drop(at);
                let Some(after) = edit.apply(case) else { continue };
                if self.verdict(&after) == Verdict::Allow {
                    let expected = match expect {
                        OnMissing::NoNewAllow => format!("nobody is let in because {pattern} is missing"),
                        OnMissing::Deny => format!("not allowed when {pattern} is missing"),
                    };
                    let actual = format!("{}, and allowed {edit}", word(allowed));
                    return after_change(edit, after, expected, actual, DENY);
                }
                trial = Trial::Held;
            }
        }
        trial
    }

    fn expected(&mut self, expectation: &Expectation, case: &Case) -> Trial {
        let row = table::Case {
            name: "".into(),
            span: Span::new(SourceId::default(), 0, 0),
            query: self.path.clone(),
            select: [].into(),
            input: None,
            with: Vec::new(),
            expect: expectation.clone(),
        };
        match row.judge(self.answer(case)) {
            TestVerdict::Fail(Failure::Unexpected { expected, actual, .. }) => {
                broken(expected, &actual, Wanted::Answer(expectation.clone()))
            }
            TestVerdict::Error(TestError::Evaluation(error)) => Trial::Failed(error),
            TestVerdict::Pass | TestVerdict::Fail(_) | TestVerdict::Error(_) | TestVerdict::Skip { .. } => {
                Trial::Held
            }
        }
    }

    fn changed(
        &mut self,
        changes: &[(Change, Then)],
        case: &Case,
        variables: &Variables,
    ) -> Result<Trial, EvalError> {
        let before = self.answer(case);
        let verdict = self.decision.of_outcome(&before);
        let mut trial = Trial::Idle;
        for (change, then) in changes {
            let is_open = match then {
                Then::Same => true,
                Then::NoNewAllow => verdict != Verdict::Allow,
                Then::NoNewDeny => verdict == Verdict::Allow,
            };
            if !is_open {
                continue;
            }
            let edits = change.edits(self.court, case, variables)?;
            for edit in self.some(edits) {
                let Some(after) = edit.apply(case) else { continue };
                let answer = self.answer(&after);
                let now = self.decision.of_outcome(&answer);
                let (holds, says, wanted) = match then {
                    Then::Same => (answer == before, "the same decision", Wanted::Verdict(verdict)),
                    Then::NoNewAllow => (now != Verdict::Allow, "nobody new is allowed", DENY),
                    Then::NoNewDeny => {
                        (now == Verdict::Allow, "still allowed", Wanted::Verdict(Verdict::Allow))
                    }
                };
                if !holds {
                    // Another value of the same meaning is nothing that a verdict can tell.
                    let is_told = matches!(wanted, Wanted::Verdict(wanted) if wanted != now);
                    let wanted = if is_told { wanted } else { Wanted::Nothing };
                    let expected = format!("{}: {says}", change.in_words());
                    let with = if matches!(edit, Edit::Put(..)) { "with " } else { "" };
                    let actual = format!("{} before, {} {with}{edit}", shown(&before), shown(&answer));
                    return Ok(after_change(edit, after, expected, actual, wanted));
                }
                trial = Trial::Held;
            }
        }
        Ok(trial)
    }

    /// A few of many edits, others for each case.
    fn some(&self, edits: Vec<Edit>) -> Vec<Edit> {
        let count = edits.len();
        if count <= EDITS_OF_A_CASE {
            return edits;
        }
        let start = usize::try_from(self.turn).unwrap_or_default().wrapping_mul(EDITS_OF_A_CASE) % count;
        edits.into_iter().cycle().skip(start).take(EDITS_OF_A_CASE).collect()
    }

    fn same_elsewhere(&mut self, file: &str, case: &Case) -> Trial {
        let Some(other) = self.other else { return Trial::Idle };
        let theirs = Court::new(other).ask(self.path, case, &None);
        let ours = self.answer(case);
        let same = match (&ours, &theirs) {
            (Outcome::Error(ours), Outcome::Error(theirs)) => ours.code == theirs.code,
            (ours, theirs) => ours == theirs,
        };
        if same {
            return Trial::Held;
        }
        let expected = format!("as `{file}` decides: {}", shown(&theirs));
        let wanted = match theirs {
            Outcome::Undefined => Expectation::Undefined,
            Outcome::Error(error) => Expectation::Error(error.code),
            Outcome::Defined(results) => match single_value(results) {
                Some(Value::Bool(true)) => Expectation::Allow,
                Some(Value::Bool(false)) => Expectation::Deny,
                Some(value) => Expectation::Want(value),
                None => Expectation::Undefined,
            },
        };
        broken(expected, &shown(&ours), Wanted::Answer(wanted))
    }

    fn rule(&mut self, path: &Path, assume: Option<&Path>, case: &Case) -> Result<Trial, EvalError> {
        if let Some(assume) = assume
            && !is_true(self.court.ask(assume, case, &None))?
        {
            return Ok(Trial::Idle);
        }
        let outcome = self.court.ask(path, case, &None);
        if is_true(outcome.clone())? {
            return Ok(Trial::Held);
        }
        let name = table::path::show("data", path);
        Ok(broken(format!("{name} is true"), &shown(&outcome), Wanted::Nothing))
    }
}

fn is_true(outcome: Outcome) -> Result<bool, EvalError> {
    match outcome {
        Outcome::Error(error) => Err(error),
        Outcome::Undefined => Ok(false),
        Outcome::Defined(results) => Ok(single_value(results) == Some(Value::Bool(true))),
    }
}

fn broken(expected: String, actual: &str, wanted: Wanted) -> Trial {
    Trial::Broken(Box::new(Broken { change: None, expected, actual: actual.to_owned(), wanted }))
}

fn after_change(edit: Edit, after: Case, expected: String, actual: String, wanted: Wanted) -> Trial {
    Trial::Broken(Box::new(Broken { change: Some((edit, after)), expected, actual, wanted }))
}

fn word(allowed: bool) -> &'static str {
    if allowed { "allowed" } else { "not allowed" }
}

/// An answer in words, as far as it fits on a line.
pub(super) fn shown(outcome: &Outcome) -> String {
    let text = match outcome {
        Outcome::Undefined => "undefined".to_owned(),
        Outcome::Error(error) => format!("error {}", error.code),
        Outcome::Defined(results) => {
            single_value(results.clone()).map_or_else(|| "undefined".to_owned(), |value| value.to_rego())
        }
    };
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

const DENY: Wanted = Wanted::Verdict(Verdict::Deny);
const MAX_SHOWN: usize = 200;
const MAX_LIKELY: usize = 24;
const EDITS_OF_A_CASE: usize = 8;
