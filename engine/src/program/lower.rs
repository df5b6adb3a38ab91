//! From the compiler's rules to the program: variables become slots, and references are told where they lead.

mod body;
mod document;
mod draft;
mod frame;
mod term;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compile::WrittenNames;
use crate::compile::{self, Compiled};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::{self, Name};
use crate::value::Value;

use super::constants::Pool;
use super::guard;
use super::{
    BasePathId, Body, Clause, ClauseId, EarlyExit, Guard, LiteralId, Program, Rule, RuleId, RuleIndex,
    RuleKind, Slot, Subject,
};
pub use draft::Draft;
use draft::Made;
use frame::Frame;

/// Lowers modules that compiled without errors.
///
/// # Errors
/// That a form is left which the compiler should have rewritten: a bug of ours, told instead of a wrong answer.
pub fn lower(compiled: &Compiled) -> Result<Program, Vec<Diagnostic>> {
    Ok(Draft::of(compiled)?.finish())
}

/// A query against a program.
#[derive(Debug, Clone)]
pub struct LoweredQuery {
    /// The literals.
    pub body: Body,
    /// The variables' names, by slot.
    pub slots: Vec<Name>,
    /// The variables that the query's writer named, with their slots, sorted by name.
    pub bindings: Vec<(Name, Slot)>,
    /// The slots that have the values of expressions: which expression, and where.
    pub captures: Vec<(usize, Slot)>,
    /// The base documents that the query names beyond those of the program: [`BasePathId`]s count on from there.
    pub base_paths: Vec<Vec<Value>>,
    /// How many literals the query and the program have together.
    pub literals: u32,
}

/// Lowers a query that was compiled against the same modules as the program.
///
/// # Errors
/// As for [`lower`].
pub fn lower_query(
    compiled: &Compiled,
    program: &Program,
    query: &compile::Query,
) -> Result<LoweredQuery, Vec<Diagnostic>> {
    let mut lowering = Lowering::over(compiled, program);
    lowering.note(compile::indexed::in_query(&query.body, &compiled.tree));
    let mut frame = Frame::new(&query.written);
    let body = lowering.body(&mut frame, &query.body).map_err(|stuck| vec![stuck.diagnostic()])?;
    let captures = query
        .captures
        .iter()
        .filter_map(|capture| frame.find(&capture.var).map(|slot| (capture.literal, slot)))
        .collect();
    let bindings = frame.written(&query.written);
    Ok(LoweredQuery {
        body,
        bindings,
        captures,
        slots: frame.into_names(),
        base_paths: lowering.program.base_paths.split_off(program.base_paths.len()),
        literals: lowering.program.literals,
    })
}

/// A literal for people to read.
#[derive(Debug, Clone)]
pub struct LiteralText {
    /// The literal after compilation, in OPA's words.
    pub text: Arc<str>,
    /// Where the literal was written that it was made of.
    pub span: Span,
    /// Whether it is negated.
    pub negated: bool,
    /// Its position in its body; what is negated has that of the negation.
    pub index: usize,
}

/// A program for people to watch: the same ids, all guards kept that OPA's index has, and texts.
#[derive(Debug, Clone)]
pub struct WatchedProgram {
    /// The program.
    pub program: Program,
    /// Its literals and those of the query, by [`LiteralId`].
    pub literals: Vec<LiteralText>,
}

/// As [`lower`], with a query, to be watched.
///
/// # Errors
/// As for [`lower`].
pub fn lower_watched(
    compiled: &Compiled,
    query: Option<&compile::Query>,
) -> Result<WatchedProgram, Vec<Diagnostic>> {
    let mut lowering = Lowering { texts: Some(Vec::new()), ..Lowering::new(compiled) };
    let lowered = lowering.rules().and_then(|()| {
        let Some(query) = query else { return Ok(()) };
        lowering.note(compile::indexed::in_query(&query.body, &compiled.tree));
        lowering.body(&mut Frame::new(&query.written), &query.body).map(drop)
    });
    match lowered {
        Ok(()) => {
            let Lowering { mut program, texts, .. } = lowering;
            super::join::find(&mut program);
            Ok(WatchedProgram { program, literals: texts.unwrap_or_default() })
        }
        Err(stuck) => Err(vec![stuck.diagnostic()]),
    }
}

/// A form that can't be lowered.
#[derive(Debug)]
struct Stuck {
    what: &'static str,
    span: Span,
}

type Result<T, E = Stuck> = std::result::Result<T, E>;

impl Stuck {
    fn diagnostic(self) -> Diagnostic {
        let message = format!("internal error: {} can't be evaluated here", self.what);
        Diagnostic::error(Code::Compile, message, self.span).with_help("please report this with the policy")
    }
}

/// What is known while lowering.
struct Lowering<'c> {
    compiled: &'c Compiled,
    /// Which written variable each generated one stands for.
    written: &'c WrittenNames,
    program: Program,
    pool: Pool,
    /// The compiler's rules of each rule, in OPA's order; a dynamic rule has those below it too.
    sources: Vec<Vec<compile::RuleId>>,
    /// By the text of each path: `1` and `1.0` are equal, and not the same key in a base document.
    base_ids: BTreeMap<Vec<String>, BasePathId>,
    /// The literals' texts by their ids, where somebody wants them.
    texts: Option<Vec<LiteralText>>,
    /// The comprehensions of what is lowered that OPA indexes, by where they are kept.
    indexed: BTreeMap<*const tree::Comprehension, Vec<Name>>,
    /// What each clause was made of.
    made: Vec<Made>,
    /// The base documents that were named since the last clause.
    named: Vec<BasePathId>,
}

impl<'c> Lowering<'c> {
    fn new(compiled: &'c Compiled) -> Self {
        let program = Program {
            documents: Vec::new(),
            rules: Vec::new(),
            clauses: Vec::new(),
            literals: 0,
            base_paths: Vec::new(),
            joins: Vec::new(),
            groupings: 0,
            prints: false,
        };
        let mut lowering = Self {
            compiled,
            written: &compiled.written,
            program,
            pool: Pool::default(),
            sources: Vec::new(),
            base_ids: BTreeMap::new(),
            texts: None,
            indexed: BTreeMap::new(),
            made: Vec::new(),
            named: Vec::new(),
        };
        lowering.documents();
        lowering
    }

    /// For a query: only the tree and the kinds of rules are needed again.
    fn over(compiled: &'c Compiled, program: &Program) -> Self {
        let heads = program.rules.iter().map(|rule| Rule {
            path: rule.path.clone(),
            kind: rule.kind,
            clauses: Vec::new(),
            default: None,
            index: RuleIndex::default(),
            early_exit: EarlyExit::Never,
            guarded: None,
            settled: false,
        });
        let base_ids = (0..).map(BasePathId).zip(&program.base_paths).map(|(id, path)| (texts(path), id));
        let program = Program {
            documents: program.documents.clone(),
            rules: heads.collect(),
            clauses: Vec::new(),
            literals: program.literals,
            base_paths: program.base_paths.clone(),
            joins: Vec::new(),
            groupings: 0,
            prints: false,
        };
        Self {
            compiled,
            written: &compiled.written,
            base_ids: base_ids.collect(),
            program,
            pool: Pool::default(),
            sources: Vec::new(),
            texts: None,
            indexed: BTreeMap::new(),
            made: Vec::new(),
            named: Vec::new(),
        }
    }

    /// Takes note of the comprehensions that OPA indexes.
    fn note(&mut self, indexed: Vec<compile::indexed::Indexed<'_>>) {
        let by_place =
            |(comprehension, keys)| (std::ptr::from_ref::<tree::Comprehension>(comprehension), keys);
        self.indexed = indexed.into_iter().map(by_place).collect();
    }

    fn rules(&mut self) -> Result<()> {
        for (index, sources) in std::mem::take(&mut self.sources).into_iter().enumerate() {
            let id = RuleId(u32::try_from(index).unwrap_or(u32::MAX));
            let depth = self.program.rule(id).map_or(0, |rule| rule.path.len());
            let mut clauses = Vec::new();
            let mut default = None;
            for source in sources {
                let Some(clause) = self.chain(id, depth, source)? else { continue };
                if self.program.clause(clause).is_some_and(|clause| clause.default) {
                    default = Some(clause);
                } else {
                    clauses.push(clause);
                }
            }
            let indexed = self.index(id, &clauses);
            if let (Some(indexed), Some(rule)) = (indexed, self.program.rules.get_mut(index_of(id))) {
                *rule = Rule { clauses, default, ..indexed };
            }
        }
        Ok(())
    }

    /// Lowers a rule of the compiler and those that are its `else`; answers the first.
    fn chain(&mut self, id: RuleId, depth: usize, first: compile::RuleId) -> Result<Option<ClauseId>> {
        let mut chain = Vec::new();
        let mut next = Some(first);
        while let Some((source, rule)) = next.and_then(|id| Some((id, self.compiled.rule(id)?))) {
            chain.push((source, rule));
            next = rule.otherwise;
        }
        let mut otherwise = None;
        for (source, rule) in chain.into_iter().rev() {
            let (clause, made) = self.make((id, depth), (source, rule), otherwise)?;
            let clause_id = ClauseId(u32::try_from(self.program.clauses.len()).unwrap_or(u32::MAX));
            self.program.clauses.push(clause);
            self.made.push(made);
            otherwise = Some(clause_id);
        }
        Ok(otherwise)
    }

    /// Lowers a rule of the compiler to a clause of a rule at so many steps below `data`.
    fn make(
        &mut self,
        (id, depth): (RuleId, usize),
        (source, rule): (compile::RuleId, &compile::Rule),
        otherwise: Option<ClauseId>,
    ) -> Result<(Clause, Made)> {
        let first = self.program.literals;
        self.named.clear();
        let clause = self.clause(id, depth, rule, otherwise)?;
        let literals = self.program.literals.saturating_sub(first);
        Ok((clause, Made { source, literals, bases: std::mem::take(&mut self.named) }))
    }

    fn clause(
        &mut self,
        rule: RuleId,
        depth: usize,
        source: &compile::Rule,
        otherwise: Option<ClauseId>,
    ) -> Result<Clause> {
        self.note(compile::indexed::in_rule(source, &self.compiled.tree));
        let mut frame = Frame::new(self.written);
        let args = self.terms(&mut frame, &source.head.args)?;
        let package =
            self.compiled.modules.get(source.module.index()).map_or(0, |module| module.path().count());
        // The rule's own document is `depth` steps below `data`; the head's variable is one of them.
        let own = depth.saturating_sub(package + 1);
        let steps = self.terms(&mut frame, source.head.reference.operands.get(own..).unwrap_or_default())?;
        let body = self.body(&mut frame, &source.body)?;
        let is_multi_value = source.head.is_multi_value();
        let key = match &source.head.key {
            Some(key) if is_multi_value => Some(self.term(&mut frame, key)?),
            Some(_) | None => None,
        };
        let value = source.head.value.as_ref().map(|value| self.term(&mut frame, value)).transpose()?;
        Ok(Clause {
            rule,
            span: source.span,
            head: source.head.span,
            default: source.default,
            args_are_slots: (0..).zip(&args).all(|(at, arg)| arg.as_local() == Some(Slot(at))),
            args,
            steps,
            key,
            value,
            keyed: source.head.key.is_some(),
            guards: Vec::new(),
            body,
            otherwise,
            slots: frame.into_names(),
        })
    }

    /// Finds out which clauses of a rule can be left out when, and sets their guards.
    fn index(&mut self, id: RuleId, clauses: &[ClauseId]) -> Option<Rule> {
        let program = &self.program;
        let otherwise = |id: &ClauseId| program.clause(*id).and_then(|clause| clause.otherwise);
        let chain = |first: &ClauseId| std::iter::successors(Some(*first), otherwise);
        let all: Vec<ClauseId> = clauses.iter().flat_map(chain).collect();
        let guards: BTreeMap<ClauseId, Vec<Vec<Guard>>> =
            all.iter().copied().zip(guard::guards(program, &all)).collect();
        let guards_of = |id: ClauseId| guards.get(&id).map(Vec::as_slice).unwrap_or_default();
        let effect = all.iter().filter_map(|id| program.clause(*id)).map(|clause| clause.body.effect).max();
        let effect = effect.flatten();

        let early_exit = if program.agree(clauses, |_| true) {
            EarlyExit::Always
        } else if all.iter().any(|id| guards_of(*id).is_empty())
            && !program.agree(clauses, |id| guards_of(id).is_empty())
        {
            EarlyExit::Never
        } else {
            EarlyExit::Narrowed
        };
        // Which clauses are left then decides how many of them are evaluated.
        let as_opa = early_exit == EarlyExit::Narrowed && effect.is_some();
        let index = RuleIndex::build(clauses, program, guards_of, as_opa);

        let rule = program.rule(id)?;
        let is_first_enough = early_exit == EarlyExit::Always;
        let least = if is_first_enough || all.len() < 2 { None } else { effect };
        // OPA looks no keys up where the first clause that holds may be enough.
        let keys = !(is_first_enough && matches!(rule.kind, RuleKind::Complete | RuleKind::Function(_)));
        let rule = Rule { index, early_exit, ..rule.clone() };
        let keeps_all = self.texts.is_some();
        let mut guarded = None;
        for (id, mut guards) in guards {
            for way in &mut guards {
                way.retain(|guard| keys || !matches!(guard.subject, Subject::Key(..)));
                for guard in &mut *way {
                    guard.shows = guard.shows.max(least);
                }
                way.retain(|guard| keeps_all || guard.shows.is_some());
                guarded = guarded.max(way.iter().map(|guard| guard.shows).max().flatten());
            }
            if guards.iter().any(Vec::is_empty) {
                guards.clear();
            }
            if let Some(clause) = self.program.clauses.get_mut(id.0 as usize) {
                clause.guards = guards;
            }
        }
        Some(Rule { guarded, ..rule })
    }

    /// A new id, for a literal of the compiler.
    fn literal_id(
        &mut self,
        renamed: &WrittenNames,
        (literal, index): (&tree::Literal, usize),
        negated: bool,
    ) -> LiteralId {
        let id = LiteralId(self.program.literals);
        self.program.literals = self.program.literals.saturating_add(1);
        if let Some(texts) = &mut self.texts {
            let written = tree::Literal { negated, ..literal.clone() };
            let negated = negated || matches!(literal.kind, tree::LiteralKind::Not(_));
            let text = compile::shown_literal(renamed, &written).into();
            texts.push(LiteralText { text, span: literal.span, negated, index });
        }
        id
    }

    fn base_path(&mut self, path: Vec<Value>) -> BasePathId {
        let texts = texts(&path);
        if let Some(found) = self.base_ids.get(&texts) {
            self.named.push(*found);
            return *found;
        }
        let id = BasePathId(u32::try_from(self.program.base_paths.len()).unwrap_or(u32::MAX));
        self.program.base_paths.push(path);
        self.base_ids.insert(texts, id);
        self.named.push(id);
        id
    }

    fn name(&mut self, name: &Name) -> Value {
        self.pool.string(name)
    }
}

fn texts(path: &[Value]) -> Vec<String> {
    path.iter().map(Value::to_rego).collect()
}

fn index_of(id: RuleId) -> usize {
    id.0 as usize
}

/// The names of a reference's steps that are all strings.
fn strings(reference: &tree::Ref) -> Option<Vec<&Name>> {
    reference.operands.iter().map(tree::Term::as_string).collect()
}
