//! Documents that rules and data have in common: packages, and everything while data is replaced.

use super::error::Result;
use super::machine::{Flow, Found, Held, Machine};
use super::observer::{Observer, Side};
use super::reference::{base_child, step};
use super::scope::lay_over;
use crate::program::{DocumentId, RuleId, RuleKind, Term};
use crate::value::{Object, Value};

impl<'a, O: Observer> Machine<'a, O> {
    /// Calls `found` for each document that steps from `data` lead to.
    pub(super) fn each_document(&mut self, steps: &'a [Term], found: Found<'_, 'a, O>) -> Result<Flow> {
        self.each_below(&mut Vec::new(), Some(DocumentId::DATA), steps, found)
    }

    /// The whole document at a path below `data`; nothing if there is none.
    pub(super) fn document_at(&mut self, path: &[Value]) -> Result<Option<Value>> {
        let mut document = Some(DocumentId::DATA);
        for (depth, key) in path.iter().enumerate() {
            let here = path.get(..=depth).unwrap_or_default();
            document = self.document_below(document, here, key);
            if let Some(rule) = self.rule_of(document) {
                let below = path.get(depth + 1..).unwrap_or_default();
                let Some(value) = self.rule_below(rule, below)? else { return Ok(None) };
                let found = below.iter().try_fold(Held::Owned(value), |value, key| step(&value, key));
                return Ok(found.map(Held::into_owned));
            }
        }
        self.extent(path, document)
    }

    fn each_below(
        &mut self,
        path: &mut Vec<Value>,
        document: Option<DocumentId>,
        steps: &'a [Term],
        found: Found<'_, 'a, O>,
    ) -> Result<Flow> {
        self.budget.step()?;
        let Some((term, after)) = steps.split_first() else {
            return match self.extent(path, document)? {
                Some(value) => found(self, Held::Owned(value)),
                None => Ok(Flow::More),
            };
        };
        if self.is_ground(term) {
            let Some(key) = self.value(term)? else { return Ok(Flow::More) };
            return self.descend(path, document, &key, after, found);
        }
        let base = self.base_document(path);
        if let Some(base) = &base {
            let base = Held::Owned(base.clone());
            let flow = self.enumerate(&base, term, &mut |machine, key, _| {
                machine.descend(path, document, &key, after, found)
            })?;
            if flow == Flow::Done {
                return Ok(flow);
            }
        }
        let program = self.world.program;
        let children = document.and_then(|id| program.document(id)).map(|document| &document.children);
        for (key, _) in children.into_iter().flatten() {
            if base.as_ref().is_some_and(|base| super::reference::child(base, key).is_some()) {
                continue;
            }
            let (mark, late) = (self.mark(), self.late_errors.len());
            self.tell(Side::Value(key), Side::Term(term));
            let flow = if self.matches(term, Held::Borrowed(key))? {
                self.descend(path, document, key, after, found)?
            } else {
                Flow::More
            };
            self.undo(mark);
            self.meet_late_errors(late);
            if flow == Flow::Done {
                return Ok(flow);
            }
        }
        Ok(Flow::More)
    }

    fn descend(
        &mut self,
        path: &mut Vec<Value>,
        document: Option<DocumentId>,
        key: &Value,
        after: &'a [Term],
        found: Found<'_, 'a, O>,
    ) -> Result<Flow> {
        path.push(key.clone());
        let below = self.document_below(document, path, key);
        let flow = match self.rule_of(below) {
            Some(rule) => match self.rule_at(rule, after)? {
                Some(value) => self.each_step(value, after, found)?,
                None => Flow::More,
            },
            None => self.each_below(path, below, after, found)?,
        };
        path.pop();
        Ok(flow)
    }

    /// The document one step below, unless what is at `path` is replaced.
    fn document_below(
        &self,
        document: Option<DocumentId>,
        path: &[Value],
        key: &Value,
    ) -> Option<DocumentId> {
        if self.scope.is_below_target(path) {
            return None;
        }
        self.world.program.document(document?)?.child(key)
    }

    fn rule_of(&self, document: Option<DocumentId>) -> Option<RuleId> {
        self.world.program.document(document?)?.rule
    }

    /// The base document at a path, with what stands in for parts of it.
    ///
    /// Whoever reads all of `data` doesn't get `data.system`, in OPA as here: it is there for those who name it.
    pub(super) fn base_document(&self, path: &[Value]) -> Option<Value> {
        let over = self.scope.overlay_at(path);
        if self.scope.is_below_target(path) {
            return over.map(Held::into_owned);
        }
        if let ([], Value::Object(data)) = (path, self.world.data) {
            let mut data = data.clone();
            data.remove(&Value::from(SYSTEM));
            return lay_over(over.as_deref(), Some(&Value::Object(data)));
        }
        let under = path.iter().try_fold(self.world.data, base_child);
        lay_over(over.as_deref(), under)
    }

    /// What data and rules say together of the document at a path that no rule defines as a whole.
    fn extent(&mut self, path: &[Value], document: Option<DocumentId>) -> Result<Option<Value>> {
        let base = self.base_document(path);
        let Some(document) = document else { return Ok(base) };
        let virtual_part = Value::Object(self.leaves(&mut path.to_vec(), document)?);
        Ok(lay_over(base.as_ref(), Some(&virtual_part)))
    }

    /// The documents of the rules at and below a document.
    fn leaves(&mut self, path: &mut Vec<Value>, document: DocumentId) -> Result<Object> {
        let program = self.world.program;
        let children = program.document(document).map(|document| &document.children);
        let mut entries = Vec::new();
        let is_whole = path.is_empty();
        for (key, child) in children.into_iter().flatten() {
            if is_whole && key.as_str() == Some(SYSTEM) {
                continue;
            }
            path.push(key.clone());
            let late = self.late_errors.len();
            let value = match self.rule_of(Some(*child)) {
                Some(_) if self.scope.is_below_target(path) => self.base_document(path),
                Some(rule) => self.rule_extent(rule)?,
                None => Some(Value::Object(self.leaves(path, *child)?)),
            };
            path.pop();
            self.meet_late_errors(late);
            if let Some(value) = value {
                entries.push((key.clone(), value));
            }
        }
        Ok(entries.into_iter().collect())
    }

    /// The document of a rule, or as much of it as the keys into it can lead to; nothing for functions.
    fn rule_below(&mut self, id: RuleId, keys: &[Value]) -> Result<Option<Value>> {
        let program = self.world.program;
        match program.rule(id) {
            Some(rule) if !keys.is_empty() && matches!(rule.kind, RuleKind::Set | RuleKind::Object) => {
                self.part_at(id, rule, keys.iter().cloned().map(Some)).map(Some)
            }
            _ => self.rule_extent(id),
        }
    }

    /// The whole document of a rule; nothing for functions.
    pub(super) fn rule_extent(&mut self, rule: RuleId) -> Result<Option<Value>> {
        let kind = self.world.program.rule(rule).map(|rule| rule.kind);
        match kind {
            Some(RuleKind::Function(_)) | None => Ok(None),
            Some(RuleKind::Complete | RuleKind::Set | RuleKind::Object) => self.rule_document(rule),
        }
    }
}

/// What `data` has for the system that evaluates, and does not show as a part of itself.
const SYSTEM: &str = "system";
