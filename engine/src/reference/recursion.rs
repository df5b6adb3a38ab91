//! Finds functions that call themselves, which OPA refuses and which would end the process in regorus.
//!
//! regorus finds cycles that pass through a rule by itself, so only calls are followed here. `with f as g` counts as a
//! call of g by f: it can close a cycle while the query runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regorus::unstable::{Expr, Literal, LiteralStmt, Module, Query, Ref, Rule, RuleAssign, RuleHead};

use super::rules::ground_path;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Sources, Span};

/// One error for each function that can reach itself.
pub(super) fn find(sources: &Sources, modules: &[Ref<Module>]) -> Vec<Diagnostic> {
    let mut graph = Graph::default();
    for ((id, _), module) in sources.iter().zip(modules) {
        let mut reader = ModuleReader::new(id, module, &mut graph);
        for rule in &module.policy {
            reader.rule(rule);
        }
    }
    graph.cycles()
}

/// A function's full path, as `data.authz.f`.
type FunctionPath = Arc<str>;

#[derive(Default)]
struct Graph {
    calls: BTreeMap<FunctionPath, BTreeSet<FunctionPath>>,
    spans: BTreeMap<FunctionPath, Span>,
}

impl Graph {
    fn cycles(&self) -> Vec<Diagnostic> {
        let on_cycle = |start: &FunctionPath| self.path_back_to(start).map(|path| (Arc::clone(start), path));
        self.spans.keys().filter_map(on_cycle).map(|(start, path)| self.diagnostic(&start, &path)).collect()
    }

    /// The functions on a shortest way from `start` to itself, without the first.
    fn path_back_to(&self, start: &FunctionPath) -> Option<Vec<FunctionPath>> {
        let mut came_from: BTreeMap<&FunctionPath, &FunctionPath> = BTreeMap::new();
        let mut frontier = vec![start];
        while !frontier.is_empty() {
            let mut next = Vec::new();
            for caller in frontier {
                for callee in self.calls.get(caller).into_iter().flatten() {
                    if callee == start {
                        let mut path = vec![Arc::clone(start)];
                        let mut at = caller;
                        while at != start {
                            path.push(Arc::clone(at));
                            at = came_from.get(at)?;
                        }
                        path.reverse();
                        return Some(path);
                    }
                    if !came_from.contains_key(callee) {
                        came_from.insert(callee, caller);
                        next.push(callee);
                    }
                }
            }
            frontier = next;
        }
        None
    }

    fn diagnostic(&self, start: &FunctionPath, path: &[FunctionPath]) -> Diagnostic {
        let steps: Vec<&str> = std::iter::once(&**start).chain(path.iter().map(|step| &**step)).collect();
        let message = format!("rule {start} is recursive: {}", steps.join(" -> "));
        Diagnostic::error(Code::Recursion, message, self.spans.get(start).copied()).with_help(
            "Rego has no recursion: walk() visits nested documents, and graph.reachable follows edges",
        )
    }
}

/// Collects the calls of one module.
struct ModuleReader<'a> {
    source: SourceId,
    package: String,
    imports: BTreeMap<String, String>,
    graph: &'a mut Graph,
    /// The function whose body is being read.
    caller: Option<FunctionPath>,
}

impl<'a> ModuleReader<'a> {
    fn new(source: SourceId, module: &Module, graph: &'a mut Graph) -> Self {
        let path = |expr: &Expr| -> Vec<String> {
            ground_path(source, expr).0.into_iter().map(|part| part.name.to_string()).collect()
        };
        let package = format!("data.{}", path(&module.package.refr).join("."));
        let import = |import: &regorus::unstable::Import| {
            let full = path(&import.refr);
            let alias = import.r#as.as_ref().map(|span| span.text().to_owned());
            Some((alias.or_else(|| full.last().cloned())?, full.join(".")))
        };
        let imports = module.imports.iter().filter_map(import).collect();
        Self { source, package, imports, graph, caller: None }
    }

    fn rule(&mut self, rule: &Rule) {
        let Rule::Spec { head, bodies, .. } = rule else { return };
        let assign = match head {
            RuleHead::Func { refr, assign, .. } => {
                let own = format!("{}.{}", self.package, dotted(self.source, refr));
                let path: FunctionPath = own.into();
                let (start, end) = (refr.span().start, refr.span().end);
                self.graph.spans.entry(Arc::clone(&path)).or_insert(Span::new(self.source, start, end));
                self.caller = Some(path);
                assign
            }
            RuleHead::Compr { assign, .. } => assign,
            RuleHead::Set { .. } => &None,
        };
        self.assign(assign.as_ref());
        for body in bodies {
            self.assign(body.assign.as_ref());
            self.query(&body.query);
        }
        self.caller = None;
    }

    fn assign(&mut self, assign: Option<&RuleAssign>) {
        if let Some(assign) = assign {
            self.expr(&assign.value);
        }
    }

    fn query(&mut self, query: &Query) {
        for statement in &query.stmts {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &LiteralStmt) {
        for modifier in &statement.with_mods {
            self.replacement(&modifier.refr, &modifier.r#as);
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
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. }
            | Expr::Var { .. } => {}
            Expr::Array { items, .. } | Expr::Set { items, .. } => self.exprs(items),
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    self.expr(key);
                    self.expr(value);
                }
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expr(term);
                self.query(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expr(key);
                self.expr(value);
                self.query(query);
            }
            Expr::Call { fcn, params, .. } => {
                self.call(fcn);
                self.exprs(params);
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
        }
    }

    fn exprs(&mut self, exprs: &[Ref<Expr>]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn call(&mut self, function: &Expr) {
        if let Some(caller) = self.caller.clone() {
            let callee = self.resolve(function);
            self.graph.calls.entry(caller).or_default().insert(callee);
        }
    }

    fn replacement(&mut self, replaced: &Expr, by: &Expr) {
        let edge = (self.resolve(replaced), self.resolve(by));
        self.graph.calls.entry(edge.0).or_default().insert(edge.1);
    }

    fn resolve(&self, function: &Expr) -> FunctionPath {
        let dotted = dotted(self.source, function);
        let (first, rest) =
            dotted.split_once('.').map_or((&*dotted, None), |(first, rest)| (first, Some(rest)));
        let base = match self.imports.get(first) {
            _ if first == "data" => "data".to_owned(),
            Some(import) => import.clone(),
            None => format!("{}.{first}", self.package),
        };
        rest.map_or(base.clone(), |rest| format!("{base}.{rest}")).into()
    }
}

fn dotted(source: SourceId, refr: &Expr) -> String {
    let path: Vec<String> = ground_path(source, refr).0.iter().map(|part| part.name.to_string()).collect();
    path.join(".")
}
