//! Writes down what decided: for each rule that was asked for the clauses that held, or how far each of them came.

use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use self::cases::CaseNotes;
use super::facts::Moment;
use super::observer::{Observer, View};
use crate::program::{Body, ClauseId, LiteralId, RuleId};
use crate::value::Value;

mod cases;

/// Collects notes on rules while they are evaluated.
#[derive(Debug, Default)]
pub(super) struct Why {
    open: Vec<Open>,
    /// What the query came to.
    pub(super) query: Option<ClauseNote>,
    /// The rules that were evaluated outside of any query.
    pub(super) rules: Vec<Arc<RuleNote>>,
    notes: usize,
    /// The rules that were evaluated, for when they are asked for again.
    known: BTreeMap<RuleId, Arc<RuleNote>>,
    /// What the cases of the test came to; none if they are not told apart.
    pub(super) cases: Option<CaseNotes>,
}

/// What a rule came to.
#[derive(Debug)]
pub(super) struct RuleNote {
    pub(super) rule: RuleId,
    pub(super) value: Option<Value>,
    pub(super) clauses: Vec<ClauseNote>,
    /// Whether the value was known already, and nothing is known of how.
    pub(super) repeated: bool,
}

/// What a clause or the query came to.
#[derive(Debug, Default)]
pub(super) struct ClauseNote {
    /// The clause; none for the query.
    pub(super) clause: Option<ClauseId>,
    pub(super) ways: u64,
    /// The moment when it held first.
    pub(super) held: Option<Moment>,
    /// The last of its literals that was reached and did not hold, and the moment when it did not for the first time.
    pub(super) failed: Option<(LiteralId, Moment)>,
    /// How often that literal did not hold.
    pub(super) failures: u64,
    /// Of a clause of a rule that was asked for, further moments when that literal did not hold: the first of them.
    pub(super) also_failed: Vec<Moment>,
    /// The rules that its literals asked for last.
    asked: Vec<(LiteralId, Arc<RuleNote>)>,
}

#[derive(Debug)]
enum Open {
    Rule { note: RuleNote, is_tried: bool },
    Clause(Box<OpenClause>),
}

#[derive(Debug, Default)]
struct OpenClause {
    note: ClauseNote,
    /// How many bodies inside of its own are evaluated.
    bodies: usize,
    /// Its literals that have begun, and whether they held.
    literals: Vec<(LiteralId, bool)>,
    /// The last literal inside of its current one that did not hold.
    inner: Option<(LiteralId, Moment)>,
}

/// What to note of a literal that did not hold.
enum Wanted {
    /// Nothing: another one was further.
    Nothing,
    /// That it did not hold once more.
    Count,
    /// What had which value.
    Moment,
}

impl Why {
    /// Tells the cases of a parameterised test apart.
    pub(super) fn by_cases() -> Self {
        Self { cases: Some(CaseNotes::default()), ..Self::default() }
    }

    fn clause(&mut self) -> Option<&mut OpenClause> {
        match self.open.last_mut() {
            Some(Open::Clause(clause)) => Some(clause),
            Some(Open::Rule { .. }) | None => None,
        }
    }
}

impl ClauseNote {
    /// What to note of a literal that did not hold, if there is room for so many further moments.
    fn wants(&self, literal: LiteralId, room: usize) -> Wanted {
        match &self.failed {
            Some((furthest, _)) if *furthest == literal => {
                if self.also_failed.len() < room.min(MAX_FAILED) {
                    Wanted::Moment
                } else {
                    Wanted::Count
                }
            }
            Some((furthest, _)) if *furthest > literal => Wanted::Nothing,
            Some(_) | None => Wanted::Moment,
        }
    }

    /// Notes a literal that did not hold, and was as far as any or further.
    fn failed(&mut self, literal: LiteralId, moment: Option<Moment>) {
        if self.failed.as_ref().is_some_and(|(furthest, _)| *furthest == literal) {
            self.failures += 1;
            self.also_failed.extend(moment);
        } else if let Some(moment) = moment {
            self.also_failed.clear();
            self.failed = Some((literal, moment));
            self.failures = 1;
        }
    }
}

impl OpenClause {
    fn moment(&self, view: &View<'_>) -> Moment {
        Moment {
            locals: view.locals(),
            input: view.input().cloned(),
            asked: self.note.asked.clone(),
            inner: None,
        }
    }

    /// With what is known of the literal inside that did not hold.
    fn moment_inside(&mut self, view: &View<'_>) -> Moment {
        let inner = self.inner.take().map(|(id, moment)| (id, Box::new(moment)));
        Moment { inner, ..self.moment(view) }
    }

    fn held(&mut self, moment: Option<Moment>) {
        self.note.ways += 1;
        if self.note.held.is_none() {
            self.note.held = moment;
        }
    }
}

impl Observer for Why {
    fn rule(&mut self, rule: RuleId, candidates: &[ClauseId], _: bool) {
        let note = RuleNote { rule, value: None, clauses: Vec::new(), repeated: false };
        self.open.push(Open::Rule { note, is_tried: candidates.is_empty() });
    }

    fn decided(&mut self, _: RuleId, value: Option<&Value>, _: &View<'_>) {
        let Some(Open::Rule { mut note, is_tried }) = self.open.pop() else { return };
        note.value = value.cloned();
        note.repeated = note.clauses.is_empty() && !is_tried;
        self.notes += 1;
        if self.notes > MAX_NOTES || self.open.len() > MAX_DEPTH {
            return;
        }
        let mut note = Arc::new(note);
        if !note.repeated {
            self.known.insert(note.rule, Arc::clone(&note));
        } else if let Some(known) = self.known.get(&note.rule).filter(|known| known.value == note.value) {
            note = Arc::clone(known);
        }
        match self.open.last_mut() {
            Some(Open::Clause(clause)) => {
                if let Some((literal, _)) = clause.literals.last() {
                    clause.note.asked.push((*literal, note));
                }
            }
            Some(Open::Rule { .. }) => {}
            None => self.rules.push(note),
        }
    }

    fn enter(&mut self, clause: ClauseId) {
        let note = ClauseNote { clause: Some(clause), ..ClauseNote::default() };
        self.open.push(Open::Clause(Box::new(OpenClause { note, ..OpenClause::default() })));
    }

    fn exit(&mut self, _: ClauseId, view: &View<'_>) {
        if let Some(clause) = self.clause() {
            let moment = clause.note.held.is_none().then(|| clause.moment(view));
            clause.held(moment);
        }
    }

    fn leave(&mut self, _: ClauseId) {
        let Some(Open::Clause(clause)) = self.open.pop() else { return };
        if let Some(Open::Rule { note, is_tried }) = self.open.last_mut() {
            *is_tried = true;
            note.clauses.push(clause.note);
        }
    }

    fn enter_body(&mut self, _: &Body) {
        match self.clause() {
            Some(clause) => clause.bodies += 1,
            None => self.open.push(Open::Clause(Box::default())),
        }
    }

    fn exit_body(&mut self, _: &Body) {
        if let Some(clause) = self.clause()
            && clause.bodies == 0
        {
            let asked = clause.note.asked.clone();
            clause.held(Some(Moment { asked, ..Moment::default() }));
        }
    }

    fn leave_body(&mut self, _: &Body) {
        if let Some(clause) = self.clause()
            && clause.bodies > 0
        {
            clause.bodies -= 1;
        } else if let Some(Open::Clause(clause)) = self.open.pop() {
            self.query = Some(clause.note);
        }
    }

    fn literal(&mut self, literal: LiteralId) {
        if let Some(clause) = self.clause()
            && clause.bodies == 0
        {
            clause.literals.push((literal, false));
            clause.note.asked.retain(|(asker, _)| *asker != literal);
            clause.inner = None;
        }
    }

    fn held(&mut self, literal: LiteralId) {
        if let Some(clause) = self.clause()
            && clause.bodies == 0
            && let Some((_, held)) = clause.literals.iter_mut().rev().find(|(id, _)| *id == literal)
        {
            *held = true;
        }
    }

    fn failed(&mut self, literal: LiteralId, view: &View<'_>) {
        // A rule and its clause: what was asked for itself.
        let is_outermost = self.open.len() == 2;
        let Some(Open::Clause(clause)) = self.open.last_mut() else { return };
        if clause.bodies > 0 {
            clause.inner = Some((literal, clause.moment(view)));
            return;
        }
        let mut cases = self.cases.as_mut().filter(|_| is_outermost);
        if let Some(before) = cases.as_mut().and_then(|cases| cases.leave(literal)) {
            self.notes = before;
        }
        if clause.literals.pop().is_none_or(|(_, held)| held) {
            return;
        }
        let case = cases.filter(|cases| cases.is_inside());
        let wanted = match &case {
            Some(cases) => cases.wants(clause.note.clause, literal, self.notes),
            None => clause.note.wants(literal, if is_outermost { MAX_FAILED } else { 0 }),
        };
        let moment = match wanted {
            Wanted::Nothing => return,
            Wanted::Count => None,
            Wanted::Moment => Some(clause.moment_inside(view)),
        };
        match case {
            Some(cases) => cases.failed(clause.note.clause, literal, moment),
            None => clause.note.failed(literal, moment),
        }
    }

    fn entry(&mut self, value: &Value, view: &View<'_>) {
        if self.open.len() == 2
            && let Some(Open::Clause(clause)) = self.open.last()
            && let Some(cases) = &mut self.cases
        {
            cases.held(clause.note.clause, value, self.notes, || clause.moment(view));
        }
    }

    fn case(&mut self, keys: &Value) {
        if self.open.len() == 2
            && let Some(Open::Clause(clause)) = self.open.last()
            && clause.bodies == 0
            && let Some((literal, _)) = clause.literals.last()
            && let Some(cases) = &mut self.cases
        {
            cases.enter(*literal, keys.clone(), self.notes);
        }
    }

    fn error(&mut self, position: usize) {
        if let Some(cases) = &mut self.cases {
            cases.error(position);
        }
    }
}

/// More rules than anybody reads about.
const MAX_NOTES: usize = 10_000;

/// Further ways to explain in which a literal did not hold.
const MAX_FAILED: usize = 7;

/// Rules that are asked for deeper down are left out.
const MAX_DEPTH: usize = 64;
