//! From statements to a module: which expressions are rules, and what each version demands of rules.

use super::module::Statement;
use super::{Fault, Finder};
use crate::source::{SourceId, Span};
use crate::syntax::builtin_names::is_builtin;
use crate::syntax::token::{Keywords, Token, classify};
use crate::syntax::tree::{Call, Head, HeadValue, Literal, LiteralKind, Module, Ref, Rule, Term, TermKind};
use crate::syntax::{RegoVersion, display};
use thin_vec::ThinVec;

/// Makes a module of statements.
///
/// `complete` says that no statement is missing for an error; otherwise what could be a consequence of that error
/// is not reported.
pub(crate) fn assemble(
    source: SourceId,
    text: &str,
    version: RegoVersion,
    statements: Vec<Statement>,
    complete: bool,
) -> (Module, Vec<Fault>) {
    let newest_version = if version == RegoVersion::V0V1 { RegoVersion::V1 } else { version };
    let mut module = Module {
        source,
        version,
        newest_version,
        package: None,
        imports: Vec::new(),
        // Nearly all statements are rules.
        rules: Vec::with_capacity(statements.len()),
        annotations: Vec::new(),
        comments: Vec::new(),
    };
    let mut faults = Vec::new();
    if statements.is_empty() && complete {
        faults.push(Fault {
            span: Span::new(source, 0, 0),
            message: "empty module".to_owned(),
            finder: Finder::Check,
        });
    }
    let keywords: Vec<_> = statements.iter().map(head_keyword_hint).collect();
    let spans: Vec<Span> = statements.iter().map(span_of).collect();
    for (index, statement) in statements.into_iter().enumerate() {
        let span = spans.get(index).copied().unwrap_or(Span::new(source, 0, 0));
        if index == 0 && complete && !matches!(statement, Statement::Package(_)) {
            faults.push(Fault { span, message: "package expected".to_owned(), finder: Finder::Check });
            // As in OPA, what stands in the package's place is not looked at any further.
            continue;
        }
        match statement {
            Statement::Package(package) if module.package.is_none() && (index == 0 || !complete) => {
                module.package = Some(package);
            }
            Statement::Package(_) => {
                faults.push(Fault { span, message: "unexpected package".to_owned(), finder: Finder::Check });
            }
            Statement::Import(import) => {
                module.newest_version = module.newest_version.max(import_version(&import.path));
                module.imports.push(import);
            }
            Statement::Rule(rule) => {
                if rule.head.reference.head.as_var().is_none() {
                    // OPA goes on here, and its compiler panics.
                    let head = display::reference(&rule.head.reference);
                    faults.push(Fault {
                        span,
                        message: format!("invalid rule head: {head}"),
                        finder: Finder::Check,
                    });
                }
                module.rules.push(rule);
            }
            Statement::Body(literals) => match rule_from_body(literals) {
                Ok(rule) => module.rules.push(rule),
                Err(_) if !complete => {}
                Err(mut message) => {
                    if module.newest_version == RegoVersion::V0 {
                        let next = spans.get(index + 1).filter(|next| on_one_row(text, span, **next));
                        let keyword = keywords.get(index).copied().flatten();
                        let keyword =
                            keyword.or_else(|| next.and(keywords.get(index + 1).copied().flatten()));
                        message.push_str(keyword.unwrap_or_default());
                    }
                    faults.push(Fault { span, message, finder: Finder::Check });
                }
            },
        }
    }
    if module.newest_version >= RegoVersion::V1 {
        for rule in &module.rules {
            check_rule(rule, &mut faults);
        }
    }
    (module, faults)
}

/// The hint about `if` or `contains` where a version without them reads the name of a rule.
fn head_keyword_hint(statement: &Statement) -> Option<&'static str> {
    let name = match statement {
        Statement::Rule(rule) => rule.head.reference.plain_name()?,
        Statement::Body(literals) => match literals.as_slice() {
            [Literal { kind: LiteralKind::Term(term), .. }] => &term.as_var()?.name,
            _ => return None,
        },
        Statement::Package(_) | Statement::Import(_) => return None,
    };
    match name.as_str() {
        "if" => Some(" (hint: `import future.keywords.if` for `p if { ... }` rules)"),
        "contains" => Some(" (hint: `import future.keywords.contains` for `p contains x` rules)"),
        _ => None,
    }
}

fn on_one_row(text: &str, first: Span, second: Span) -> bool {
    text.get(first.start as usize..second.start as usize).is_some_and(|between| !between.contains('\n'))
}

fn span_of(statement: &Statement) -> Span {
    match statement {
        Statement::Package(package) => package.span,
        Statement::Import(import) => import.span,
        Statement::Rule(rule) => rule.span,
        Statement::Body(literals) => {
            literals.first().map_or(Span::new(SourceId::default(), 0, 0), |literal| literal.span)
        }
    }
}

/// The version that an import of `rego` raises the module to.
fn import_version(path: &Ref) -> RegoVersion {
    match path.names().as_deref() {
        Some([rego, version]) if **rego == "rego" => match version.as_str() {
            "v1" => RegoVersion::V1,
            "v2" => RegoVersion::V2,
            _ => RegoVersion::V0,
        },
        _ => RegoVersion::V0,
    }
}

/// The rule that an expression defines, or why it defines none.
fn rule_from_body(literals: Vec<Literal>) -> Result<Rule, String> {
    let mut literals = literals.into_iter();
    let (Some(literal), None) = (literals.next(), literals.next()) else {
        return Err("multiple expressions cannot be used for rule head".to_owned());
    };
    if !literal.with.is_empty() {
        return Err("expressions using with keyword cannot be used for rule head".to_owned());
    }
    if literal.negated {
        return Err("negated expressions cannot be used for rule head".to_owned());
    }
    let span = literal.span;
    match literal.kind {
        LiteralKind::Declare(_) | LiteralKind::SomeIn(_) => {
            Err("'some' declarations cannot be used for rule head".to_owned())
        }
        LiteralKind::Every(_) | LiteralKind::Not(_) | LiteralKind::And(_) | LiteralKind::Or(_) => {
            Err("expression cannot be used for rule head".to_owned())
        }
        LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => rule_from_call(*call, span),
        LiteralKind::Term(Term { kind: TermKind::Ref(reference), span }) => rule_from_ref(*reference, span),
        LiteralKind::Term(term) => Err(format!("{} cannot be used for rule name", term.kind_name())),
    }
}

/// `p.q.r`, or `p[x]` as version 0 has it: a set.
fn rule_from_ref(mut reference: Ref, span: Span) -> Result<Rule, String> {
    let span = Span { start: reference.head.anchor(), ..span };
    if reference.operands.is_empty() {
        return Err("refs cannot be used for rule head".to_owned());
    }
    if reference.head.as_var().is_none() {
        return Err(format!("invalid rule head: {}", display::reference(&reference)));
    }
    let value = match reference.operands.as_slice() {
        [_] => match reference.operands.pop() {
            Some(element) => {
                reference.span = reference.head.span;
                HeadValue::Element(element)
            }
            None => HeadValue::True,
        },
        _ => HeadValue::True,
    };
    Ok(bodyless(span, reference, ThinVec::new(), value, false))
}

/// `f(x)`, or `p := x` in any of its forms.
fn rule_from_call(call: Call, span: Span) -> Result<Rule, String> {
    let assign = call.operator.plain_name().is_some_and(|name| *name == "assign");
    if assign || call.operator.plain_name().is_some_and(|name| *name == "eq") {
        return rule_from_assignment(call, span, assign);
    }
    if is_builtin(&display::reference(&call.operator)) {
        return Err("rule name conflicts with built-in function".to_owned());
    }
    if call.args.is_empty() {
        return Err("rule argument list must take at least one argument".to_owned());
    }
    if call.operator.head.as_var().is_none() {
        return Err(format!("invalid rule head: {}", display::reference(&call.operator)));
    }
    let span = Span { start: call.operator.head.anchor(), ..span };
    Ok(bodyless(span, call.operator, call.args, HeadValue::True, false))
}

fn rule_from_assignment(call: Call, span: Span, assign: bool) -> Result<Rule, String> {
    let mut operands = call.args.into_iter();
    let (Some(left), Some(right)) = (operands.next(), operands.next()) else {
        return Err("assignment requires two operands".to_owned());
    };
    let (reference, args) = match left.kind {
        TermKind::Call(call) if call.operator.head.as_var().is_some() => (call.operator, call.args),
        TermKind::Ref(reference) if reference.head.as_var().is_some() => (*reference, ThinVec::new()),
        TermKind::Ref(reference) => {
            return Err(format!("invalid rule head: {}", display::reference(&reference)));
        }
        TermKind::Var(_) => (Ref { span: left.span, head: left, operands: ThinVec::new() }, ThinVec::new()),
        _ => return Err(format!("{} cannot be used for rule name", left.kind_name())),
    };
    Ok(bodyless(span, reference, args, HeadValue::Term(right), assign))
}

fn bodyless(span: Span, reference: Ref, args: ThinVec<Term>, value: HeadValue, assign: bool) -> Rule {
    let head = Head { span, reference, args, value, assign, contains: false, uses_if: false };
    Rule {
        span,
        default: false,
        chained: false,
        head,
        body: None,
        branches: Vec::new(),
        annotations: Vec::new(),
    }
}

/// What version 1 demands of a rule.
fn check_rule(rule: &Rule, faults: &mut Vec<Fault>) {
    let kind = if rule.head.args.is_empty() { "rule" } else { "function" };
    let keyword = rule
        .head
        .reference
        .plain_name()
        .filter(|name| classify(name.as_bytes(), Keywords::V1) != Token::Identifier);
    let mut report =
        |span: Span, message: String| faults.push(Fault { span, message, finder: Finder::Check });
    if let Some(name) = keyword {
        report(rule.span, format!("{name} keyword cannot be used for rule name"));
    }
    let says_nothing =
        rule.body.is_none() && !rule.default && !rule.head.contains && rule.head.args.is_empty();
    if says_nothing && matches!(rule.head.value, HeadValue::True) {
        report(rule.span, format!("{kind} must have value assignment and/or body declaration"));
    }
    if rule.body.is_some() && !rule.head.uses_if {
        report(rule.span, format!("`if` keyword is required before {kind} body"));
    }
    if matches!(rule.head.value, HeadValue::Element(_)) && !rule.head.contains {
        report(rule.span, "`contains` keyword is required for partial set rules".to_owned());
    }
    for branch in &rule.branches {
        if let Some(name) = keyword {
            report(branch.span, format!("{name} keyword cannot be used for rule name"));
        }
        if branch.body.is_some() && !branch.uses_if {
            report(branch.span, format!("`if` keyword is required before {kind} body"));
        }
    }
}
