//! Where OPA says that a reference is.
//!
//! A reference that starts with the name of a rule or an import is written out from `data` on. OPA uses the same
//! terms for all references of a module that start so, and gives them the place of the last one: of all names of
//! rules together, and of each import. Errors in such references are all reported there.

use std::collections::BTreeMap;

use super::environment::is_root_document;
use crate::compile::TypeCheck;
use crate::compile::rule::Rule;
use crate::compile::walk::{self, Flow, Node};
use crate::source::{SourceId, Span};
use crate::syntax::tree::{Name, Term};

/// The last places of names, by module.
#[derive(Debug)]
pub(super) struct Places<'a> {
    view: &'a TypeCheck<'a>,
    last: BTreeMap<(SourceId, Group), Span>,
}

/// The names of a module that share their terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// Those of all rules of the package.
    Rules,
    /// That of an import.
    Import(Name),
}

impl<'a> Places<'a> {
    pub(super) fn new(view: &'a TypeCheck<'a>) -> Self {
        let mut places = Self { view, last: BTreeMap::new() };
        for rule in view.rules {
            places.rule(rule);
        }
        places
    }

    fn rule(&mut self, rule: &Rule) {
        let head = rule.head.reference.operands.iter().chain(&rule.head.key).chain(&rule.head.value);
        for term in head {
            walk::term(term, &mut |node| self.visit(node));
        }
        walk::body(&rule.body, &mut |node| self.visit(node));
    }

    fn visit(&mut self, node: Node<'_>) -> Flow {
        if let Node::Ref(reference) = node
            && let Some(group) = self.group(&reference.head)
        {
            let span = reference.head.span;
            let last = self.last.entry((span.source, group)).or_insert(span);
            if span.start > last.start {
                *last = span;
            }
        }
        Flow::Descend
    }

    /// Where an error in a reference is reported whose head is at `span`.
    pub(super) fn reported(&self, span: Span) -> Span {
        let Some(group) = self.group_at(span) else { return span };
        self.last.get(&(span.source, group)).copied().unwrap_or(span)
    }

    /// The names that a reference shares its terms with; none for one that was written out.
    fn group(&self, head: &Term) -> Option<Group> {
        if is_root_document(head) { self.group_at(head.span) } else { None }
    }

    fn group_at(&self, span: Span) -> Option<Group> {
        let text = self.view.sources.get(span.source)?.text();
        let name = text.get(span.start as usize..)?;
        let end = name.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let name = name.get(..end.unwrap_or(name.len()))?;
        if name.is_empty() || name == "data" || name == "input" {
            return None;
        }
        let module = self.view.modules.iter().find(|module| module.source == span.source)?;
        let import =
            module.imports.iter().filter_map(|import| import.name()).find(|import| ***import == *name);
        Some(import.map_or(Group::Rules, |name| Group::Import(name.clone())))
    }
}
