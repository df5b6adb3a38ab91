//! Who may call whom for what: every known caller, callee and action, decided one by one.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::call::{Call, Verdict, input};
use super::identity;
use crate::eval::NativePolicy;
use crate::parallel;
use crate::policy::{Outcome, Policy as _, Query, Request};
use crate::value::Value;

/// Who is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Who may call.
    pub callers: BTreeSet<Arc<str>>,
    /// Who may be called.
    pub callees: BTreeSet<Arc<str>>,
    /// For what.
    pub actions: BTreeSet<Arc<str>>,
}

/// What was decided on one call, in a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// It may not be made.
    Denied,
    /// It may be made.
    Allowed,
    /// Nothing was decided: the decision is undefined, ended with an error, or is no decision.
    Undecided,
}

/// Every call, and what was decided on it.
#[derive(Debug)]
pub struct Matrix {
    callers: Vec<Arc<str>>,
    callees: Vec<Arc<str>>,
    actions: Vec<Arc<str>>,
    /// By callers, in these by callees, in these by actions.
    rows: Vec<Vec<Cell>>,
    /// Why nothing was decided, of the first calls of which that is so.
    problems: Vec<(Call, String)>,
}

/// Too many calls to ask for all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{callers} callers, {callees} callees and {actions} actions make more than {MOST_CELLS} calls")]
pub struct TooManyError {
    callers: usize,
    callees: usize,
    actions: usize,
}

impl Known {
    /// Takes in what data says: grants, partners, bans and, where there is such a list, `data.agents`.
    pub fn add_data(&mut self, data: &Value) {
        let list = |path: &[&str]| data.lookup(path).and_then(Value::as_array).cloned().unwrap_or_default();
        for grant in &list(&["grants"]) {
            self.callers.extend(field(grant, "caller"));
            self.callees.extend(field(grant, "callee"));
            self.add_actions(grant);
        }
        for partner in &list(&["federation"]) {
            for reach in partner.lookup(&["may_call"]).and_then(Value::as_array).into_iter().flatten() {
                self.callees.extend(field(reach, "callee"));
                self.add_actions(reach);
            }
        }
        for agent in list(&["banned_agents"]).iter().chain(&list(&["agents"])) {
            if let Some(id) = text(agent) {
                self.add_agent(&id);
            }
        }
    }

    /// Takes in an agent, as one who calls and is called. What is no SPIFFE ID of an agent is none.
    pub fn add_agent(&mut self, id: &Arc<str>) {
        if identity::trust_domain(id).is_ok() {
            self.callers.insert(Arc::clone(id));
            self.callees.insert(Arc::clone(id));
        }
    }

    /// Takes in a call that was made. One of somebody who is no agent is left out.
    pub fn add_call(&mut self, call: &Call) {
        if identity::trust_domain(&call.caller).is_ok() && identity::trust_domain(&call.callee).is_ok() {
            self.callers.insert(Arc::clone(&call.caller));
            self.callees.insert(Arc::clone(&call.callee));
            self.actions.insert(Arc::clone(&call.action));
        }
    }

    fn add_actions(&mut self, entry: &Value) {
        let actions = entry.lookup(&["actions"]).and_then(Value::as_array).into_iter().flatten();
        self.actions.extend(actions.filter_map(text));
    }
}

impl Matrix {
    /// Asks for every call, on so many threads. `done` is told of each caller whose calls were all asked for, by any thread.
    ///
    /// # Errors
    /// When there are more than [`MOST_CELLS`].
    #[expect(clippy::similar_names, reason = "caller and callee are the field's words")]
    pub fn ask(
        policy: &NativePolicy,
        decision: &[Arc<str>],
        known: Known,
        threads: NonZeroUsize,
        done: &(dyn Fn() + Sync),
    ) -> Result<Self, TooManyError> {
        let [callers, callees, actions] = [known.callers, known.callees, known.actions].map(Vec::from_iter);
        let count =
            callers.len().checked_mul(callees.len()).and_then(|count| count.checked_mul(actions.len()));
        if count.is_none_or(|count| count > MOST_CELLS) {
            let [callers, callees, actions] = [callers.len(), callees.len(), actions.len()];
            return Err(TooManyError { callers, callees, actions });
        }
        let called: Vec<Value> = callees.iter().cloned().map(Value::String).collect();
        let row = |caller: &Arc<str>| {
            let row = ask_row(policy, decision, caller, &called, &actions);
            done();
            row
        };
        let asked = parallel::map(threads, callers.iter().collect(), row);
        let (rows, problems): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
        let problems = problems.into_iter().flatten().take(MOST_PROBLEMS).collect();
        Ok(Self { callers, callees, actions, rows, problems })
    }

    /// How many callers, callees and actions there are.
    pub fn size(&self) -> [usize; 3] {
        [self.callers.len(), self.callees.len(), self.actions.len()]
    }

    /// Who may be called, in order.
    pub fn callees(&self) -> &[Arc<str>] {
        &self.callees
    }

    /// Who calls, in order.
    pub fn callers(&self) -> &[Arc<str>] {
        &self.callers
    }

    /// How many calls were decided so.
    pub fn count(&self, wanted: Cell) -> usize {
        self.rows.iter().flatten().filter(|cell| **cell == wanted).count()
    }

    /// The calls that were decided so, sorted.
    pub fn calls(&self, wanted: Cell) -> impl Iterator<Item = Call> {
        self.callers.iter().zip(&self.rows).flat_map(move |(caller, row)| {
            let pairs = self
                .callees
                .iter()
                .flat_map(|callee| self.actions.iter().map(move |action| (callee, action)));
            row.iter().zip(pairs).filter(move |(cell, _)| **cell == wanted).map(|(_, (callee, action))| {
                Call { caller: Arc::clone(caller), callee: Arc::clone(callee), action: Arc::clone(action) }
            })
        })
    }

    /// What was decided on a call; none if it was not asked for.
    pub fn cell(&self, call: &Call) -> Option<Cell> {
        let row = self.rows.get(self.callers.binary_search(&call.caller).ok()?)?;
        let column = self.callees.binary_search(&call.callee).ok()?;
        let action = self.actions.binary_search(&call.action).ok()?;
        row.get(column.checked_mul(self.actions.len())?.checked_add(action)?).copied()
    }

    /// Why nothing was decided, of the first calls of which that is so.
    pub fn problems(&self) -> &[(Call, String)] {
        &self.problems
    }
}

#[expect(clippy::similar_names, reason = "caller and callee are the field's words")]
fn ask_row(
    policy: &NativePolicy,
    decision: &[Arc<str>],
    caller: &Arc<str>,
    callees: &[Value],
    actions: &[Arc<str>],
) -> (Vec<Cell>, Vec<(Call, String)>) {
    let mut cells = Vec::with_capacity(callees.len().saturating_mul(actions.len()));
    let mut problems = Vec::new();
    let mut prepared = policy.prepare(&Query::Path(decision.to_vec())).ok();
    let from = Value::String(Arc::clone(caller));
    for callee in callees {
        for action in actions {
            let input = input(from.clone(), callee.clone(), action);
            let request = Request { input: Some(&input), ..Request::default() };
            let outcome = prepared.as_mut().map(|prepared| prepared.evaluate(&request).outcome);
            let decided = match &outcome {
                Some(Outcome::Defined(results)) => {
                    match results.first().and_then(|it| it.expressions.first()) {
                        Some(found) => Verdict::of(&found.value).map_err(|error| error.to_string()),
                        None => Err("the decision has no value".to_owned()),
                    }
                }
                Some(Outcome::Undefined) => Err("the decision is undefined".to_owned()),
                Some(Outcome::Error(error)) => Err(error.to_string()),
                None => Err("the decision can't be asked for".to_owned()),
            };
            cells.push(match decided {
                Ok(verdict) if verdict.allowed => Cell::Allowed,
                Ok(_) => Cell::Denied,
                Err(problem) => {
                    if problems.len() < MOST_PROBLEMS {
                        let callee = callee.as_str().unwrap_or_default().into();
                        let call = Call { caller: Arc::clone(caller), callee, action: Arc::clone(action) };
                        problems.push((call, problem));
                    }
                    Cell::Undecided
                }
            });
        }
    }
    (cells, problems)
}

fn field(entry: &Value, name: &str) -> Option<Arc<str>> {
    entry.lookup(&[name]).and_then(text)
}

fn text(value: &Value) -> Option<Arc<str>> {
    if let Value::String(text) = value { Some(Arc::clone(text)) } else { None }
}

/// How many calls may be asked for: 200 million, with a byte for each.
pub const MOST_CELLS: usize = 200_000_000;
/// Of how many calls it is kept why nothing was decided.
const MOST_PROBLEMS: usize = 20;
