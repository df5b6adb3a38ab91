//! What messages show instead of generated variables.

use std::collections::BTreeMap;

use crate::compile::WrittenNames;
use crate::compile::has_generated_output;
use crate::compile::rule::Rule;
use crate::compile::walk::{self, Flow, Node, Rewrite};
use crate::source::{SourceId, Sources, Span};
use crate::syntax::tree::{Body, Call, Comprehension, LiteralKind, Name, Ref, Term, TermKind};

/// The variables of rules: as they were written, and the terms that generated ones were taken out for.
#[derive(Debug)]
pub(super) struct Names<'a> {
    written: &'a WrittenNames,
    definitions: BTreeMap<&'a Name, Definition<'a>>,
    /// The variables that are a part of a reference, where a call may be shown again, and where they are used.
    parts: BTreeMap<&'a Name, Span>,
    sources: &'a Sources,
}

#[derive(Debug, Clone, Copy)]
enum Definition<'a> {
    Term(&'a Term),
    /// Its last argument is the variable.
    Call(&'a Call),
}

impl<'a> Names<'a> {
    pub(super) fn new(rules: &'a [Rule], written: &'a WrittenNames, sources: &'a Sources) -> Self {
        let mut names = Self { written, definitions: BTreeMap::new(), parts: BTreeMap::new(), sources };
        for rule in rules {
            let head = rule.head.key.iter().chain(&rule.head.value).chain(&rule.head.args);
            for term in head {
                walk::term(term, &mut |node| names.visit(node));
            }
            walk::body(&rule.body, &mut |node| names.visit(node));
        }
        names.take_heads();
        names
    }

    /// Those of a query.
    pub(super) fn of_query(query: &'a Body, written: &'a WrittenNames, sources: &'a Sources) -> Self {
        let mut names = Self { written, definitions: BTreeMap::new(), parts: BTreeMap::new(), sources };
        walk::body(query, &mut |node| names.visit(node));
        names.take_heads();
        names
    }

    /// Comprehensions at which references start are shown as they were before their bodies were put in order.
    fn take_heads(&mut self) {
        let written: &'a WrittenNames = self.written;
        self.definitions.extend(written.heads().map(|(name, term)| (name, Definition::Term(term))));
    }

    fn visit(&mut self, node: Node<'a>) -> Flow {
        match node {
            Node::Literal(literal) => {
                if let LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) = &literal.kind
                    && has_generated_output(call)
                {
                    self.define(call);
                }
            }
            Node::Ref(reference) => {
                let parts = std::iter::once(&reference.head).chain(&reference.operands);
                self.parts.extend(parts.filter_map(|term| Some((&term.as_var()?.name, term.span))));
            }
            Node::Body | Node::With(_) | Node::Term(_) | Node::Var(_) => {}
        }
        Flow::Descend
    }

    fn define(&mut self, call: &'a Call) {
        let is_equality = call.operator.plain_name().is_some_and(|name| name == "eq");
        let (name, definition) = match call.args.as_slice() {
            [name, term] if is_equality => (name, Definition::Term(term)),
            [.., name] if !is_equality => (name, Definition::Call(call)),
            _ => return,
        };
        if let Some(var) = name.as_var() {
            self.definitions.insert(&var.name, definition);
        }
    }

    /// The term to show instead of a variable.
    pub(super) fn shown(&self, name: &Name) -> Option<Term> {
        let definition = self.definitions.get(name).filter(|definition| match definition {
            Definition::Term(term) => term.as_var().is_none(),
            Definition::Call(_) => self.parts.contains_key(name),
        });
        if let Some(definition) = definition {
            return Some(self.restored(*definition, 0));
        }
        let shown = self.written.get(name).cloned().or_else(|| self.metadata_call(name))?;
        let span = Span::new(SourceId::default(), 0, 0);
        Some(Term::var(shown, span))
    }

    /// The call of `rego.metadata.chain` or `rego.metadata.rule`, which the compiler has replaced by its value, that
    /// a variable stands for.
    fn metadata_call(&self, name: &Name) -> Option<Name> {
        let span = self.parts.get(name)?;
        let text = self.sources.get(span.source)?.text().get(span.start as usize..span.end as usize)?;
        text.starts_with("rego.metadata.").then(|| Name::from(text))
    }

    /// The term that was taken out, with all that was taken out of it.
    fn restored(&self, definition: Definition<'_>, depth: u32) -> Term {
        let mut term = match definition {
            Definition::Term(term) => term.clone(),
            Definition::Call(call) => {
                let mut call = call.clone();
                call.args.pop();
                Term { span: call.operator.span, kind: TermKind::Call(Box::new(call)) }
            }
        };
        if depth < MAX_DEPTH {
            walk::descend_term(&mut Restore { names: self, depth }, &mut term);
        }
        term
    }
}

struct Restore<'n> {
    names: &'n Names<'n>,
    depth: u32,
}

impl Rewrite for Restore<'_> {
    fn term(&mut self, term: &mut Term) {
        let definition = term.as_var().and_then(|var| self.names.definitions.get(&var.name));
        match definition {
            Some(definition) => *term = self.names.restored(*definition, self.depth + 1),
            None => walk::descend_term(self, term),
        }
    }

    fn reference(&mut self, reference: &mut Ref) {
        walk::descend_ref(self, reference);
    }

    /// In there a variable for the result of a call stays, as in OPA.
    fn comprehension(&mut self, _: &mut Comprehension) {}
}

/// Terms nest no deeper in a source.
const MAX_DEPTH: u32 = 250;
