//! Which variables of an equality get a value from the other side.

use std::collections::BTreeMap;

use crate::compile::vars::{self, Collector, Skip, VarSet};
use crate::syntax::tree::{Call, ComprehensionHead, Name, Ref, Term, TermKind};

/// The variables that have a value after `left = right` if those that `safe` says so of have one before.
pub(super) fn unify(safe: &dyn Fn(&Name) -> bool, left: &Term, right: &Term) -> VarSet {
    let mut unifier = Unifier { safe, unified: VarSet::new(), waiting: BTreeMap::new() };
    unifier.unify(left, right);
    unifier.unified
}

/// Whether what a reference starts at has a value.
pub(super) fn is_ref_safe(reference: &Ref, safe: &dyn Fn(&Name) -> bool) -> bool {
    match &reference.head.kind {
        TermKind::Var(var) => safe(&var.name),
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Ref(_)
        | TermKind::Array(_)
        | TermKind::Object(_)
        | TermKind::Set(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => vars::of_term(&reference.head, Skip::SAFETY).iter().all(safe),
    }
}

fn is_call_safe(call: &Call, safe: &dyn Fn(&Name) -> bool) -> bool {
    let mut found = VarSet::new();
    let mut collector = Collector::new(Skip::SAFETY, &mut found);
    collector.operands(&call.operator);
    for arg in &call.args {
        collector.term(arg);
    }
    found.iter().all(safe)
}

struct Unifier<'s> {
    safe: &'s dyn Fn(&Name) -> bool,
    unified: VarSet,
    /// Variables that get a value as soon as all of the others have one.
    waiting: BTreeMap<Name, VarSet>,
}

impl Unifier<'_> {
    fn unify(&mut self, left: &Term, right: &Term) {
        match (&left.kind, &right.kind) {
            (TermKind::Var(left), TermKind::Var(right)) => {
                if self.is_safe(&right.name) {
                    self.mark(&left.name);
                } else if self.is_safe(&left.name) {
                    self.mark(&right.name);
                } else {
                    self.wait(&left.name, &right.name);
                    self.wait(&right.name, &left.name);
                }
            }
            (TermKind::Var(var), TermKind::Array(_) | TermKind::Object(_)) => {
                self.unify_all(&var.name, right);
            }
            (TermKind::Array(_) | TermKind::Object(_), TermKind::Var(var)) => self.unify_all(&var.name, left),
            (TermKind::Array(lefts), TermKind::Array(rights)) if lefts.len() == rights.len() => {
                for (left, right) in lefts.iter().zip(rights) {
                    self.unify(left, right);
                }
            }
            (TermKind::Object(lefts), TermKind::Object(rights)) if lefts.len() == rights.len() => {
                for (key, left) in lefts {
                    if let Some((_, right)) = rights.iter().find(|(other, _)| same(key, other)) {
                        self.unify(left, right);
                    }
                }
            }
            (TermKind::Var(var), other) | (other, TermKind::Var(var)) if self.has_value(other) => {
                self.mark(&var.name);
            }
            (TermKind::Array(_), other) | (other, TermKind::Array(_)) => {
                let pattern = if matches!(left.kind, TermKind::Array(_)) { left } else { right };
                let fits = match other {
                    TermKind::Comprehension(comprehension) => {
                        // OPA tells the sides apart here.
                        std::ptr::eq(pattern, left)
                            || matches!(comprehension.head, ComprehensionHead::Array(_))
                    }
                    TermKind::Ref(_) | TermKind::Call(_) => self.has_value(other),
                    TermKind::Null
                    | TermKind::Boolean(_)
                    | TermKind::Number(_)
                    | TermKind::String(_)
                    | TermKind::Template(_)
                    | TermKind::Var(_)
                    | TermKind::Array(_)
                    | TermKind::Object(_)
                    | TermKind::Set(_) => false,
                };
                if fits {
                    self.mark_all(pattern);
                }
            }
            (TermKind::Object(_), other) | (other, TermKind::Object(_)) => {
                let pattern = if matches!(left.kind, TermKind::Object(_)) { left } else { right };
                let fits = match other {
                    TermKind::Comprehension(comprehension) => {
                        std::ptr::eq(pattern, right)
                            && matches!(comprehension.head, ComprehensionHead::Object(..))
                    }
                    TermKind::Ref(_) | TermKind::Call(_) => self.has_value(other),
                    TermKind::Null
                    | TermKind::Boolean(_)
                    | TermKind::Number(_)
                    | TermKind::String(_)
                    | TermKind::Template(_)
                    | TermKind::Var(_)
                    | TermKind::Array(_)
                    | TermKind::Object(_)
                    | TermKind::Set(_) => false,
                };
                if fits {
                    self.mark_all(pattern);
                }
            }
            _ => {}
        }
    }

    /// Whether something that isn't a pattern has a value.
    fn has_value(&self, other: &TermKind) -> bool {
        match other {
            TermKind::Ref(reference) => is_ref_safe(reference, self.safe),
            TermKind::Call(call) => is_call_safe(call, self.safe),
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_) => true,
        }
    }

    fn is_safe(&self, name: &Name) -> bool {
        (self.safe)(name) || self.unified.contains(name)
    }

    fn mark_all(&mut self, pattern: &Term) {
        for name in vars::of_term(pattern, Skip::PATTERN) {
            self.mark(&name);
        }
    }

    /// A variable that stands for a whole pattern has a value if the pattern has, and the other way round.
    fn unify_all(&mut self, name: &Name, pattern: &Term) {
        if self.is_safe(name) {
            self.mark_all(pattern);
            return;
        }
        let mut open = vars::of_term(pattern, Skip::PATTERN);
        open.retain(|var| !self.is_safe(var));
        if open.is_empty() {
            self.mark(name);
        } else {
            self.waiting.entry(name.clone()).or_default().extend(open);
        }
    }

    fn wait(&mut self, name: &Name, other: &Name) {
        self.waiting.entry(name.clone()).or_default().insert(other.clone());
    }

    fn mark(&mut self, name: &Name) {
        let mut marked = vec![name.clone()];
        while let Some(name) = marked.pop() {
            marked.extend(self.waiting.remove(&name).unwrap_or_default());
            self.waiting.retain(|var, others| {
                let done = others.remove(&name) && others.is_empty();
                if done {
                    marked.push(var.clone());
                }
                !done
            });
            self.unified.insert(name);
        }
    }
}

/// Whether two keys of objects are the same, as far as that can be told from how they are written.
fn same(left: &Term, right: &Term) -> bool {
    match (&left.kind, &right.kind) {
        (TermKind::Var(left), TermKind::Var(right)) => left.name == right.name,
        _ => crate::compile::constants::same(left, right),
    }
}

#[cfg(test)]
mod tests {
    use super::unify;
    use crate::compile::locals;
    use crate::source::SourceId;
    use crate::syntax::{ParseOptions, parse_query};

    #[track_caller]
    fn check(equality: &str, safe: &[&str], expected: &[&str]) {
        let body = parse_query(SourceId::default(), equality, &ParseOptions::default()).unwrap();
        let (left, right) = locals::sides(&body.literals[0]).unwrap();
        let found = unify(&|name| safe.contains(&&**name), left, right);
        let found: Vec<&str> = found.iter().map(|name| &**name).collect();
        assert_eq!(found, expected, "{equality}");
    }

    #[test]
    fn values_flow_into_variables_from_either_side() {
        check("x = 1", &[], &["x"]);
        check("1 = x", &[], &["x"]);
        check("x = y", &[], &[]);
        check("x = y", &["y"], &["x"]);
        check("x = data.a", &["data"], &["x"]);
        check("x = y.a", &[], &[]);
        check("x = [a | a = 1]", &[], &["x"]);
    }

    #[test]
    fn patterns_bind_their_variables_and_wait_for_each_other() {
        check("[x, y] = [1, [z]]", &["z"], &["x", "y"]);
        check("[x, y] = [y, 1]", &[], &["x", "y"]);
        check("{\"a\": x} = {\"a\": 1}", &[], &["x"]);
        check("{\"a\": x} = {\"b\": 1}", &[], &[]);
        check("x = [y, z]", &["y"], &[]);
        check("[x, z] = [[z], 1]", &[], &["x", "z"]);
        check("{x} = {1}", &[], &[]);
    }
}
