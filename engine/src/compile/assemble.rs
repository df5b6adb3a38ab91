//! From modules as parsed to the rules that the stages work on; done by OPA's parser, so it reports nothing.
//!
//! What modules have to know of each other before any stage runs is said by the heads of their rules as they were parsed. So
//! a module waits, as it is, until the stages come to it.

use super::builtins::Builtins;
use super::contents::Contents;
use super::pieces::Pieces;
use super::rule::{self, Head, ModuleId, Rule, RuleId};
use super::state::State;
use super::vars::Skip;
use super::{locals, same, vars, walk};
use crate::source::{Source, Sources, Span};
use crate::syntax::tree::{
    self, Body, Call, Comprehension, Declared, ElseBranch, HeadValue, Literal, Name, Package, Ref, Term,
    TermKind, Var, With,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use thin_vec::ThinVec;
use walk::Rewrite;

/// Numbers modules and rules, and lets the modules wait for [`take_in`].
///
/// A module without a package, which has errors, is left out.
pub(super) fn run(state: &mut State<'_>, modules: Vec<tree::Module>) {
    let mut first_rule = 0;
    for module in modules {
        let tree::Module { package: Some(package), .. } = module else { continue };
        let module = tree::Module { package: None, ..module };
        let index = state.order.len();
        let waiting = Waiting { first_rule, package, module };
        let mut shard = State::new(state.sources, state.options);
        shard.locals = locals::Locals::for_module(index);
        shard.modules = Pieces::starting_at(index);
        shard.rules = Pieces::starting_at(first_rule);
        first_rule += waiting.rules();
        if waiting.has_names_for_others(state.sources) {
            waiting.take_in(&mut shard, index);
        } else {
            state.waiting.insert(index, waiting);
        }
        state.modules.join(shard.modules);
        state.rules.join(shard.rules);
        state.report.take_moves(&mut shard.report);
        state.module_locals.push(shard.locals);
        state.order.push(index);
    }
    locals::Locals::share_avoided(&mut state.module_locals);
    let (order, sources) = (std::mem::take(&mut state.order), state.sources);
    state.order = sorted(order, |index| sources.get(state.source(index)?).map(Source::name));
}

/// Lets one module wait that is compiled without the others, whose rules have these positions; nothing if it has no package or other
/// modules have to know its names.
pub(super) fn alone(
    state: &mut State<'_>,
    index: usize,
    first_rule: usize,
    module: tree::Module,
) -> Option<()> {
    let tree::Module { package: Some(package), .. } = module else { return None };
    let waiting = Waiting { first_rule, package, module: tree::Module { package: None, ..module } };
    if waiting.has_names_for_others(state.sources) {
        return None;
    }
    state.locals = locals::Locals::for_module(index);
    state.modules = Pieces::starting_at(index);
    state.rules = Pieces::starting_at(first_rule);
    state.order = vec![index];
    state.waiting.insert(index, waiting);
    Some(())
}

/// Takes in the modules that wait: numbers the `_`s, gives each `else` a rule of its own and each rule a body.
pub(super) fn take_in(state: &mut State<'_>) {
    while let Some((index, waiting)) = state.waiting.pop_first() {
        waiting.take_in(state, index);
    }
}

/// A module as it was parsed.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The position that its first rule will have.
    first_rule: usize,
    pub(super) package: Package,
    pub(super) module: tree::Module,
}

impl Waiting {
    /// The number of its rules, each `else` included.
    fn rules(&self) -> usize {
        self.module.rules.iter().map(|rule| 1 + rule.branches.len()).sum()
    }

    /// The heads of its rules, as they will be numbered.
    pub(super) fn heads(&self) -> impl Iterator<Item = RuleHead<'_>> {
        let mut next = self.first_rule;
        self.module.rules.iter().map(move |rule| {
            // Branches come before the rule that they belong to.
            let id = rule_id(next + rule.branches.len());
            next += 1 + rule.branches.len();
            RuleHead {
                id,
                reference: &rule.head.reference,
                parameters: rule.head.args.len(),
                is_multi_value: matches!(rule.head.value, HeadValue::Element(_)),
                is_default: rule.default,
            }
        })
    }

    /// Whether it may have names that no module must generate, or rules whose names have to be numbered.
    fn has_names_for_others(&self, sources: &Sources) -> bool {
        let source = sources.get(self.module.source);
        source.is_none_or(|source| source.text().contains(locals::PREFIX))
            || self.heads().any(|head| head.reference.head.as_var().is_some_and(Var::is_wildcard))
    }

    fn take_in(self, state: &mut State<'_>, index: usize) {
        state.rules.reserve(self.rules());
        take_in_module(state, index, self.package, self.module);
    }
}

/// What a rule defines, as far as other modules have to know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct RuleHead<'a> {
    pub(super) id: RuleId,
    /// The path below the package.
    pub(super) reference: &'a Ref,
    /// How many parameters it has.
    pub(super) parameters: usize,
    /// Whether it adds an element to a set instead of giving a value.
    pub(super) is_multi_value: bool,
    /// Whether it says what the document is when no other rule does.
    pub(super) is_default: bool,
}

fn take_in_module(state: &mut State<'_>, index: usize, package: Package, module: tree::Module) {
    let id = ModuleId(u32::try_from(index).unwrap_or(u32::MAX));
    let mut taken = rule::Module {
        source: module.source,
        version: module.version,
        newest_version: module.newest_version,
        package,
        imports: module.imports,
        annotations: module.annotations,
        rules: Vec::with_capacity(module.rules.len()),
        contents: Contents::of_generated(state.builtins),
    };
    // The parser has numbered the one that a package may start with.
    let taken_by_package = taken.package.path.first().is_some_and(|segment| &*segment.name == "$0");
    let mut numbers = Numbers { next: u32::from(taken_by_package), contents: taken.contents, state };
    let aliases = taken.imports.iter_mut().filter_map(|import| import.alias.as_mut());
    let mut aliases = aliases.filter(|alias| alias.var.is_wildcard()).peekable();
    for rule in module.rules {
        while let Some(alias) = aliases.next_if(|alias| alias.span.start < rule.span.start) {
            alias.var.name = numbered(&mut numbers.next);
        }
        taken.rules.push(numbers.rule(id, rule));
    }
    for alias in aliases {
        alias.var.name = numbered(&mut numbers.next);
    }
    taken.contents = numbers.contents;
    state.modules.push(taken);
}

fn sorted<'n>(mut order: Vec<usize>, name: impl Fn(usize) -> Option<&'n Arc<str>>) -> Vec<usize> {
    order.sort_by_key(|index| name(*index));
    order
}

/// Numbers the `_`s of a query.
pub(super) fn number_query(body: &mut Body, locals: &mut locals::Locals) {
    let mut wildcards = Wildcards { next: 0, locals, seen: None };
    wildcards.body(body);
}

struct Numbers<'s, 'a> {
    next: u32,
    /// What was seen on the way.
    contents: Contents,
    state: &'s mut State<'a>,
}

impl Numbers<'_, '_> {
    fn wildcards(&mut self, rewrite: impl FnOnce(&mut Wildcards<'_>)) {
        let seen = Some((&mut self.contents, self.state.builtins));
        let mut wildcards = Wildcards { next: self.next, locals: &mut self.state.locals, seen };
        rewrite(&mut wildcards);
        self.next = wildcards.next;
    }

    fn rule(&mut self, module: ModuleId, rule: tree::Rule) -> RuleId {
        let tree::Rule { span, default, chained, mut head, mut body, mut branches, annotations } = rule;
        let moved = if chained { Some(span) } else { None };
        let before = std::mem::take(&mut self.contents);
        self.wildcards(|wildcards| {
            walk::descend_ref(wildcards, &mut head.reference);
            for arg in &mut head.args {
                wildcards.term(arg);
            }
            if let HeadValue::Term(term) | HeadValue::Element(term) = &mut head.value {
                wildcards.term(term);
            }
            if let Some(body) = &mut body {
                wildcards.body(body);
            }
            for branch in &mut branches {
                if let Some(value) = &mut branch.value {
                    wildcards.term(value);
                }
                if let Some(body) = &mut branch.body {
                    wildcards.body(body);
                }
            }
        });
        let contents = self.contents;
        self.contents |= before;
        if let Some(span) = moved {
            let mut place = Place(span);
            for arg in &mut head.args {
                place.term(arg);
            }
            if let HeadValue::Term(term) | HeadValue::Element(term) = &mut head.value {
                place.term(term);
            }
        }
        let head_span = moved.unwrap_or(head.span);
        let otherwise = self.branches(module, branches, &head, contents);
        let (mut key, value) = match head.value {
            HeadValue::True => (None, Some(truth_term(head_span))),
            HeadValue::Term(term) => (None, Some(term)),
            HeadValue::Element(term) => (Some(term), None),
        };
        if value.is_some()
            && head.args.is_empty()
            && !default
            && let [only] = head.reference.operands.as_slice()
            && (!head.uses_if || !only.is_ground() || only.as_ref_term().is_some())
        {
            key = Some(only.clone());
        }
        let head = Head { span: head_span, reference: head.reference, args: head.args, key, value };
        self.push(Rule {
            module,
            span,
            default,
            head,
            body: body.unwrap_or_else(|| implied_body(span)),
            otherwise,
            annotations,
            contents,
        })
    }

    /// The rules of the branches, the last first.
    fn branches(
        &mut self,
        module: ModuleId,
        branches: Vec<ElseBranch>,
        head: &tree::Head,
        contents: Contents,
    ) -> Option<RuleId> {
        let mut otherwise = None;
        for branch in branches.into_iter().rev() {
            let ElseBranch { span, value, body, .. } = branch;
            if let Some(body) = &body
                && body.span.end == span.end
            {
                self.state.report.move_to(body.span, span.start);
            }
            let mut args = head.args.clone();
            for arg in &mut args {
                if let TermKind::Var(var) = &mut arg.kind
                    && locals::is_wildcard(&var.name)
                {
                    var.name = numbered(&mut self.next);
                }
            }
            let value = value.unwrap_or_else(|| truth_term(span));
            let head = Head { span, reference: head.reference.clone(), args, key: None, value: Some(value) };
            let body = body.unwrap_or_else(|| implied_body(span));
            otherwise = Some(self.push(Rule {
                module,
                span,
                default: false,
                head,
                body,
                otherwise,
                annotations: Vec::new(),
                contents,
            }));
        }
        otherwise
    }

    fn push(&mut self, rule: Rule) -> RuleId {
        rule_id(self.state.rules.push(rule))
    }
}

fn rule_id(index: usize) -> RuleId {
    RuleId(u32::try_from(index).unwrap_or(u32::MAX))
}

fn truth_term(span: Span) -> Term {
    Term { span, kind: TermKind::Boolean(true) }
}

fn implied_body(span: Span) -> Body {
    Body { span, literals: vec![locals::truth(span)] }
}

fn numbered(next: &mut u32) -> Name {
    let name = Name::from(format!("${next}"));
    *next = next.saturating_add(1);
    name
}

/// Gives each `_` a name, and remembers names that must not be generated.
struct Wildcards<'l> {
    next: u32,
    locals: &'l mut locals::Locals,
    /// Where to write down what there is, and the functions that calls can name.
    seen: Option<(&'l mut Contents, &'l dyn Builtins)>,
}

impl Wildcards<'_> {
    fn see(&mut self, there: Contents) {
        if let Some((contents, _)) = &mut self.seen {
            **contents |= there;
        }
    }

    fn see_call(&mut self, call: &Call) {
        if let Some((contents, builtins)) = &mut self.seen {
            contents.note_call(&call.operator, *builtins);
        }
    }
}

impl Rewrite for Wildcards<'_> {
    fn literal(&mut self, literal: &mut Literal) {
        if let Some(call) = locals::call_of(literal) {
            self.see_call(call);
        }
        if !literal.with.is_empty() {
            self.see(Contents::WITH);
        }
        walk::descend_literal(self, literal);
    }

    fn term(&mut self, term: &mut Term) {
        walk::descend_term(self, term);
        match &mut term.kind {
            TermKind::Call(call) => self.see_call(call),
            TermKind::Template(_) => self.see(Contents::TEMPLATES),
            TermKind::Comprehension(_) => self.see(Contents::COMPREHENSIONS),
            TermKind::Set(terms) => keep_once(terms, |term| term, |_, _| {}),
            TermKind::Object(pairs) => keep_once(pairs, |pair| &pair.0, |kept, again| kept.1 = again.1),
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Var(_)
            | TermKind::Ref(_)
            | TermKind::Array(_) => {}
        }
    }

    fn var(&mut self, var: &mut Var) {
        if var.is_wildcard() {
            var.name = numbered(&mut self.next);
        } else {
            if let Some((contents, _)) = &mut self.seen {
                contents.note_name(&var.name);
            }
            self.locals.avoid(&var.name);
        }
    }
}

/// Keeps one item of each key; what is written again is merged into the first.
fn keep_once<T>(items: &mut ThinVec<T>, key: impl Fn(&T) -> &Term, merge: impl Fn(&mut T, T)) {
    if items.len() < 2 {
        return;
    }
    let mut kept: ThinVec<T> = ThinVec::with_capacity(items.len());
    let mut places: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for item in items.drain(..) {
        let alike = places.entry(same::fingerprint(key(&item))).or_default();
        let known = alike
            .iter()
            .copied()
            .find(|at| kept.get(*at).is_some_and(|other| same::terms(key(other), key(&item))));
        if let Some(first) = known.and_then(|at| kept.get_mut(at)) {
            merge(first, item);
        } else {
            alike.push(kept.len());
            kept.push(item);
        }
    }
    *items = kept;
}

/// Puts all parts of a term at one place.
struct Place(Span);

impl Rewrite for Place {
    fn literal(&mut self, literal: &mut Literal) {
        literal.span = self.0;
        walk::descend_literal(self, literal);
    }

    fn with(&mut self, with: &mut With) {
        with.span = self.0;
        self.term(&mut with.target);
        self.term(&mut with.value);
    }

    fn term(&mut self, term: &mut Term) {
        term.span = self.0;
        walk::descend_term(self, term);
    }

    fn reference(&mut self, reference: &mut Ref) {
        reference.span = self.0;
        walk::descend_ref(self, reference);
    }

    fn comprehension(&mut self, comprehension: &mut Comprehension) {
        comprehension.body.span = self.0;
        walk::descend_comprehension(self, comprehension);
    }

    fn declared(&mut self, declared: &mut Declared) {
        declared.span = self.0;
    }
}

/// The names that a pattern of parameters holds.
pub(super) fn parameter_vars(args: &[Term]) -> vars::VarSet {
    let mut found = vars::VarSet::new();
    for arg in args {
        vars::Collector::new(Skip::NOTHING, &mut found).term(arg);
    }
    found
}
