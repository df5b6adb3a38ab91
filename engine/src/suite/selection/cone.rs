//! What the answer of a test rests on: the rules that it can reach, and the base documents that these read.
//!
//! A test whose digest is the same as before gives the same answer as before, unless it asks for the time, randomness, the
//! network or the environment.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::digest::Digest;
use crate::compile::rule::{Module, Rule, RuleId};
use crate::compile::tree::{Key, NodeId};
use crate::compile::{Compiled, walk};
use crate::source::{Sources, Span};
use crate::syntax::tree::{Name, Ref, TermKind};
use crate::value::Value;

/// The rules of compiled modules and the data that they run on, as far as changes to them matter.
#[derive(Debug)]
pub struct Cones<'a> {
    compiled: Compiled,
    data: &'a Value,
    /// Of each rule: what is written, and what it means there.
    rules: Vec<Digest>,
    /// Of each rule: the constant parts of the references to documents in it.
    reads: Vec<BTreeSet<Path>>,
    /// Of base documents that were looked at.
    documents: RefCell<BTreeMap<Path, Digest>>,
}

/// A path below `data`.
type Path = Vec<Arc<str>>;

impl<'a> Cones<'a> {
    /// Of modules that were compiled without errors from `sources`, over `data`.
    pub fn new(compiled: Compiled, sources: &Sources, data: &'a Value) -> Self {
        let meaning: Vec<Digest> = compiled.modules.iter().map(|module| of_module(module, sources)).collect();
        let annotations = of_annotations(sources);
        let of_rule = |rule: &Rule| {
            let written = text(rule.span, sources);
            let around = meaning.get(rule.module.index()).copied().unwrap_or_default();
            let digest = around.with(written);
            // A rule that asks for its annotations sees those of packages around it as well.
            if written.contains("rego.metadata") { digest.with_digest(annotations) } else { digest }
        };
        let rules = compiled.rules.iter().map(of_rule).collect();
        let reads = compiled.rules.iter().map(reads).collect();
        Self { compiled, data, rules, reads, documents: RefCell::default() }
    }

    /// The digest of everything that the document at a path below `data` can depend on, without the input.
    pub fn digest(&self, path: &[Arc<str>]) -> Digest {
        let mut reached: BTreeSet<RuleId> = BTreeSet::new();
        let mut open = self.rules_of(path);
        let mut read: BTreeSet<&[Arc<str>]> = BTreeSet::from([path]);
        while let Some(id) = open.pop() {
            if !reached.insert(id) {
                continue;
            }
            open.extend(self.compiled.graph.dependencies(id));
            open.extend(self.compiled.rule(id).and_then(|rule| rule.otherwise));
            read.extend(self.reads.get(id.index()).into_iter().flatten().map(Vec::as_slice));
        }
        // Ids depend on which other modules there are, digests don't.
        let mut rules: Vec<Digest> =
            reached.iter().filter_map(|id| self.rules.get(id.index()).copied()).collect();
        rules.sort_unstable();
        let digest = rules.into_iter().fold(Digest::default(), Digest::with_digest);
        read.into_iter().fold(digest, |digest, path| digest.with_digest(self.document(path)))
    }

    /// The rules at a path, around it and below it.
    fn rules_of(&self, path: &[Arc<str>]) -> Vec<RuleId> {
        let tree = &self.compiled.tree;
        let mut found = Vec::new();
        let mut at = NodeId::ROOT;
        for name in path {
            found.extend(tree.node(at).into_iter().flat_map(|node| &node.rules));
            let Some(child) = tree.child(at, &Key::String(Name::from(&**name))) else { return found };
            at = child;
        }
        tree.depth_first(at, &mut |_, node| {
            found.extend(&node.rules);
            false
        });
        found
    }

    fn document(&self, path: &[Arc<str>]) -> Digest {
        if let Some(known) = self.documents.borrow().get(path) {
            return *known;
        }
        let start = path.iter().fold(Digest::default(), |digest, name| digest.with(name));
        let names: Vec<&str> = path.iter().map(|name| &**name).collect();
        let digest = match self.data.lookup(&names) {
            Some(value) => start.with(&value.to_json()),
            None => start,
        };
        self.documents.borrow_mut().insert(path.to_vec(), digest);
        digest
    }
}

/// What the rules of a module mean beyond their text: its package, its imports and its version.
fn of_module(module: &Module, sources: &Sources) -> Digest {
    let start = Digest::of(&format!("{:?}", module.version));
    let package = module.path().fold(start, |digest, name| digest.with(name));
    let mut imports: Vec<&str> = module.imports.iter().map(|import| text(import.span, sources)).collect();
    imports.sort_unstable();
    imports.into_iter().fold(package, Digest::with)
}

/// Of all modules with annotations.
fn of_annotations(sources: &Sources) -> Digest {
    let texts = sources.iter().map(|(_, source)| &**source.text()).filter(|text| text.contains("METADATA"));
    let mut digests: Vec<Digest> = texts.map(Digest::of).collect();
    digests.sort_unstable();
    digests.into_iter().fold(Digest::default(), Digest::with_digest)
}

fn text(span: Span, sources: &Sources) -> &str {
    let source = sources.get(span.source);
    source.and_then(|source| source.text().get(span.start as usize..span.end as usize)).unwrap_or_default()
}

fn reads(rule: &Rule) -> BTreeSet<Path> {
    let mut found = BTreeSet::new();
    let mut visit = |node: walk::Node<'_>| {
        if let walk::Node::Ref(reference) = node
            && reference.head.as_var().is_some_and(|var| var.name.as_str() == "data")
        {
            found.insert(constant_part(reference));
        }
        walk::Flow::Descend
    };
    walk::body(&rule.body, &mut visit);
    for term in rule.head.args.iter().chain(&rule.head.key).chain(&rule.head.value) {
        walk::term(term, &mut visit);
    }
    found
}

/// The path up to the first operand that is no string.
fn constant_part(reference: &Ref) -> Path {
    let names = reference.operands.iter().map_while(|operand| {
        let TermKind::String(name) = &operand.kind else { return None };
        Some(Arc::from(name.as_str()))
    });
    names.collect()
}

#[cfg(test)]
mod tests;
