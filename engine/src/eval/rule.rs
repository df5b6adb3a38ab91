//! Rules: which clauses to try, and what they come to together.

use super::error::{Conflicting, Failure, Result, Stop};
use super::guard::is_left_out;
use super::machine::{Flow, Held, Machine};
use super::near::Key;
use super::observer::{Observer, Side};
use crate::policy::ErrorCode;
use crate::program::{Clause, ClauseId, EarlyExit, IndexKey, Rule, RuleId, RuleKind, Slot, Term};
use crate::stack::with_stack;
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, O> {
    /// The document of a rule, or as much of it as the steps into it can lead to.
    pub(super) fn rule_at(&mut self, rule: RuleId, steps: &'a [Term]) -> Result<Option<Held<'a>>> {
        let value = match self.world.program.rule(rule).map(|rule| rule.kind) {
            Some(RuleKind::Complete) => {
                let value = self.known_document(rule)?;
                let path = || steps.iter().map_while(Term::as_constant).cloned().collect::<Vec<Value>>();
                self.note_asked(|| Key::Document(rule), path, value.as_ref());
                value
            }
            Some(RuleKind::Set | RuleKind::Object) => Some(self.part(rule, steps)?),
            Some(RuleKind::Function(_)) | None => None,
        };
        Ok(value.map(Held::Owned))
    }

    /// The whole document of a rule that is no function.
    pub(super) fn rule_document(&mut self, id: RuleId) -> Result<Option<Value>> {
        let value = self.known_document(id)?;
        self.note_asked(|| Key::Document(id), Vec::new, value.as_ref());
        Ok(value)
    }

    fn known_document(&mut self, id: RuleId) -> Result<Option<Value>> {
        let program = self.world.program;
        let Some(rule) = program.rule(id) else { return Ok(None) };
        let lasts = self.lasts(rule);
        if let Some(known) = self.memo.document(id) {
            let known = known.clone();
            self.tell_known(id, 0, known.as_ref());
            if lasts {
                self.pass();
            }
            return Ok(known);
        }
        if lasts {
            return self.lasting_document(id, &[], |machine| machine.evaluated_document(id, rule));
        }
        // Whoever watches wants to see how a value comes about.
        let is_settled = !O::WATCHES && self.world.optimise && rule.settled && self.scope.is_loaded();
        if is_settled && let Some(known) = self.memo.settled(id) {
            return Ok(known.clone());
        }
        let value = self.near(&Key::Document(id), |machine| machine.evaluated_document(id, rule))?;
        if self.is_in_vain() {
            return Ok(value);
        }
        self.memo.put_document(id, value.clone());
        // An error on the way belongs to each evaluation.
        if is_settled && self.builtin_errors.is_empty() && self.late_errors.is_empty() {
            self.memo.settle(id, value.clone());
        }
        Ok(value)
    }

    fn evaluated_document(&mut self, id: RuleId, rule: &'a Rule) -> Result<Option<Value>> {
        match rule.kind {
            RuleKind::Complete => self.one_value(id, rule, 0),
            RuleKind::Set | RuleKind::Object => self.many_values(id, rule, &[]).map(Some),
            RuleKind::Function(_) => Ok(None),
        }
    }

    /// The value of a complete rule, or of a function whose arguments lie below the next frame.
    pub(super) fn one_value(
        &mut self,
        id: RuleId,
        rule: &'a Rule,
        arguments: usize,
    ) -> Result<Option<Value>> {
        let candidates = self.candidates(rule, arguments);
        let out = self.left_out(rule, candidates, arguments);
        let find_one = self.is_first_enough(rule, candidates, &out);
        self.tell_rule(id, (candidates, &out), arguments, find_one);
        let before = (self.frames.checkpoint(), self.budget.depth());
        let mut value: Option<Value> = None;
        let mut errors = None;
        for candidate in candidates {
            let mut next = Some(*candidate);
            while let Some(clause) = next.and_then(|id| self.world.program.clause(id)) {
                if next.is_some_and(|id| is_left_out(&out, id)) {
                    next = clause.otherwise;
                    continue;
                }
                let held =
                    match self.clause_value(clause, next, arguments, find_one, (&mut value, &mut errors)) {
                        Ok(held) => held,
                        Err(stop)
                            if stop.0.span == Some(clause.span) && stop.0.code == ErrorCode::Conflict =>
                        {
                            let conflict = stop.into_failure();
                            self.frames.restore(before.0);
                            self.budget.set_depth(before.1);
                            return Err(self.list_conflicts(
                                conflict,
                                (candidates, &out),
                                arguments,
                                find_one,
                            ));
                        }
                        Err(stop) => return Err(stop),
                    };
                next = if held { None } else { clause.otherwise };
            }
            if find_one && value.is_some() {
                break;
            }
        }
        if value.is_none()
            && let Some(default) = rule.default
            && let Some(clause) = self.world.program.clause(default)
        {
            self.clause_value(clause, Some(default), arguments, true, (&mut value, &mut errors))?;
        }
        if let Some(known) = errors {
            self.hold_errors_back(known);
        }
        self.watch(|observer, view| observer.decided(id, value.as_ref(), view));
        Ok(value)
    }

    /// Evaluates a clause that gives one value; answers whether it held. With the first value goes how many errors there were
    /// until then.
    fn clause_value(
        &mut self,
        clause: &'a Clause,
        id: Option<ClauseId>,
        arguments: usize,
        find_one: bool,
        (value, errors): (&mut Option<Value>, &mut Option<usize>),
    ) -> Result<bool> {
        let mut held = false;
        self.clause(clause, id, &Known::Arguments(arguments), &mut |machine| {
            let found = match &clause.value {
                Some(term) => machine.value(term)?,
                None => Some(Held::Owned(Value::Bool(true))),
            };
            let Some(found) = found else { return Ok(Flow::More) };
            held = true;
            match value {
                Some(known) if *known != *found => return Err(machine.value_conflict(clause)),
                Some(_) => {}
                None => {
                    *value = Some(found.into_owned());
                    *errors = Some(machine.builtin_errors.len());
                }
            }
            Ok(if find_one { Flow::Done } else { Flow::More })
        })?;
        Ok(held)
    }

    /// Completes the error of a conflict by the values, for which the clauses are evaluated again, as in OPA.
    fn list_conflicts(
        &mut self,
        mut conflict: Failure,
        (candidates, out): (&'a [ClauseId], &[ClauseId]),
        arguments: usize,
        find_one: bool,
    ) -> Stop {
        let known_errors = self.builtin_errors.len();
        let mut found = Conflicting::default();
        'clauses: for candidate in candidates {
            let mut next = Some(*candidate);
            while let Some(clause) = next.and_then(|id| self.world.program.clause(id)) {
                if next.is_some_and(|id| is_left_out(out, id)) {
                    next = clause.otherwise;
                    continue;
                }
                match self.add_conflict(clause, arguments, find_one, &mut found) {
                    Ok(false) => next = clause.otherwise,
                    Ok(true) => break,
                    Err(_) => break 'clauses,
                }
            }
            if found.more {
                break;
            }
        }
        self.builtin_errors.truncate(known_errors);
        if found.values.len() > 1 {
            conflict.conflicting = found;
        }
        Stop(Box::new(conflict))
    }

    /// Adds the first value of a clause, if it is the first at all or another one; answers whether the clause held.
    fn add_conflict(
        &mut self,
        clause: &'a Clause,
        arguments: usize,
        find_one: bool,
        found: &mut Conflicting,
    ) -> Result<bool> {
        let mut held = false;
        self.clause(clause, None, &Known::Arguments(arguments), &mut |machine| {
            let value = match &clause.value {
                Some(term) => machine.value(term)?,
                None => Some(Held::Owned(Value::Bool(true))),
            };
            let Some(value) = value else { return Ok(Flow::More) };
            held = true;
            if found.values.first().is_none_or(|(_, first)| *first != *value) {
                if found.values.len() == MAX_CONFLICTS {
                    found.more = true;
                    return Ok(Flow::Done);
                }
                found.values.push((clause.span, value.into_owned()));
                if found.values.len() > 1 {
                    return Ok(Flow::Done);
                }
            }
            Ok(if find_one { Flow::Done } else { Flow::More })
        })?;
        Ok(held)
    }

    /// Evaluates the body of a clause in a frame of its own, and calls `each` for each way in which it holds.
    pub(super) fn clause(
        &mut self,
        clause: &'a Clause,
        id: Option<ClauseId>,
        known: &Known<'_>,
        each: &mut dyn FnMut(&mut Self) -> Result<Flow>,
    ) -> Result<()> {
        self.budget.enter()?;
        let outer = match known {
            Known::Arguments(count) if clause.args_are_slots => {
                self.frames.open_over(*count, clause.slots.len())
            }
            Known::Arguments(_) | Known::Steps(_) => self.frames.open(clause.slots.len()),
        };
        if let Some(id) = id {
            self.observer.enter(id);
        }
        if self.head_matches(clause, known)? {
            with_stack(|| {
                self.run(&clause.body.literals, &mut |machine| {
                    if let Some(id) = id {
                        machine.watch(|observer, view| observer.exit(id, view));
                    }
                    each(machine)
                })
            })?;
        }
        if let Some(id) = id {
            self.observer.leave(id);
        }
        self.frames.close(outer);
        self.budget.leave();
        Ok(())
    }

    fn head_matches(&mut self, clause: &'a Clause, known: &Known<'_>) -> Result<bool> {
        match known {
            Known::Arguments(_) if clause.args_are_slots => {
                if self.tells() {
                    self.watch(|observer, view| {
                        for (index, parameter) in (0..).zip(&clause.args) {
                            if let Some(value) = view.local(Slot(index)) {
                                observer.unify(Side::Value(value), Side::Fresh(parameter), view);
                            }
                        }
                    });
                }
            }
            Known::Arguments(count) => {
                for (index, pattern) in clause.args.iter().enumerate() {
                    let Some(value) = self.frames.argument(index, *count) else { return Ok(false) };
                    self.tell(Side::Value(&value), Side::Term(pattern));
                    if !self.matches(pattern, value)? {
                        return Ok(false);
                    }
                }
            }
            Known::Steps(values) => {
                let rule = self.world.program.rule(clause.rule);
                let is_set = rule.is_some_and(|rule| rule.kind == RuleKind::Set);
                // Steps that are known only after the body stand aside; OPA compares elements as they are written.
                let steps = clause.steps.iter().map(|step| (step, is_set));
                let patterns = steps.chain(clause.key.iter().map(|element| (element, true)));
                for ((pattern, always), value) in patterns.zip(*values) {
                    if let Some(value) = value {
                        self.tell(Side::Value(value), Side::Term(pattern));
                    }
                    let Some(value) = value.as_ref().filter(|_| always || self.can_match(pattern)) else {
                        continue;
                    };
                    if !self.matches(pattern, Held::Owned(value.clone()))? {
                        return Ok(false);
                    }
                }
            }
        }
        if self.tells() && self.is_function(clause) {
            let value = clause.value.as_ref().map_or(Side::Value(&Value::Bool(true)), Side::Term);
            self.watch(|observer, view| observer.output(value, view));
        }
        Ok(true)
    }

    fn is_function(&self, clause: &Clause) -> bool {
        self.world.program.rule(clause.rule).is_some_and(|rule| matches!(rule.kind, RuleKind::Function(_)))
    }

    /// The clauses of a rule that can match, in their order.
    pub(super) fn candidates(&self, rule: &'a Rule, arguments: usize) -> &'a [ClauseId] {
        let index = &rule.index;
        let Some(key) = index.key.as_ref().filter(|_| self.world.optimise && self.observer.uses_index())
        else {
            return &rule.clauses;
        };
        let value = match key {
            // OPA has no index of the arguments that heads name.
            IndexKey::Argument(_) if O::AS_OPA => return &rule.clauses,
            IndexKey::Argument(position) => {
                self.frames.pushed(arguments).get(*position).and_then(|value| value.as_deref())
            }
            IndexKey::Input(path) => {
                let input = self.scope.input.as_deref();
                input.and_then(|input| path.iter().try_fold(input, super::reference::child))
            }
        };
        value.and_then(|value| index.cases.get(value)).unwrap_or(&index.others)
    }

    /// Whether the first clause that holds decides.
    pub(super) fn is_first_enough(&self, rule: &Rule, candidates: &[ClauseId], out: &[ClauseId]) -> bool {
        let is_narrowed = || !out.is_empty() || candidates.len() != rule.clauses.len();
        self.observer.exits_early()
            && match rule.early_exit {
                EarlyExit::Never => false,
                EarlyExit::Narrowed => {
                    is_narrowed() && self.world.program.agree(candidates, |id| !is_left_out(out, id))
                }
                EarlyExit::Always => true,
            }
    }

    fn value_conflict(&self, clause: &Clause) -> Stop {
        let rule = self.world.program.rule(clause.rule);
        let path = rule.map(|rule| &*rule.path).unwrap_or_default();
        let message = match rule.map(|rule| rule.kind) {
            Some(RuleKind::Function(_)) => function_conflict(path),
            _ => rule_conflict(path),
        };
        Failure::stop(ErrorCode::Conflict, message, Some(clause.span))
    }
}

/// What the error of a function with several values says.
pub(super) fn function_conflict(path: &[Value]) -> String {
    format!("function {} produced conflicting values for the same inputs", shown_path(path))
}

/// What the error of a rule with several values says.
pub(super) fn rule_conflict(path: &[Value]) -> String {
    format!("rule {} produced conflicting values", shown_path(path))
}

/// How many values the error of a conflict lists.
const MAX_CONFLICTS: usize = 10;

/// What is known of a clause's head before its body is evaluated.
pub(super) enum Known<'k> {
    /// So many arguments lie below the frame.
    Arguments(usize),
    /// The first steps into the rule's document.
    Steps(&'k [Option<Value>]),
}

/// A path below `data`, as messages show it.
fn shown_path(path: &[Value]) -> String {
    let mut text = "data".to_owned();
    for key in path {
        match key.as_str() {
            Some(name) if crate::program::is_name(name) => {
                text.push('.');
                text.push_str(name);
            }
            _ => {
                text.push('[');
                text.push_str(&key.to_rego());
                text.push(']');
            }
        }
    }
    text
}
