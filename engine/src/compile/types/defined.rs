//! What rules say about documents, and how it is written down.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::environment::Documents;
use super::lattice::Type;
use super::tree::{Node, Path, Step, is_same_step};
use crate::parallel;
use crate::syntax::tree::Term;

/// What a rule says about the documents.
pub(super) enum Defined<'a> {
    Nothing,
    /// It has errors: what refers to the document at this path is not to blame.
    Anything(Path<'a>),
    /// The path leads to a document of this type.
    At(Path<'a>, Type),
}

impl Documents {
    pub(super) fn learn(&mut self, defined: Defined<'_>) {
        defined.tell(&mut self.rules);
    }

    /// Learns what rules define, in their order. What is defined below different steps has nothing to do with each other,
    /// and can be written down at the same time.
    pub(super) fn learn_all(&mut self, all: Vec<Defined<'_>>, threads: NonZeroUsize) {
        let shared = if all.len() < LEARNT_AT_ONCE { None } else { shared_steps(&all) };
        let shared = shared.filter(|shared| self.rules.is_unknown_along(shared.clone()));
        let Some(shared) = shared else {
            for defined in all {
                self.learn(defined);
            }
            return;
        };
        let depth = shared.clone().count();
        let above = shared.fold(&mut self.rules, Node::descend);
        let parts = by_step(all, depth);
        // What is known of a whole has to do with what is known of its parts.
        if parts.iter().any(|(step, _)| above.child_at(step).is_some_and(|node| node.value().is_some())) {
            for defined in parts.into_iter().flat_map(|(_, part)| part) {
                self.learn(defined);
            }
            return;
        }
        let parts = parts.into_iter().map(|(step, part)| (above.take(step), step, part)).collect();
        let learnt =
            parallel::map(threads, parts, |(mut node, step, part): (Node, &Term, Vec<Defined<'_>>)| {
                for defined in part {
                    defined.below(depth + 1).tell(&mut node);
                }
                (step, node)
            });
        for (step, node) in learnt {
            above.put_back(step, node);
        }
    }
}

impl<'a> Defined<'a> {
    /// Writes it down among the documents that the path starts from.
    fn tell(self, documents: &mut Node) {
        match self {
            Self::Nothing => {}
            Self::Anything(path) => path.steps().fold(documents, Node::descend).set(Type::Any),
            Self::At(path, of) => documents.insert(path, &of),
        }
    }

    fn path(&self) -> Option<Path<'a>> {
        match self {
            Self::Nothing => None,
            Self::Anything(path) | Self::At(path, _) => Some(*path),
        }
    }

    /// The same as seen from what the first steps lead to.
    fn below(self, steps: usize) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Anything(path) => Self::Anything(path.below(steps)),
            Self::At(path, of) => Self::At(path.below(steps), of),
        }
    }
}

/// The steps that all paths start with, if there are two more in each: one that may tell them apart, and one below that.
fn shared_steps<'a>(all: &[Defined<'a>]) -> Option<impl Iterator<Item = &'a Term> + Clone + use<'a>> {
    let first = all.first()?.path()?;
    let mut shared = first.len();
    for defined in all {
        let path = defined.path()?;
        let same = |(left, right): &(&Term, &Term)| is_same_step(left, right);
        let count = first.steps().zip(path.steps()).take(shared).take_while(same).count();
        shared = count.min(path.len().saturating_sub(2));
    }
    (shared > 0).then(|| first.steps().take(shared))
}

/// What is defined, by the step of the path that has so many before it.
fn by_step(all: Vec<Defined<'_>>, depth: usize) -> Vec<(&Term, Vec<Defined<'_>>)> {
    let mut places: BTreeMap<Step, usize> = BTreeMap::new();
    let mut parts: Vec<(&Term, Vec<Defined<'_>>)> = Vec::new();
    let mut last = 0;
    for defined in all {
        let Some(step) = defined.path().and_then(|path| path.steps().nth(depth)) else { continue };
        // Most often it is the step of the one before.
        if parts.get(last).is_none_or(|(other, _)| !is_same_step(other, step)) {
            last = *places.entry(Step::of_term(step)).or_insert(parts.len());
            if last == parts.len() {
                parts.push((step, Vec::new()));
            }
        }
        if let Some((_, part)) = parts.get_mut(last) {
            part.push(defined);
        }
    }
    parts
}

/// To write down what fewer rules define isn't worth a thread.
const LEARNT_AT_ONCE: usize = 512;

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::{Defined, LEARNT_AT_ONCE};
    use crate::compile::types::tree::Path;
    use crate::compile::types::{Documents, Type};
    use crate::source::SourceId;
    use crate::syntax::tree::{LiteralKind, Ref, TermKind};
    use crate::syntax::{ParseOptions, parse_query};

    fn reference(text: &str) -> Ref {
        let body = parse_query(SourceId::default(), text, &ParseOptions::default()).expect("a query");
        let literal = body.literals.into_iter().next().expect("a literal");
        let LiteralKind::Term(term) = literal.kind else { panic!("no term") };
        let TermKind::Ref(reference) = term.kind else { panic!("no reference") };
        *reference
    }

    /// What is known after the documents at these paths were learnt, one after the other and at the same time.
    fn learnt(before: &[&str], paths: &[String]) -> [String; 2] {
        let before: Vec<Ref> = before.iter().map(|path| reference(path)).collect();
        let paths: Vec<Ref> = paths.iter().map(|path| reference(path)).collect();
        let object = Type::object(Vec::new(), Some((Some(Type::String), Some(Type::Boolean))));
        let types = [Type::Number, Type::String, object.clone()];
        [1, 2].map(|threads| {
            let mut documents = Documents::default();
            for path in &before {
                documents.learn(Defined::At(Path::new(path, path.operands.len()), object.clone()));
            }
            let all = paths.iter().enumerate().map(|(at, path)| {
                let path = Path::new(path, path.operands.len());
                if at % 97 == 0 { Defined::Anything(path) } else { Defined::At(path, types[at % 3].clone()) }
            });
            let all: Vec<_> = all.collect();
            if threads == 1 {
                for one in all {
                    documents.learn(one);
                }
            } else {
                documents.learn_all(all, NonZeroUsize::new(threads).expect("more than none"));
            }
            format!("{:?}", documents.rules)
        })
    }

    #[test]
    fn what_is_learnt_at_the_same_time_is_what_is_learnt_one_after_the_other() {
        let count = LEARNT_AT_ONCE + 100;
        let apart = |at: usize| format!("data.a.b.p{}.r{}.s[{}]", at % 7, at % 11, at % 13);
        let paths: Vec<String> = (0..count).map(apart).collect();
        let mut with_whole = paths.clone();
        with_whole[300] = "data.a.b.p3".to_owned();
        let mut with_other_start = paths.clone();
        with_other_start[500] = "data.c.d".to_owned();
        let alike = vec!["data.a.b".to_owned(); count];
        for before in [&[][..], &["data.a.b.p3"], &["data.a.b"], &["data.a"], &["data.a.b.p3.r1.x"]] {
            for paths in [&paths, &with_whole, &with_other_start, &alike] {
                let [one_by_one, at_once] = learnt(before, paths);
                assert_eq!(one_by_one, at_once, "{before:?}");
            }
        }
    }
}
