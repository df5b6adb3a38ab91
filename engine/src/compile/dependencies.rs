//! The documents that a query depends on: base documents, and virtual ones, which rules define.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Compiled;
use super::rule::{Rule, RuleId};
use super::state::full_path;
use super::types::Key;
use super::walk::{self, Flow, Node};
use crate::syntax::display;
use crate::syntax::tree::{Body, Literal, LiteralKind, Ref, Term, TermKind, Var};

/// What a query depends on, in OPA's order of references.
#[derive(Debug, Clone, Default)]
pub struct Dependencies {
    /// Documents from outside; a reference ends before the first step that isn't constant.
    pub base: Vec<Ref>,
    /// Documents that rules define, or parts of such documents.
    pub virtual_documents: Vec<Ref>,
}

/// The dependencies of a query as it is written, on modules that were compiled without errors.
///
/// References that only bind a variable are followed through the variable, as OPA does it.
pub fn dependencies(compiled: &Compiled, query: &Body) -> Dependencies {
    let rules = Rules::new(compiled);
    let (mut base, mut virtual_documents) = (BTreeSet::new(), BTreeSet::new());
    let mut visited = BTreeSet::new();
    let mut waiting: VecDeque<Vec<Path>> = VecDeque::from([of_query(query)]);
    while let Some(paths) = waiting.pop_front() {
        for path in minimal(paths) {
            let path = path.constant_prefix();
            let found = rules.reached(&path);
            if found.is_empty() {
                base.insert(path);
                continue;
            }
            for id in found {
                if visited.insert(id)
                    && let Some(own) = rules.paths.get(&id)
                {
                    virtual_documents.insert(own.clone());
                    waiting.push_back(of_rule(compiled, id));
                }
            }
        }
    }
    let refs = |paths: BTreeSet<Path>| paths.into_iter().map(Path::into_ref).collect();
    Dependencies { base: refs(base), virtual_documents: refs(virtual_documents) }
}

/// The rules by the constant part of their paths.
struct Rules {
    paths: BTreeMap<RuleId, Path>,
}

impl Rules {
    fn new(compiled: &Compiled) -> Self {
        let ids = compiled.modules.iter().flat_map(|module| &module.rules);
        let path = |id: &RuleId| {
            let full =
                full_path(compiled.modules.get(compiled.rule(*id)?.module.index()), compiled.rule(*id)?);
            let ground = full.operands.iter().take_while(|term| term.is_ground()).cloned().collect();
            Some((*id, Path::of(&Ref { operands: ground, ..full })))
        };
        Self { paths: ids.filter_map(path).collect() }
    }

    /// The rules that a reference leads to or into, and those below it.
    fn reached(&self, path: &Path) -> Vec<RuleId> {
        let above = |own: &Path| path.has_prefix(own);
        let nearest = self.paths.values().filter(|own| above(own)).map(Path::len).min();
        let reaches = |own: &Path| own.has_prefix(path) || above(own) && Some(own.len()) == nearest;
        self.paths.iter().filter(|(_, own)| reaches(own)).map(|(id, _)| *id).collect()
    }
}

/// Everything that a query refers to. All of its variables are wanted.
fn of_query(query: &Body) -> Vec<Path> {
    let mut head = BTreeSet::new();
    walk::body(query, &mut |node| {
        if let Node::Var(var) = node
            && !is_wildcard(var)
        {
            head.insert(var.name.to_string());
        }
        Flow::Descend
    });
    let mut found = Vec::new();
    of_body(query, &head, &mut found);
    sorted(found)
}

/// Everything that a rule refers to, its `else` branches included.
fn of_rule(compiled: &Compiled, id: RuleId) -> Vec<Path> {
    let mut found = Vec::new();
    let mut next = Some(id);
    while let Some(rule) = next.and_then(|id| compiled.rule(id)) {
        of_body(&rule.body, &head_variables(rule), &mut found);
        next = rule.otherwise;
    }
    sorted(found)
}

fn head_variables(rule: &Rule) -> BTreeSet<String> {
    let head = &rule.head;
    let terms = head.args.iter().chain(&head.key).chain(&head.value).chain(&head.reference.operands);
    let mut found = BTreeSet::new();
    for term in terms {
        walk::term(term, &mut |node| {
            if let Node::Var(var) = node {
                found.insert(var.name.to_string());
            }
            Flow::Descend
        });
    }
    found
}

/// Adds what a body refers to, for which the head wants the values of some variables.
fn of_body(body: &Body, head: &BTreeSet<String>, found: &mut Vec<Path>) {
    let (bound, others) = bindings(body);
    let bound = follow(&bound);
    let mut of_head = Vec::new();
    let mut left = Vec::new();
    for literal in others {
        match into_head(literal, head) {
            Some(reference) => of_head.extend(expand(reference, &bound)),
            None => left.push(literal),
        }
    }
    let mut used = BTreeSet::new();
    for literal in left {
        refs_of(|visit| walk::literal(literal, visit), &mut |reference| {
            found.extend(expand(reference, &bound));
        });
        walk::literal(literal, &mut |node| used_variables(node, &mut used));
    }
    for path in of_head {
        if !found.iter().any(|other| other.has_prefix(&path)) {
            found.push(path.clone());
        }
        below(&path, &bound, found);
    }
    refs_of(|visit| walk::body(body, visit), &mut |reference| {
        used.extend(reference.operands.iter().filter_map(name));
    });
    let is_alias = |variable: &String, paths: &BTreeSet<Path>| {
        paths.len() == 1 && !head.contains(variable) && !used.contains(variable)
    };
    for (variable, paths) in &bound {
        for path in paths {
            if !is_alias(variable, paths) {
                found.push(path.clone());
            }
            below(path, &bound, found);
        }
    }
    // What is bound to a variable that nothing else reads still has to be there.
    let before = found.len();
    for (_, paths) in bound.iter().filter(|(variable, paths)| is_alias(variable, paths)) {
        for path in paths {
            let known = found.iter().take(before);
            if !known.clone().any(|other| other.has_prefix(path) || path.has_prefix(other)) {
                found.push(path.clone());
            }
        }
    }
}

/// The references that variables are equal to, and the literals that say something else.
fn bindings(body: &Body) -> (BTreeMap<String, Vec<&Ref>>, Vec<&Literal>) {
    let mut bound: BTreeMap<String, Vec<&Ref>> = BTreeMap::new();
    let mut others = Vec::new();
    for literal in &body.literals {
        let call = if let LiteralKind::Term(term) = &literal.kind { term.as_call() } else { None };
        let call = call.filter(|call| call.operator.plain_name().is_some_and(|name| *name == "eq"));
        let sides = match call.map(|call| call.args.as_slice()) {
            Some([left, right]) => match (name(left), name(right)) {
                (Some(variable), _) => right.as_ref_term().map(|reference| (variable, reference)),
                (None, Some(variable)) => left.as_ref_term().map(|reference| (variable, reference)),
                (None, None) => None,
            },
            Some(_) | None => None,
        };
        match sides {
            Some((variable, reference)) => bound.entry(variable).or_default().push(reference),
            None => others.push(literal),
        }
    }
    (bound, others)
}

/// The references from `data` and `input` on that the variables stand for.
fn follow(bound: &BTreeMap<String, Vec<&Ref>>) -> BTreeMap<String, BTreeSet<Path>> {
    let mut followed: BTreeMap<String, BTreeSet<Path>> =
        bound.keys().map(|variable| (variable.clone(), BTreeSet::new())).collect();
    for _ in 0..MAX_ROUNDS {
        let mut more: Vec<(&String, Path)> = Vec::new();
        for (variable, references) in bound {
            let known = followed.get(variable);
            let paths = references.iter().flat_map(|reference| expand(reference, &followed));
            let new = paths
                .filter(|path| path.len() <= MAX_LENGTH && known.is_none_or(|known| !known.contains(path)));
            more.extend(new.map(|path| (variable, path)));
        }
        if more.is_empty() {
            break;
        }
        for (variable, path) in more {
            let paths = followed.entry(variable.clone()).or_default();
            if paths.len() < MAX_PATHS {
                paths.insert(path);
            }
        }
    }
    followed
}

/// A reference, or those that it stands for when it starts with a variable.
fn expand(reference: &Ref, bound: &BTreeMap<String, BTreeSet<Path>>) -> Vec<Path> {
    let Some(head) = reference.head.as_var() else { return Vec::new() };
    if matches!(head.name.as_str(), "data" | "input") {
        return vec![Path::of(reference)];
    }
    let starts = name(&reference.head).and_then(|name| bound.get(&name)).into_iter().flatten();
    starts.map(|start| start.extended(&reference.operands)).collect()
}

/// The reference that a literal is, when it ends with a variable that the head wants.
fn into_head<'a>(literal: &'a Literal, head: &BTreeSet<String>) -> Option<&'a Ref> {
    let LiteralKind::Term(term) = &literal.kind else { return None };
    let reference = term.as_ref_term()?;
    let last = reference.operands.last().unwrap_or(&reference.head);
    head.contains(&name(last)?).then_some(reference)
}

/// Adds the references in the steps of a reference.
fn below(path: &Path, bound: &BTreeMap<String, BTreeSet<Path>>, found: &mut Vec<Path>) {
    for operand in &path.reference.operands {
        refs_of(|visit| walk::term(operand, visit), &mut |reference| found.extend(expand(reference, bound)));
    }
}

fn refs_of<'a>(walk: impl FnOnce(&mut dyn FnMut(Node<'a>) -> Flow), each: &mut dyn FnMut(&'a Ref)) {
    walk(&mut |node| {
        if let Node::Ref(reference) = node {
            each(reference);
        }
        Flow::Descend
    });
}

/// The variables in a node, without those that references start with.
fn used_variables(node: Node<'_>, used: &mut BTreeSet<String>) -> Flow {
    match node {
        Node::Ref(reference) => {
            for operand in &reference.operands {
                walk::term(operand, &mut |node| used_variables(node, used));
            }
            Flow::Skip
        }
        Node::Term(term) => {
            used.extend(name(term));
            Flow::Descend
        }
        Node::Var(var) => {
            used.insert(var.name.to_string());
            Flow::Descend
        }
        Node::Body | Node::Literal(_) | Node::With(_) => Flow::Descend,
    }
}

fn sorted(mut paths: Vec<Path>) -> Vec<Path> {
    paths.sort();
    paths.dedup();
    paths
}

/// Without references into what the reference before them leads to.
fn minimal(paths: Vec<Path>) -> Vec<Path> {
    let mut kept: Vec<Path> = Vec::new();
    for path in paths {
        if !kept.last().is_some_and(|last| path.has_prefix(last)) {
            kept.push(path);
        }
    }
    kept
}

/// The name of the variable that a term is; each `_` of a query is a variable of its own.
fn name(term: &Term) -> Option<String> {
    let var = term.as_var()?;
    Some(if is_wildcard(var) { format!("_{}", term.span.start) } else { var.name.to_string() })
}

fn is_wildcard(var: &Var) -> bool {
    var.is_wildcard()
}

/// A reference in OPA's order.
#[derive(Debug, Clone)]
struct Path {
    reference: Ref,
    steps: Vec<Step>,
}

/// A term as the order of terms sees it: the rank of its kind, then what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    rank: u8,
    key: Option<Key>,
    text: String,
}

impl Path {
    fn of(reference: &Ref) -> Self {
        let steps = std::iter::once(&reference.head).chain(&reference.operands).map(Step::of).collect();
        Self { reference: reference.clone(), steps }
    }

    fn len(&self) -> usize {
        self.steps.len()
    }

    fn has_prefix(&self, other: &Self) -> bool {
        self.steps.starts_with(&other.steps)
    }

    fn extended(&self, operands: &[Term]) -> Self {
        let mut longer = self.clone();
        longer.reference.operands.extend(operands.iter().cloned());
        longer.steps.extend(operands.iter().map(Step::of));
        longer
    }

    fn constant_prefix(mut self) -> Self {
        let constant = self.reference.operands.iter().take_while(|term| walk::is_constant(term)).count();
        self.reference.operands.truncate(constant);
        self.steps.truncate(constant + 1);
        self
    }

    fn into_ref(self) -> Ref {
        self.reference
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.steps == other.steps
    }
}

impl Eq for Path {}

impl PartialOrd for Path {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Path {
    fn cmp(&self, other: &Self) -> Ordering {
        self.steps.cmp(&other.steps)
    }
}

impl Step {
    fn of(term: &Term) -> Self {
        let rank = match &term.kind {
            TermKind::Null => 0,
            TermKind::Boolean(_) => 1,
            TermKind::Number(_) => 2,
            TermKind::String(_) => 3,
            TermKind::Template(_) => 4,
            TermKind::Var(_) => 5,
            TermKind::Ref(_) => 6,
            TermKind::Array(_) => 7,
            TermKind::Object(_) => 8,
            TermKind::Set(_) => 9,
            TermKind::Comprehension(_) => 10,
            TermKind::Call(_) => 11,
        };
        let key = Key::of_term(term);
        let text = match (&key, term.as_var()) {
            (Some(_), _) => String::new(),
            (None, Some(_)) => name(term).unwrap_or_default(),
            (None, None) => display::term(term),
        };
        Self { rank, key, text }
    }
}

/// Variables that are equal to parts of each other would be followed without end.
const MAX_ROUNDS: usize = 100;

const MAX_LENGTH: usize = 100;

const MAX_PATHS: usize = 1000;
