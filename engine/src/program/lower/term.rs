//! Terms and references.

use crate::compile::walk;
use crate::program::{
    Comprehension, ComprehensionHead, DocumentId, Indexed, Ref, Start, Target, Term, constants,
};
use crate::syntax::tree::{self, TermKind};
use thin_vec::ThinVec;

use super::frame::Frame;
use super::{Lowering, Result, Stuck};

impl Lowering<'_> {
    /// Lowers a term.
    pub(super) fn term(&mut self, frame: &mut Frame<'_>, term: &tree::Term) -> Result<Term> {
        let stuck = |what| Err(Stuck { what, span: term.span });
        Ok(match &term.kind {
            TermKind::Null => Term::Constant(crate::value::Value::Null),
            TermKind::Boolean(value) => Term::Constant((*value).into()),
            TermKind::Number(text) => match constants::number(text) {
                Some(number) => Term::Constant(number),
                None => return stuck("a number of this size"),
            },
            TermKind::String(text) => Term::Constant(self.name(text)),
            TermKind::Var(var) if &*var.name == "input" || &*var.name == "data" => {
                let start = tree::Ref { span: term.span, head: term.clone(), operands: ThinVec::new() };
                Term::Ref(Box::new(self.reference(frame, &start)?))
            }
            TermKind::Var(var) => Term::Local(frame.slot(&var.name)),
            TermKind::Ref(reference) if reference.operands.is_empty() && !is_document(&reference.head) => {
                self.term(frame, &reference.head)?
            }
            TermKind::Ref(reference) => Term::Ref(Box::new(self.reference(frame, reference)?)),
            TermKind::Array(terms) => constants::array(self.terms(frame, terms)?),
            TermKind::Set(terms) => {
                let lowered = terms.iter().zip(self.terms(frame, terms)?).collect();
                constants::set(lowered)
            }
            TermKind::Object(pairs) => {
                let pairs = walk::sorted_pairs(pairs)
                    .into_iter()
                    .map(|(key, value)| Ok((self.term(frame, key)?, self.term(frame, value)?)))
                    .collect::<Result<_>>()?;
                constants::object(pairs)
            }
            TermKind::Comprehension(comprehension) => {
                Term::Comprehension(Box::new(self.comprehension(frame, comprehension)?))
            }
            TermKind::Template(_) => return stuck("a template string"),
            TermKind::Call(_) => return stuck("a call"),
        })
    }

    /// Lowers several terms.
    pub(super) fn terms(&mut self, frame: &mut Frame<'_>, terms: &[tree::Term]) -> Result<Vec<Term>> {
        terms.iter().map(|term| self.term(frame, term)).collect()
    }

    /// Lowers a comprehension.
    pub(super) fn comprehension(
        &mut self,
        frame: &mut Frame<'_>,
        comprehension: &tree::Comprehension,
    ) -> Result<Comprehension> {
        // The body first: its variables are met in the order in which they get their values.
        let body = self.body(frame, &comprehension.body)?;
        let head = match &comprehension.head {
            tree::ComprehensionHead::Array(term) => ComprehensionHead::Array(self.term(frame, term)?),
            tree::ComprehensionHead::Set(term) => ComprehensionHead::Set(self.term(frame, term)?),
            tree::ComprehensionHead::Object(key, value) => {
                ComprehensionHead::Object(self.term(frame, key)?, self.term(frame, value)?)
            }
        };
        let span = match &comprehension.head {
            tree::ComprehensionHead::Array(term)
            | tree::ComprehensionHead::Set(term)
            | tree::ComprehensionHead::Object(term, _) => term.span,
        };
        let keys = self.indexed.get(&std::ptr::from_ref(comprehension));
        let indexed = keys
            .map(|keys| Indexed { keys: keys.iter().map(|name| frame.slot(name)).collect(), whole: None });
        Ok(Comprehension { span, on_right: false, head, body, grouping: None, indexed })
    }

    /// Lowers a reference.
    pub(super) fn reference(&mut self, frame: &mut Frame<'_>, reference: &tree::Ref) -> Result<Ref> {
        let steps = self.terms(frame, &reference.operands)?;
        let start = match &reference.head.kind {
            TermKind::Var(var) if &*var.name == "input" => Start::Input,
            TermKind::Var(var) if &*var.name == "data" => Start::Data(self.target(&steps)),
            TermKind::Var(var) => Start::Local(frame.slot(&var.name)),
            TermKind::Ref(_)
            | TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => Start::Term(Box::new(self.term(frame, &reference.head)?)),
        };
        let written = match &start {
            Start::Local(slot) => frame.literal(*slot).cloned(),
            Start::Term(_) | Start::Input | Start::Data(_) => None,
        };
        Ok(Ref { span: reference.span, start, steps, binds_last: true, written })
    }

    /// Where the steps from `data` on lead, as far as they are known.
    fn target(&mut self, steps: &[Term]) -> Target {
        let mut document = DocumentId::DATA;
        for (index, step) in steps.iter().enumerate() {
            let Some(key) = step.as_constant() else { return Target::Tree };
            let Some(child) = self.program.document(document).and_then(|document| document.child(key)) else {
                let known: Vec<_> = steps.iter().map_while(|step| step.as_constant().cloned()).collect();
                let depth = known.len();
                return Target::Base(self.base_path(known), depth);
            };
            document = child;
            if let Some(rule) = self.program.document(document).and_then(|document| document.rule) {
                return Target::Rule(rule, index + 1);
            }
        }
        Target::Tree
    }
}

/// Whether a term is `input` or `data`.
fn is_document(term: &tree::Term) -> bool {
    term.as_var().is_some_and(|var| &*var.name == "input" || &*var.name == "data")
}
