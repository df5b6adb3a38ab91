//! From counts by the program's ids to coverage by what is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::hits::{Counters, Hits};
use super::opa::Ranges;
use super::outline::{Outline, Written};
use super::{ClauseCoverage, Coverage, FileCoverage, LiteralCoverage, Part, Range, VERSION};
use crate::frontend::ParsedModules;
use crate::policy::ref_text::ref_text;
use crate::program::{
    Body, Clause, ClauseId, Comprehension, ComprehensionHead, Literal, LiteralId, Operation, Program,
    Replacement, RuleId, Start, Term, WatchedProgram,
};
use crate::source::{SourceId, Span};
use crate::syntax::tree::{Module, Scope};
use crate::value::Value;

/// The coverage of all modules of a program. `is_decision` says which rules are asked whether something may be done, by
/// their paths; those that METADATA marks as entry points are too.
pub(crate) fn collect(
    watched: &WatchedProgram,
    modules: &ParsedModules,
    counted: &Counters,
    is_decision: &dyn Fn(&str) -> bool,
) -> Coverage {
    let mut files: BTreeMap<SourceId, File<'_>> = modules
        .trees()
        .iter()
        .filter_map(|module| {
            let source = modules.sources().get(module.source)?;
            let outline = Outline::of(module, source);
            let parts = vec![Vec::new(); outline.literals.len()];
            let file = File { module, outline, parts, clauses: Vec::new(), touched: BTreeSet::new() };
            Some((module.source, file))
        })
        .collect();
    let branches: BTreeSet<ClauseId> =
        watched.program.clauses.iter().filter_map(|clause| clause.otherwise).collect();
    for (index, clause) in watched.program.clauses.iter().enumerate() {
        let id = ClauseId(u32::try_from(index).unwrap_or(u32::MAX));
        if let Some(file) = files.get_mut(&clause.span.source) {
            file.clause(watched, id, clause, branches.contains(&id));
        }
    }
    let entered = entered(&watched.program, &files);
    let names = Names { program: &watched.program, is_decision, entered };
    let files = files.into_iter().filter_map(|(id, file)| {
        let source = modules.sources().get(id)?;
        Some((Arc::clone(source.name()), file.finish(source.name(), source.text(), counted, &names)))
    });
    Coverage { version: VERSION, files: files.collect() }
}

struct Names<'a> {
    program: &'a Program,
    is_decision: &'a dyn Fn(&str) -> bool,
    /// The rules that annotations say are asked from outside.
    entered: BTreeSet<RuleId>,
}

/// The rules that are marked with `entrypoint: true` in METADATA, and of packages that are all but functions and tests.
fn entered(program: &Program, files: &BTreeMap<SourceId, File<'_>>) -> BTreeSet<RuleId> {
    let package = |module: &Module| -> Vec<_> {
        module.package.iter().flat_map(|package| &package.path).map(|segment| segment.name.clone()).collect()
    };
    let packages: BTreeSet<Vec<_>> = files
        .values()
        .filter(|file| {
            let mut blocks = file.module.annotations.iter();
            blocks.any(|block| block.entrypoint && matches!(block.scope, Scope::Package | Scope::Subpackages))
        })
        .map(|file| package(file.module))
        .collect();
    let mut entered = BTreeSet::new();
    for file in files.values() {
        let is_whole = packages.contains(&package(file.module));
        let marks = |index: &usize| file.module.annotations.get(*index).is_some_and(|block| block.entrypoint);
        let marked: BTreeSet<Span> = file
            .module
            .rules
            .iter()
            .filter(|rule| rule.annotations.iter().any(marks))
            .map(|rule| rule.span)
            .collect();
        for (_, clause, _) in &file.clauses {
            let is_marked =
                marked.iter().any(|rule| rule.start <= clause.span.start && clause.span.end <= rule.end);
            let is_asked = || is_whole && clause.args.is_empty() && !is_test(program, clause.rule);
            if is_marked || is_asked() {
                entered.insert(clause.rule);
            }
        }
    }
    entered
}

fn is_test(program: &Program, rule: RuleId) -> bool {
    let path = program.rule(rule).map(|rule| rule.path.as_slice()).unwrap_or_default();
    let last = path.iter().rev().find_map(Value::as_str).unwrap_or_default();
    last.starts_with("test_") || last.starts_with("todo_test_")
}

/// A module and the parts of the program that it became.
struct File<'a> {
    module: &'a Module,
    outline: Outline,
    /// For each literal as written, those of the program in the order of their evaluation.
    parts: Vec<Vec<LiteralId>>,
    clauses: Vec<(ClauseId, &'a Clause, Part)>,
    /// What OPA counts as covered once one of these was evaluated.
    touched: BTreeSet<(Span, LiteralId)>,
}

impl<'a> File<'a> {
    fn clause(&mut self, watched: &'a WatchedProgram, id: ClauseId, clause: &'a Clause, is_branch: bool) {
        let part = match (clause.default, is_branch) {
            (true, _) => Part::Default,
            (false, true) => Part::Else,
            (false, false) => Part::Clause,
        };
        self.clauses.push((id, clause, part));
        let generated =
            self.outline.bodies.iter().find(|(head, _)| *head == clause.head).map(|(_, body)| *body);
        let is_truth = |literal: &&Literal| matches!(literal.operation, Operation::Truth(Term::Constant(_)));
        if let (Some(span), Some(literal)) = (generated, clause.body.literals.iter().find(is_truth)) {
            self.touched.insert((span, literal.id));
        }
        let mut bodies = vec![(&clause.body, None)];
        let terms = clause.args.iter().chain(&clause.steps).chain(&clause.key).chain(&clause.value);
        terms.for_each(|term| in_term(term, None, &mut bodies));
        while let Some((body, around)) = bodies.pop() {
            for literal in &body.literals {
                let span = watched.literals.get(literal.id.0 as usize).map_or(literal.span, |text| text.span);
                if span != clause.span {
                    self.touched.insert((span, literal.id));
                }
                let own = self.outline.innermost(span);
                if own != around
                    && let Some(parts) = own.and_then(|own| self.parts.get_mut(own))
                {
                    parts.push(literal.id);
                }
                in_operation(&literal.operation, own, &mut bodies);
                for with in &literal.with {
                    match &with.value {
                        Replacement::Value(term) => in_term(term, own, &mut bodies),
                        Replacement::Function(_) => {}
                    }
                }
            }
        }
    }

    fn finish(self, name: &str, text: &Arc<str>, counted: &Counters, names: &Names<'_>) -> FileCoverage {
        let mut clauses: Vec<(Span, ClauseCoverage)> = self
            .clauses
            .iter()
            .map(|(id, clause, part)| {
                (clause.span, self.clause_coverage(*id, clause, *part, &counted.all, names))
            })
            .collect();
        clauses.sort_by_key(|(span, clause)| (span.start, std::cmp::Reverse(span.end), clause.part));
        for (index, written) in self.outline.literals.iter().copied().enumerate() {
            let inside = |span: Span| span.start <= written.span.start && written.span.end <= span.end;
            let own = clauses.iter_mut().filter(|(span, _)| inside(*span));
            let smallest = own.min_by_key(|(span, _)| span.end - span.start);
            if let (Some((_, clause)), false) = (smallest, written.is_declaration) {
                clause.literals.push(self.literal_coverage(index, written, &counted.all));
            }
        }
        let path = self.module.package.iter().flat_map(|package| &package.path);
        let path = std::iter::once("data").chain(path.map(|segment| segment.name.as_str()));
        FileCoverage {
            package: ref_text(path).into(),
            text: Arc::clone(text),
            is_test: name.ends_with("_test.rego"),
            clauses: clauses.into_iter().map(|(_, clause)| clause).collect(),
            uncounted: self.outline.uncounted.clone(),
            opa: self.opa(counted),
        }
    }

    /// The head of a clause; of a branch without its body.
    fn head(&self, clause: &Clause) -> Span {
        let own = self.outline.heads.iter().find(|head| head.start == clause.head.start);
        own.copied().unwrap_or(clause.head)
    }

    fn clause_coverage(
        &self,
        id: ClauseId,
        clause: &Clause,
        part: Part,
        hits: &Hits,
        names: &Names<'_>,
    ) -> ClauseCoverage {
        let of_rule = hits.rule(clause.rule);
        let of_clause = hits.clause(id);
        let path = names.program.rule(clause.rule).map(|rule| rule.path.as_slice()).unwrap_or_default();
        let rule = ref_text(std::iter::once("data").chain(path.iter().filter_map(Value::as_str)));
        ClauseCoverage {
            is_decision: (names.is_decision)(&rule) || names.entered.contains(&clause.rule),
            rule: rule.into(),
            part,
            is_test: is_test(names.program, clause.rule),
            range: self.outline.range(clause.span),
            head: self.outline.range(self.head(clause)),
            asked: of_rule.asked,
            allowed: of_rule.allowed,
            denied: of_rule.denied,
            candidate: of_clause.candidate,
            skipped: of_clause.skipped,
            entered: of_clause.entered,
            held: of_clause.held,
            literals: Vec::new(),
        }
    }

    fn literal_coverage(&self, index: usize, written: Written, hits: &Hits) -> LiteralCoverage {
        let Written { span, is_condition, .. } = written;
        let around = self.outline.literals.get(..index).unwrap_or_default();
        let depth = around.iter().filter(|other| span.end <= other.span.end).count();
        let parts = self.parts.get(index).map(Vec::as_slice).unwrap_or_default();
        let of = |id: &LiteralId| hits.literal(*id);
        LiteralCoverage {
            range: self.outline.range(span),
            is_condition,
            depth: u32::try_from(depth).unwrap_or(u32::MAX),
            evaluated: parts.first().map(of).unwrap_or_default().evaluated,
            held: parts.last().map(of).unwrap_or_default().held,
            failed: parts.iter().map(of).fold(0, |sum, part| sum.saturating_add(part.failed)),
        }
    }

    fn opa(&self, counted: &Counters) -> Ranges {
        let written = self.outline.literals.iter().filter(|written| !written.is_some);
        let written = written.map(|written| written.span).chain(self.outline.heads.iter().copied());
        let written = written.chain(self.outline.bodies.iter().map(|(_, body)| *body));
        let covered = |hits: &Hits| -> BTreeSet<Range> {
            let literals = self.touched.iter().filter(|(_, id)| hits.literal(*id).evaluated > 0);
            let heads = self.clauses.iter().filter(|(id, ..)| hits.clause(*id).held > 0);
            let spans = literals.map(|(span, _)| *span).chain(heads.map(|(_, clause, _)| self.head(clause)));
            spans.map(|span| self.outline.range(span)).collect()
        };
        Ranges {
            written: written.map(|span| self.outline.range(span)).collect(),
            covered: covered(&counted.all),
            no_index: counted.no_index.as_ref().map(covered),
            no_early_exit: counted.no_early_exit.as_ref().map(covered),
        }
    }
}

type Inner<'p> = Vec<(&'p Body, Option<usize>)>;

fn in_operation<'p>(operation: &'p Operation, around: Option<usize>, found: &mut Inner<'p>) {
    match operation {
        Operation::Unify(left, right) => {
            in_term(left, around, found);
            in_term(right, around, found);
        }
        Operation::Lookup(pattern, reference) => {
            in_term(pattern, around, found);
            in_ref(reference, around, found);
        }
        Operation::Collect(pattern, comprehension) => {
            in_term(pattern, around, found);
            in_comprehension(comprehension, around, found);
        }
        Operation::Test(reference) => in_ref(reference, around, found),
        Operation::Truth(term) => in_term(term, around, found),
        Operation::Call(call) => {
            call.args.iter().chain(&call.output).for_each(|term| in_term(term, around, found));
        }
        Operation::Every(every) => {
            in_term(&every.domain, around, found);
            found.push((&every.body, around));
        }
        Operation::Not(body) => found.push((body, around)),
        Operation::And(left, right) | Operation::Or(left, right) => {
            found.push((left, around));
            found.push((right, around));
        }
    }
}

fn in_term<'p>(term: &'p Term, around: Option<usize>, found: &mut Inner<'p>) {
    match term {
        Term::Constant(_) | Term::Local(_) => {}
        Term::Array(terms) | Term::Set(terms) => terms.iter().for_each(|term| in_term(term, around, found)),
        Term::Object(pairs) => pairs.iter().for_each(|(key, value)| {
            in_term(key, around, found);
            in_term(value, around, found);
        }),
        Term::Ref(reference) => in_ref(reference, around, found),
        Term::Comprehension(comprehension) => in_comprehension(comprehension, around, found),
    }
}

fn in_ref<'p>(reference: &'p crate::program::Ref, around: Option<usize>, found: &mut Inner<'p>) {
    match &reference.start {
        Start::Term(term) => in_term(term, around, found),
        Start::Local(_) | Start::Input | Start::Data(_) => {}
    }
    reference.steps.iter().for_each(|step| in_term(step, around, found));
}

fn in_comprehension<'p>(comprehension: &'p Comprehension, around: Option<usize>, found: &mut Inner<'p>) {
    found.push((&comprehension.body, around));
    match &comprehension.head {
        ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => in_term(term, around, found),
        ComprehensionHead::Object(key, value) => {
            in_term(key, around, found);
            in_term(value, around, found);
        }
    }
}
