//! The variables of nested scopes: which are declared, how, and how often they are used.

use crate::compile::locals::Locals;
use crate::compile::vars::VarMap;
use crate::diagnostic::Diagnostic;
use crate::syntax::tree::Name;

/// How a variable first occurred in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occurrence {
    /// As a parameter.
    Parameter,
    /// In an expression.
    Seen,
    /// On the left of `:=`.
    Assigned,
    /// After `some` or `every`.
    Declared,
}

/// A variable of a scope.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The generated name, or the name itself if it is not declared.
    pub(super) name: Name,
    pub(super) occurrence: Occurrence,
    pub(super) count: usize,
}

/// The variables of one scope by the names written.
pub(super) type Scope = VarMap<Entry>;

/// Scopes, the innermost last; there is always at least one.
#[derive(Debug, Clone)]
pub(super) struct Scopes {
    outer: Vec<Scope>,
    inner: Scope,
    /// All generated names and what they stand for.
    pub(super) rewritten: Vec<(Name, Name)>,
    /// Variables that nothing uses.
    pub(super) unused: Vec<Diagnostic>,
}

impl Scopes {
    pub(super) fn new() -> Self {
        Self { outer: Vec::new(), inner: Scope::new(), rewritten: Vec::new(), unused: Vec::new() }
    }

    pub(super) fn push(&mut self) {
        self.outer.push(std::mem::take(&mut self.inner));
    }

    pub(super) fn pop(&mut self) {
        if let Some(scope) = self.outer.pop() {
            self.inner = scope;
        }
    }

    /// The innermost scope.
    pub(super) fn top(&self) -> &Scope {
        &self.inner
    }

    pub(super) fn insert(&mut self, written: &Name, name: Name, occurrence: Occurrence) {
        if *written != name {
            self.rewritten.push((name.clone(), written.clone()));
        }
        self.inner.insert(written.clone(), Entry { name, occurrence, count: 1 });
    }

    fn innermost_first(&self) -> impl Iterator<Item = &Scope> {
        std::iter::once(&self.inner).chain(self.outer.iter().rev())
    }

    fn find(&self, written: &Name) -> Option<&Entry> {
        self.innermost_first().find_map(|scope| scope.get(written))
    }

    /// The name that a variable has here.
    pub(super) fn declared(&self, written: &Name) -> Option<&Name> {
        self.find(written).map(|entry| &entry.name)
    }

    /// How a variable first occurred in the innermost scope that has it.
    pub(super) fn occurrence_anywhere(&self, written: &Name) -> Option<Occurrence> {
        self.find(written).map(|entry| entry.occurrence)
    }

    /// Counts a use.
    pub(super) fn seen(&mut self, written: &Name) {
        let scopes = std::iter::once(&mut self.inner).chain(self.outer.iter_mut().rev());
        if let Some(entry) = scopes.into_iter().find_map(|scope| scope.get_mut(written)) {
            entry.count += 1;
        }
    }

    /// How often a variable has occurred.
    pub(super) fn count(&self, written: &Name) -> usize {
        self.find(written).map_or(0, |entry| entry.count)
    }

    /// Declares a variable in the innermost scope, or says why it can't be.
    pub(super) fn declare(
        &mut self,
        locals: &mut Locals,
        written: &Name,
        occurrence: Occurrence,
    ) -> Result<Name, String> {
        match self.inner.get(written).map(|entry| entry.occurrence) {
            Some(Occurrence::Seen) => Err(format!("var {} referenced above", super::shown(written))),
            Some(Occurrence::Assigned) => Err(format!("var {} assigned above", super::shown(written))),
            Some(Occurrence::Declared) => Err(format!("var {} declared above", super::shown(written))),
            Some(Occurrence::Parameter) => Err(format!("arg {} redeclared", super::shown(written))),
            None => {
                let name = locals.fresh();
                self.insert(written, name.clone(), occurrence);
                Ok(name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Occurrence, Scopes};
    use crate::compile::locals::Locals;
    use crate::syntax::tree::Name;

    #[test]
    fn a_scope_hides_the_variables_around_it_and_gives_them_back() {
        let mut locals = Locals::for_module(0);
        let mut scopes = Scopes::new();
        let x = Name::from("x");
        assert_eq!(scopes.declare(&mut locals, &x, Occurrence::Assigned).as_deref(), Ok("__local0__"));
        assert_eq!(
            scopes.declare(&mut locals, &x, Occurrence::Declared),
            Err("var x assigned above".to_owned())
        );
        scopes.push();
        assert_eq!(scopes.declare(&mut locals, &x, Occurrence::Declared).as_deref(), Ok("__local1__"));
        scopes.seen(&x);
        assert_eq!(scopes.count(&x), 2);
        scopes.pop();
        assert_eq!(scopes.count(&x), 1);
        assert_eq!(scopes.declared(&x).map(|name| &**name), Some("__local0__"));
    }
}
