//! Turns strings with expressions in them into calls. OPA's stage `RewriteTemplateStrings`.

use super::assemble::parameter_vars;
use super::contents::{self, Contents};
use super::functions::Functions;
use super::locals::{self, Locals, is_wildcard, shown};
use super::report::Report;
use super::rule::{Rule, RuleId};
use super::state::{State, written};
use super::vars::{self, Skip, VarSet};
use super::walk::{self, Flow, Node, Rewrite};
use super::written::WrittenNames;
use super::{head_refs, safety};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::{
    Body, Call, Comprehension, ComprehensionHead, Every, LiteralKind, Name, Notation, Ref, TemplatePart,
    Term, TermKind, With,
};
use thin_vec::{ThinVec, thin_vec};

/// `$"a {x}"` becomes `internal.template_string(["a ", {x}])`: what has no value is an empty set there.
pub(super) fn run(state: &mut State<'_>) {
    for id in state.sequence() {
        let rule = state.rules.get_mut(id.index()).filter(|rule| rule.contents.have(Contents::TEMPLATES));
        let Some(rule) = rule.filter(|rule| has_template(rule)) else { continue };
        if !state.options.features.template_strings {
            report_templates(rule, &mut state.report);
            continue;
        }
        state.replaced.insert(contents::TEMPLATE);
        let mut safe = vars::reserved();
        safe.extend(parameter_vars(&rule.head.args));
        let mut templates = Templates {
            functions: Functions { builtins: state.builtins, tree: &state.tree },
            presence: &|id| state.graph_index.presence(id),
            locals: &mut state.locals,
            rewritten: &state.rewritten,
            safe,
            errors: Vec::new(),
        };
        templates.rewrite(rule);
        for error in templates.errors {
            state.report.fatal(error);
        }
    }
}

/// What a rule says about whether its document has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a trait of rules; they are independent")]
pub(super) struct Presence {
    is_function: bool,
    is_default: bool,
    is_multi_value: bool,
    /// Whether its value is constant and it has no condition.
    is_constant: bool,
}

impl Presence {
    /// The same before and after the templates in it are rewritten.
    pub(super) fn of(rule: &Rule) -> Self {
        Self {
            is_function: !rule.head.args.is_empty(),
            is_default: rule.default,
            is_multi_value: rule.head.is_multi_value(),
            is_constant: is_constant_rule(rule),
        }
    }
}

/// Says of each template of a rule that there are none here.
fn report_templates(rule: &mut Rule, report: &mut Report) {
    struct Found(Vec<Span>);
    impl Rewrite for Found {
        fn term(&mut self, term: &mut Term) {
            if matches!(term.kind, TermKind::Template(_)) {
                self.0.push(term.span);
            } else {
                walk::descend_term(self, term);
            }
        }
    }
    let mut found = Found(Vec::new());
    let head = &mut rule.head;
    for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
        found.term(term);
    }
    walk::descend_body(&mut found, &mut rule.body);
    for span in found.0 {
        report.fatal(Diagnostic::error(Code::Compile, "template-strings are not supported", span));
    }
}

/// Rewrites the templates of a query.
pub(super) fn query(
    body: &mut Body,
    functions: Functions<'_>,
    rules: &[Rule],
    locals: &mut Locals,
    rewritten: &WrittenNames,
) -> Vec<Diagnostic> {
    let safe = vars::reserved();
    let presence = |id: RuleId| rules.get(id.index()).map(Presence::of);
    let mut templates =
        Templates { functions, presence: &presence, locals, rewritten, safe, errors: Vec::new() };
    templates.outputs(body);
    walk::descend_body(&mut templates, body);
    templates.errors
}

fn has_template(rule: &Rule) -> bool {
    let mut found = false;
    let mut visit = |node: Node<'_>| {
        found |= matches!(node, Node::Term(Term { kind: TermKind::Template(_), .. }));
        if found { Flow::Skip } else { Flow::Descend }
    };
    for term in rule.head.args.iter().chain(&rule.head.key).chain(&rule.head.value) {
        walk::term(term, &mut visit);
    }
    walk::body(&rule.body, &mut visit);
    found
}

struct Templates<'s> {
    functions: Functions<'s>,
    /// What a rule says about whether its document has a value.
    presence: &'s dyn Fn(RuleId) -> Option<Presence>,
    locals: &'s mut Locals,
    rewritten: &'s WrittenNames,
    /// The variables that have a value somewhere in the bodies around.
    safe: VarSet,
    errors: Vec<Diagnostic>,
}

impl Templates<'_> {
    fn rewrite(&mut self, rule: &mut Rule) {
        self.outputs(&rule.body);
        walk::descend_body(self, &mut rule.body);
        let head = &mut rule.head;
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            self.term(term);
        }
    }

    fn outputs(&mut self, body: &Body) {
        let outputs = safety::outputs_of_body(&body.literals, self.functions, &self.safe);
        self.safe.extend(outputs);
    }

    /// Replaces a template by the call; a faulty one stays.
    fn replace(&mut self, term: &mut Term) {
        let span = term.span;
        let TermKind::Template(template) = &term.kind else { return };
        let parts = template.parts.clone();
        let errors = self.errors.len();
        let mut terms = ThinVec::with_capacity(parts.len());
        for part in parts {
            match part {
                TemplatePart::Text(span, text) => terms.push(Term { span, kind: TermKind::String(text) }),
                TemplatePart::Expression(literal) => {
                    let place = literal.span;
                    let LiteralKind::Term(value) = literal.kind else {
                        let message = "unexpected template-string expression type";
                        self.errors.push(Diagnostic::error(Code::Compile, message, place));
                        continue;
                    };
                    if let Some(part) = self.part(value, literal.with) {
                        terms.push(part);
                    }
                }
            }
        }
        if terms.is_empty() {
            terms.push(Term { span, kind: TermKind::String(Name::from("")) });
        }
        if self.errors.len() > errors {
            return;
        }
        let list = Term { span, kind: TermKind::Array(terms) };
        term.kind = TermKind::Call(Box::new(Call {
            operator: internal_ref("template_string", span),
            args: thin_vec![list],
            notation: Notation::Prefix,
        }));
    }

    /// The set that holds the value of an expression, if it has one.
    fn part(&mut self, mut value: Term, with: ThinVec<With>) -> Option<Term> {
        let place = locals::place(&value);
        let is_scalar = matches!(
            value.kind,
            TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_)
        );
        if is_scalar && with.is_empty() {
            return Some(value);
        }
        if let Some(call) = value.as_call()
            && self.functions.builtin(&call.operator).is_some_and(|found| found.relation)
        {
            let name = crate::syntax::display::reference(&call.operator);
            let message =
                format!("illegal call to relation built-in '{name}' that may cause multiple outputs");
            self.errors.push(Diagnostic::error(Code::Compile, message, None));
            return None;
        }
        let defined = value.as_ref_term().is_some_and(|reference| self.is_always_defined(reference));
        if defined || value.as_var().is_some() {
            return Some(Term { span: value.span, kind: TermKind::Set(thin_vec![value]) });
        }
        let open = vars::of_term(&value, Skip::SAFETY);
        for name in open.iter().filter(|name| !self.safe.contains(name)) {
            let message = format!("var {} is undeclared", shown(written(self.rewritten, name)));
            self.errors.push(Diagnostic::error(Code::Compile, message, place));
        }
        let span = value.span;
        let mut capture = self.locals.extract(&mut value);
        capture.with = with;
        let body = Body { span: capture.span, literals: vec![capture] };
        let comprehension = Comprehension { head: ComprehensionHead::Set(value), body };
        Some(Term { span, kind: TermKind::Comprehension(Box::new(comprehension)) })
    }

    /// Whether a reference names a rule that has a value whatever the input is.
    fn is_always_defined(&self, reference: &Ref) -> bool {
        if reference.operands.is_empty() {
            return false;
        }
        let rules = self.functions.tree.rules_at(reference);
        let mut presences = rules.iter().filter_map(|id| (self.presence)(*id));
        let Some(first) = presences.next() else { return false };
        if first.is_function {
            return false;
        }
        first.is_default
            || first.is_multi_value
            || if rules.len() == 1 { first.is_constant } else { presences.any(|rule| rule.is_default) }
    }
}

fn is_constant_rule(rule: &Rule) -> bool {
    if !head_refs::is_empty(&rule.body) {
        return false;
    }
    match rule.head.value.as_ref().map(|value| (value, &value.kind)) {
        Some((
            _,
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Var(_),
        )) => true,
        Some((value, TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_))) => {
            // OPA counts a template as a variable, also after it became a call.
            value.is_ground() && !had_template(value)
        }
        _ => false,
    }
}

/// Whether a template in a term has become a call.
fn had_template(term: &Term) -> bool {
    let mut found = false;
    walk::term(term, &mut |node: Node<'_>| {
        found |= matches!(node, Node::Term(Term { kind: TermKind::Call(call), .. })
            if crate::syntax::display::reference(&call.operator) == contents::TEMPLATE);
        if found { Flow::Skip } else { Flow::Descend }
    });
    found
}

/// `internal.name`.
pub(super) fn internal_ref(name: &str, span: Span) -> Ref {
    let mut reference = locals::plain_ref("internal", span);
    reference.operands.push(Term { span, kind: TermKind::String(Name::from(name)) });
    reference
}

impl Rewrite for Templates<'_> {
    fn term(&mut self, term: &mut Term) {
        self.replace(term);
        walk::descend_term(self, term);
    }

    fn comprehension(&mut self, comprehension: &mut Comprehension) {
        let outer = self.safe.clone();
        let errors = self.errors.len();
        self.outputs(&comprehension.body);
        walk::descend_body(self, &mut comprehension.body);
        for head in walk::comprehension_heads(&mut comprehension.head) {
            self.replace(head);
        }
        self.safe = outer;
        for head in walk::comprehension_heads(&mut comprehension.head) {
            self.term(head);
        }
        if self.looks_again(errors) {
            walk::descend_body(self, &mut comprehension.body);
        }
    }

    fn every(&mut self, every: &mut Every) {
        let errors = self.errors.len();
        self.replace(&mut every.domain);
        let outer = self.safe.clone();
        let names = every.key.iter().chain([&every.value]).map(|var| var.var.name.clone());
        self.safe.extend(names.filter(|name| !is_wildcard(name)));
        self.outputs(&every.body);
        walk::descend_body(self, &mut every.body);
        self.safe = outer;
        self.term(&mut every.domain);
        if self.looks_again(errors) {
            walk::descend_body(self, &mut every.body);
        }
    }
}

impl Templates<'_> {
    /// OPA visits bodies once more with the variables from around, and reports what is faulty there again.
    ///
    /// Each visit doubles the number of errors of the bodies inside, so it has to end somewhere.
    fn looks_again(&self, before: usize) -> bool {
        (before + 1..MOST_ERRORS).contains(&self.errors.len())
    }
}

const MOST_ERRORS: usize = 1000;
