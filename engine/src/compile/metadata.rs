//! Replaces calls of `rego.metadata.chain` and `rego.metadata.rule` by what they return. OPA's stage
//! `RewriteRegoMetadataCalls`.

use super::annotations;
use super::contents::Contents;
use super::head_refs::append;
use super::locals;
use super::rule::{Rule, RuleId};
use super::state::State;
use super::tree::Key;
use super::walk::{self, Flow, Node, Rewrite};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::display;
use crate::syntax::tree::{Annotations, Literal, LiteralKind, Name, Ref, SchemaSource, Term, TermKind};
use crate::value::{Object, Value};
use thin_vec::ThinVec;

/// Puts the annotations into the bodies of the rules that ask for them.
pub(super) fn run(state: &mut State<'_>) {
    for id in state.sequence() {
        let rule = state.rules.get(id.index()).filter(|rule| rule.contents.have(Contents::REGO));
        let Some(rule) = rule else { continue };
        let (chain, own) = first_calls(state, rule);
        if chain.is_none() && own.is_none() {
            continue;
        }
        let terms =
            chain.map(|at| chain_of(state, id, at)).into_iter().chain(own.map(|at| rule_of(state, id, at)));
        let terms: Result<Vec<Term>, Diagnostic> = terms.collect();
        match terms {
            Ok(terms) => insert(state, id, terms, chain.is_some()),
            Err(error) => {
                state.report.fatal(error);
            }
        }
    }
}

/// Where a rule first calls each of the functions, outermost first.
fn first_calls(state: &State<'_>, rule: &Rule) -> (Option<Span>, Option<Span>) {
    let mut found = (None, None);
    let mut visit = |node: Node<'_>| {
        if let Node::Literal(literal) = node {
            match called(literal) {
                Some(Function::Chain) => found.0 = found.0.or(Some(literal.span)),
                Some(Function::Rule) => found.1 = found.1.or(Some(literal.span)),
                None => {}
            }
        }
        Flow::Descend
    };
    for term in rule.head.args.iter().chain(&rule.head.key).chain(&rule.head.value) {
        walk::term(term, &mut visit);
    }
    walk::body(&rule.body, &mut visit);
    let known = |name: &str| state.builtins.builtin(name).is_some();
    (found.0.filter(|_| known(CHAIN)), found.1.filter(|_| known(RULE)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Chain,
    Rule,
}

fn called(literal: &Literal) -> Option<Function> {
    let call = locals::call_of(literal)?;
    let names = call.operator.head.as_var().filter(|head| head.name == "rego");
    let [package, name] = call.operator.operands.as_slice() else { return None };
    names.and(package.as_string()).filter(|package| **package == "metadata")?;
    match name.as_string()?.as_str() {
        "chain" => Some(Function::Chain),
        "rule" => Some(Function::Rule),
        _ => None,
    }
}

/// Defines variables for the values at the start of the body, and puts them in place of the calls.
fn insert(state: &mut State<'_>, id: RuleId, terms: Vec<Term>, has_chain: bool) {
    let State { rules, locals, .. } = state;
    let Some(rule) = rules.get_mut(id.index()) else { return };
    let old = std::mem::take(&mut rule.body.literals);
    let mut names: Vec<Name> = Vec::new();
    for mut term in terms {
        let definition = locals.extract(&mut term);
        names.extend(term.as_var().map(|var| var.name.clone()));
        rule.body.literals.push(definition);
    }
    append(&mut rule.body, old);
    let mut names = names.into_iter();
    let chain = if has_chain { names.next() } else { None };
    let mut replace = Replace { chain, own: names.next() };
    let head = &mut rule.head;
    for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
        replace.term(term);
    }
    replace.body(&mut rule.body);
}

struct Replace {
    chain: Option<Name>,
    own: Option<Name>,
}

impl Rewrite for Replace {
    fn literal(&mut self, literal: &mut Literal) {
        let name = match called(literal) {
            Some(Function::Chain) => self.chain.clone(),
            Some(Function::Rule) => self.own.clone(),
            None => None,
        };
        let Some(name) = name else {
            walk::descend_literal(self, literal);
            return;
        };
        let span = literal.span;
        let value: Term = Term::var(name, span);
        let output = locals::call_of(literal).and_then(|call| call.args.first()).cloned();
        *literal = match output {
            Some(output) => locals::equality(output, value),
            None => Literal { span, negated: false, kind: LiteralKind::Term(value), with: ThinVec::new() },
        };
    }
}

/// The annotations of a rule and of all around it, each with the path that it applies to.
fn chain_of(state: &State<'_>, id: RuleId, at: Span) -> Result<Term, Diagnostic> {
    let build = Build { at };
    let Some(rule) = state.rules.get(id.index()) else { return Ok(build.list(Vec::new())) };
    let own = state.annotations.of_rule(id);
    let mut links = Vec::new();
    if own.is_empty() {
        let path = build.path(&annotations::ground_path(state, rule));
        links.push(build.object(vec![("path", path)]));
    }
    for described in own.into_iter().chain(state.annotations.around(state, rule)) {
        let path = build.path(&described.path);
        links.push(build.object(vec![("path", path), ("annotations", build.block(&described.block)?)]));
    }
    Ok(build.list(links))
}

/// The first block of a rule, or an empty object.
fn rule_of(state: &State<'_>, id: RuleId, at: Span) -> Result<Term, Diagnostic> {
    let build = Build { at };
    match state.annotations.of_rule(id).last() {
        Some(described) => build.block(&described.block),
        None => Ok(build.object(Vec::new())),
    }
}

/// Makes terms that count as being at one place.
#[derive(Clone, Copy)]
struct Build {
    at: Span,
}

impl Build {
    fn term(self, kind: TermKind) -> Term {
        Term { span: self.at, kind }
    }

    fn text(self, text: &str) -> Term {
        self.term(TermKind::String(Name::from(text)))
    }

    fn list(self, terms: Vec<Term>) -> Term {
        self.term(TermKind::Array(terms.into()))
    }

    fn object(self, pairs: Vec<(&str, Term)>) -> Term {
        self.term(TermKind::Object(pairs.into_iter().map(|(key, value)| (self.text(key), value)).collect()))
    }

    /// The pairs whose texts aren't empty.
    fn texts(self, pairs: &[(&'static str, &Name)]) -> Vec<(&'static str, Term)> {
        pairs.iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| (*key, self.text(text))).collect()
    }

    fn path(self, keys: &[Key]) -> Term {
        let steps = keys.iter().map(|key| match key {
            Key::Null => self.text("null"),
            Key::Boolean(value) => self.text(if *value { "true" } else { "false" }),
            Key::Number(text) | Key::String(text) => self.text(text),
        });
        self.list(steps.collect())
    }

    /// The operands of a reference, its head included, as texts.
    fn reference(self, reference: &Ref) -> Term {
        let steps =
            std::iter::once(&reference.head).chain(&reference.operands).map(|term| match &term.kind {
                TermKind::String(text) => self.text(text),
                TermKind::Null
                | TermKind::Boolean(_)
                | TermKind::Number(_)
                | TermKind::Template(_)
                | TermKind::Var(_)
                | TermKind::Ref(_)
                | TermKind::Array(_)
                | TermKind::Object(_)
                | TermKind::Set(_)
                | TermKind::Comprehension(_)
                | TermKind::Call(_) => self.text(&display::term(term)),
            });
        self.list(steps.collect())
    }

    fn block(self, block: &Annotations) -> Result<Term, Diagnostic> {
        let mut pairs = vec![("scope", self.text(block.scope.as_str()))];
        pairs.extend(self.texts(&[("title", &block.title)]));
        if block.entrypoint {
            pairs.push(("entrypoint", self.term(TermKind::Boolean(true))));
        }
        pairs.extend(self.texts(&[("description", &block.description)]));
        let mut list = |key, terms: Vec<Term>| {
            if !terms.is_empty() {
                pairs.push((key, self.list(terms)));
            }
        };
        list("organizations", block.organizations.iter().map(|name| self.text(name)).collect());
        let links = block.related_resources.iter().map(|link| {
            self.object(self.texts(&[("ref", &link.reference), ("description", &link.description)]))
        });
        list("related_resources", links.collect());
        let authors = block
            .authors
            .iter()
            .map(|author| self.object(self.texts(&[("name", &author.name), ("email", &author.email)])));
        list("authors", authors.collect());
        let schemas = block.schemas.iter().map(|schema| {
            let source = match &schema.schema {
                SchemaSource::Reference(reference) => ("schema", self.reference(reference)),
                SchemaSource::Definition(value) => ("definition", self.checked(value, block)?),
            };
            Ok(self.object(vec![("path", self.reference(&schema.path)), source]))
        });
        list("schemas", schemas.collect::<Result<_, Diagnostic>>()?);
        let custom = block.returned_custom.as_ref().or(block.custom.as_ref());
        let labels = block.returned_labels.as_ref().or(block.labels.as_ref());
        for (key, value) in [("custom", custom), ("labels", labels)] {
            // OPA leaves out what is empty.
            if let Some(value) = value.filter(|value| value.as_object() != Some(&Object::new())) {
                let mut term = self.checked(value, block)?;
                Wrap.term(&mut term);
                pairs.push((key, term));
            }
        }
        Ok(self.object(pairs))
    }

    fn checked(self, value: &Value, block: &Annotations) -> Result<Term, Diagnostic> {
        self.value(value, MAX_DEPTH).ok_or_else(|| {
            let message = "annotation nests too deep to be returned by rego.metadata";
            Diagnostic::error(Code::Compile, message, block.span)
        })
    }

    /// A value as a term, unless it nests deeper than `depth`.
    fn value(self, value: &Value, depth: usize) -> Option<Term> {
        let below = depth.checked_sub(1)?;
        let kind = match value {
            Value::Null => TermKind::Null,
            Value::Bool(value) => TermKind::Boolean(*value),
            Value::Number(number) => TermKind::Number(Name::from(&*number.text())),
            Value::String(text) => TermKind::String(Name::from(&**text)),
            Value::Array(array) => {
                TermKind::Array(array.iter().map(|value| self.value(value, below)).collect::<Option<_>>()?)
            }
            Value::Set(set) => {
                TermKind::Set(set.iter().map(|value| self.value(value, below)).collect::<Option<_>>()?)
            }
            Value::Object(object) => {
                let pairs = object
                    .iter()
                    .map(|(key, value)| Some((self.value(key, below)?, self.value(value, below)?)));
                TermKind::Object(pairs.collect::<Option<_>>()?)
            }
        };
        Some(self.term(kind))
    }
}

/// OPA keeps the bits of a natural number that only has room without a sign, and takes them for a number with one.
struct Wrap;

impl Rewrite for Wrap {
    fn term(&mut self, term: &mut Term) {
        if let TermKind::Number(text) = &mut term.kind
            && let Ok(number) = text.parse::<u64>()
        {
            *text = Name::from(number.cast_signed().to_string());
        }
        walk::descend_term(self, term);
    }
}

const CHAIN: &str = "rego.metadata.chain";
const RULE: &str = "rego.metadata.rule";

/// Terms must not be higher than what the parser allows, so that code that walks them may recurse.
const MAX_DEPTH: usize = 200;
