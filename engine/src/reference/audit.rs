//! Finds in modules what regorus takes and OPA does not, and numbers that regorus would change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regorus::unstable::{Expr, Literal, LiteralStmt, Module, Query, Ref, Rule, RuleAssign, RuleHead};

use super::convert;
use super::rules::ground_path;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Sources, Span};
use crate::value::Number;

/// Everything that is found, module by module.
pub(super) fn find(sources: &Sources, modules: &[Ref<Module>]) -> Vec<Diagnostic> {
    let modules: Vec<(SourceId, &Ref<Module>)> = sources.iter().map(|(id, _)| id).zip(modules).collect();
    let mut rules: BTreeMap<Vec<Arc<str>>, BTreeSet<Arc<str>>> = BTreeMap::new();
    for (id, module) in &modules {
        let first =
            |rule: &Ref<Rule>| ground_path(*id, head(rule)).0.into_iter().next().map(|part| part.name);
        rules.entry(package(*id, module)).or_default().extend(module.policy.iter().filter_map(first));
    }
    let mut found = Vec::new();
    for (id, module) in modules {
        let mut known: BTreeSet<Arc<str>> = rules.get(&package(id, module)).cloned().unwrap_or_default();
        known.extend(module.imports.iter().filter_map(|import| imported(id, import)));
        known.extend(["input", "data"].map(Arc::from));
        let mut audit = Audit { source: id, known, found: &mut found, in_print: false };
        for rule in &module.policy {
            audit.rule(rule);
        }
    }
    found
}

fn package(source: SourceId, module: &Module) -> Vec<Arc<str>> {
    ground_path(source, &module.package.refr).0.into_iter().map(|part| part.name).collect()
}

fn head(rule: &Rule) -> &Expr {
    match rule {
        Rule::Default { refr, .. }
        | Rule::Spec {
            head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. },
            ..
        } => refr,
    }
}

/// The name that an import brings in.
fn imported(source: SourceId, import: &regorus::unstable::Import) -> Option<Arc<str>> {
    let alias = import.r#as.as_ref().map(|span| Arc::from(span.text()));
    alias.or_else(|| ground_path(source, &import.refr).0.pop().map(|part| part.name))
}

struct Audit<'a> {
    source: SourceId,
    /// What a variable may be in the module's rules without being bound there.
    known: BTreeSet<Arc<str>>,
    found: &'a mut Vec<Diagnostic>,
    in_print: bool,
}

impl Audit<'_> {
    fn rule(&mut self, rule: &Rule) {
        match rule {
            Rule::Default { value, .. } => self.expr(value),
            Rule::Spec { head, bodies, .. } => {
                let (assign, args): (&Option<RuleAssign>, &[Ref<Expr>]) = match head {
                    RuleHead::Compr { assign, .. } => (assign, &[]),
                    RuleHead::Func { assign, args, .. } => (assign, args),
                    RuleHead::Set { .. } => (&None, &[]),
                };
                if let RuleHead::Set { key: Some(key), .. } = head {
                    self.expr(key);
                }
                self.exprs(args);
                if let Some(assign) = assign {
                    self.expr(&assign.value);
                    if bodies.is_empty() {
                        let mut bound = BTreeSet::new();
                        for argument in args {
                            variables(argument, &mut bound);
                        }
                        self.constant(&assign.value, &bound);
                    }
                }
                for body in bodies {
                    if let Some(assign) = &body.assign {
                        self.expr(&assign.value);
                    }
                    self.query(&body.query);
                }
            }
        }
    }

    /// Looks for variables in a value without a body, which regorus reads only when it evaluates the rule.
    fn constant(&mut self, value: &Expr, bound: &BTreeSet<&str>) {
        match value {
            Expr::Var { span, .. } => {
                let name = span.text();
                if !bound.contains(name) && !self.known.contains(name) {
                    let place = Span::new(self.source, span.start, span.end);
                    let message = format!("var {name} is unsafe");
                    self.found.push(Diagnostic::error(Code::UnsafeVar, message, place));
                }
            }
            Expr::Array { items, .. } | Expr::Set { items, .. } | Expr::Call { params: items, .. } => {
                for item in items {
                    self.constant(item, bound);
                }
            }
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    self.constant(key, bound);
                    self.constant(value, bound);
                }
            }
            Expr::RefDot { refr, .. } => self.constant(refr, bound),
            Expr::ArithExpr { lhs, rhs, .. } | Expr::BinExpr { lhs, rhs, .. } => {
                self.constant(lhs, bound);
                self.constant(rhs, bound);
            }
            // Below brackets and in queries, variables may be bound where they stand.
            Expr::RefBrack { .. }
            | Expr::ArrayCompr { .. }
            | Expr::SetCompr { .. }
            | Expr::ObjectCompr { .. }
            | Expr::UnaryExpr { .. }
            | Expr::BoolExpr { .. }
            | Expr::AssignExpr { .. }
            | Expr::Membership { .. }
            | Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => {}
        }
    }

    fn query(&mut self, query: &Query) {
        for statement in &query.stmts {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &LiteralStmt) {
        for modifier in &statement.with_mods {
            self.expr(&modifier.r#as);
        }
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { key, value, collection, .. } => {
                for expr in key.iter().chain([value, collection]) {
                    self.expr(expr);
                }
            }
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expr(expr),
            Literal::Every { domain, query, .. } => {
                self.expr(domain);
                self.query(query);
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Number { span, value, .. } => self.number(span, value),
            Expr::Var { span, .. } => self.variable(span),
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                self.exprs(items);
            }
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    self.expr(key);
                    self.expr(value);
                }
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.outside_of_print(|audit| {
                    audit.expr(term);
                    audit.query(query);
                });
            }
            Expr::ObjectCompr { key, value, query, .. } => self.outside_of_print(|audit| {
                audit.expr(key);
                audit.expr(value);
                audit.query(query);
            }),
            Expr::Call { fcn, params, .. } => {
                let outer = self.in_print;
                self.in_print |= matches!(&**fcn, Expr::Var { span, .. } if span.text() == "print");
                self.exprs(params);
                self.in_print = outer;
            }
            Expr::UnaryExpr { expr, .. } => self.expr(expr),
            Expr::RefDot { refr, .. } => self.expr(refr),
            Expr::RefBrack { refr, index, .. } => {
                self.expr(refr);
                self.expr(index);
            }
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expr(lhs);
                self.expr(rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                for expr in key.iter().chain([value, collection]) {
                    self.expr(expr);
                }
            }
            Expr::String { .. } | Expr::RawString { .. } | Expr::Bool { .. } | Expr::Null { .. } => {}
        }
    }

    fn exprs(&mut self, exprs: &[Ref<Expr>]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn outside_of_print(&mut self, read: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.in_print, false);
        read(self);
        self.in_print = outer;
    }

    fn number(&mut self, span: &regorus::unstable::Span, value: &regorus::Value) {
        let read = convert::number_from_regorus(value).ok();
        if read.is_none() || read != Number::parse(span.text()) {
            let place = Span::new(self.source, span.start, span.end);
            let message = convert::inexact(span.text());
            self.found.push(Diagnostic::error(Code::Compile, message, place));
        }
    }

    /// OPA takes a wildcard that is only printed for a variable that nothing declares.
    fn variable(&mut self, span: &regorus::unstable::Span) {
        if self.in_print && span.text() == "_" {
            let place = Span::new(self.source, span.start, span.end);
            let diagnostic = Diagnostic::error(Code::Compile, "var _ is undeclared", place);
            self.found
                .push(diagnostic.with_help("bind the value first, as in `some x in xs`, and print that"));
        }
    }
}

/// The variables of an argument, which a call binds.
fn variables<'a>(argument: &'a Expr, bound: &mut BTreeSet<&'a str>) {
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other expression binds the variables in it")]
    match argument {
        Expr::Var { span, .. } => {
            bound.insert(span.text());
        }
        Expr::Array { items, .. } => {
            for item in items {
                variables(item, bound);
            }
        }
        Expr::Object { fields, .. } => {
            for (_, _, value) in fields {
                variables(value, bound);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::{CompileUnit, Engine, Modules};
    use crate::reference::ReferenceEngine;
    use crate::source::{Source, Sources};
    use crate::value::Value;

    /// What is said of a module, and where: the first row is `package a`.
    fn findings(text: &str) -> Vec<String> {
        let mut sources = Sources::new();
        sources.add(Source::new("m.rego", format!("package a\n{text}\n")));
        sources.add(Source::new("n.rego", "package a\nother_file := 1\n"));
        let modules = Modules { sources: &sources, versions: &[] };
        let data = Value::Object([].into_iter().collect());
        let compiled = ReferenceEngine.compile(&CompileUnit { modules, data: &data, renames: &[] });
        compiled.err().into_iter().flatten().map(|found| found.message).collect()
    }

    #[test]
    fn what_opa_refuses_is_found_in_rules_that_nothing_uses() {
        for (text, expected) in [
            ("p := undeclared", "var undeclared is unsafe"),
            ("p := [1, {\"k\": x + 1}]", "var x is unsafe"),
            ("f(x) := x + y", "var y is unsafe"),
            ("p := _", "var _ is unsafe"),
            ("p if print(_)", "var _ is undeclared"),
            ("p if print(1, input.xs[_])", "var _ is undeclared"),
            (
                "p if input.x == 0.10000000000000000001",
                "the reference engine can't hold the number 0.10000000000000000001 exactly",
            ),
            (
                "default p := [3.141592653589793238]",
                "the reference engine can't hold the number 3.141592653589793238 exactly",
            ),
        ] {
            assert_eq!(findings(text), [expected], "{text}");
        }
    }

    #[test]
    fn what_opa_takes_is_taken() {
        for text in [
            "p := q\nq := 1",
            "p := other_file",
            "import data.b.c\nimport data.b.d as e\np := [c, e.x, input.y, data.z]",
            "f(x, [y, {\"k\": z}]) := [x, y, z, upper(x)]",
            "p := input.xs[i]",
            "p := {x | some x in [1, 2]}",
            "p contains x if some x in [1]",
            "p if print({x | x := input.xs[_]}, count([y | y = input.ys[_]]))",
            "p if input.xs[_] == -1.5e3",
            "p := 123456789012345678901234567890 - 0.1",
        ] {
            assert_eq!(findings(text), [""; 0], "{text}");
        }
    }
}
