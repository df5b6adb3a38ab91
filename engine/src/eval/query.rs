//! Queries: what to evaluate, and the answers in the form in which they are shown.

use std::sync::Arc;

use super::engine::Inner;
use super::error::Result;
use super::machine::{Flow, Machine};
use super::observer::Observer;
use crate::compile::types::{self, Assumptions, Capabilities};
use crate::compile::{CompileOptions, QueryContext, compile_query};
use crate::diagnostic::Diagnostic;
use crate::policy::{Expression, ModuleQuery, QueryResult, RegoVersion};
use crate::program::{self, LoweredQuery};
use crate::source::{LineIndex, Source, Sources, Span};
use crate::syntax::tree::Module;
use crate::syntax::{ParseOptions, Parsed, parse, parse_query};
use crate::value::Value;

/// What to evaluate.
#[derive(Debug)]
pub(super) enum Entry {
    /// The document at a path below `data`.
    Path {
        /// The path.
        steps: Vec<Value>,
        /// As it is written.
        text: Arc<str>,
    },
    /// A query in Rego.
    Text(Box<TextQuery>),
}

impl Entry {
    /// The document at a path below `data`.
    pub(super) fn path(steps: Vec<Value>) -> Self {
        let text = path_text(&steps);
        Self::Path { steps, text }
    }
}

/// A query in Rego, lowered.
#[derive(Debug)]
pub(super) struct TextQuery {
    pub(super) query: LoweredQuery,
    /// The query before it was lowered, and the sources with the query as the last.
    pub(super) compiled: crate::compile::Query,
    pub(super) sources: Sources,
    /// The expressions as they were written, and where.
    expressions: Vec<Written>,
}

#[derive(Debug)]
struct Written {
    text: Arc<str>,
    row: usize,
    col: usize,
}

/// Compiles a query in Rego. The spans of its errors lie in a source after the last of the policy, those of the package
/// and the imports in sources after that.
///
/// # Errors
/// What is wrong with it, in OPA's words.
pub(super) fn prepare_text(policy: &Inner, query: &ModuleQuery) -> Result<TextQuery, Vec<Diagnostic>> {
    let text = &*query.text;
    let mut sources = policy.sources.clone();
    let id = sources.add(Source::new("", text));
    let options = ParseOptions::new(query.version);
    let context = context(query, &mut sources)?;
    let body = parse_query(id, text, &options)?;
    let index = LineIndex::new(text);
    let expressions = body.literals.iter().map(|literal| {
        let position = index.position(literal.span.start);
        let (start, end) = (literal.span.start as usize, literal.span.end as usize);
        Written {
            text: text.get(start..end).unwrap_or_default().into(),
            row: position.row,
            col: position.col,
        }
    });
    let expressions = expressions.collect();
    let compiled = policy.compiled();
    let options = CompileOptions::default();
    let query = compile_query(compiled, body, &context, &sources, &options)?;
    let assumptions = Assumptions { capabilities: &Capabilities::current(), schemas: None };
    let errors = types::query_errors(compiled, &query, &sources, assumptions);
    if !errors.is_empty() {
        return Err(errors);
    }
    let lowered = program::lower_query(compiled, &policy.program, &query)?;
    Ok(TextQuery { query: lowered, compiled: query, sources, expressions })
}

/// What the names in a query mean.
fn context(query: &ModuleQuery, sources: &mut Sources) -> Result<QueryContext, Vec<Diagnostic>> {
    let mut context = QueryContext { capture_values: true, ..QueryContext::default() };
    if let Some(package) = &query.package {
        let module = header(sources, "", &format!("package {package}"), query.version)?;
        context.package = module.package;
    }
    for import in &query.imports {
        let module = header(sources, "package query\n", &format!("import {import}"), query.version)?;
        context.imports.extend(module.imports);
    }
    Ok(context)
}

/// Reads the first lines of a module. Errors are told as if `before` weren't there.
fn header(
    sources: &mut Sources,
    before: &str,
    text: &str,
    version: RegoVersion,
) -> Result<Module, Vec<Diagnostic>> {
    let id = sources.add(Source::new("", text));
    let Parsed { module, mut diagnostics, .. } =
        parse(id, &format!("{before}{text}"), &ParseOptions::new(version));
    if diagnostics.is_empty() {
        return Ok(module);
    }
    let shift = u32::try_from(before.len()).unwrap_or_default();
    for span in diagnostics.iter_mut().filter_map(|diagnostic| diagnostic.span.as_mut()) {
        *span = Span::new(span.source, span.start.saturating_sub(shift), span.end.saturating_sub(shift));
    }
    Err(diagnostics)
}

impl<'a, O: Observer> Machine<'a, O> {
    /// The answers of a query; none if it is undefined.
    pub(super) fn answer(&mut self, entry: &'a Entry) -> Result<Vec<QueryResult>> {
        match entry {
            Entry::Path { steps, text } => {
                let Some(value) = self.document_at(steps)? else { return Ok(Vec::new()) };
                let expression = Expression { value, text: Arc::clone(text), row: 1, col: 1 };
                Ok(vec![QueryResult { expressions: vec![expression], bindings: Vec::new() }])
            }
            Entry::Text(text) => self.answer_text(text),
        }
    }

    fn answer_text(&mut self, text: &'a TextQuery) -> Result<Vec<QueryResult>> {
        let mut results = Vec::new();
        let outer = self.frames.open(text.query.slots.len());
        let body = &text.query.body;
        self.observer.enter_body(body);
        self.run(&body.literals, &mut |machine| {
            machine.observer.exit_body(body);
            results.push(machine.result_row(text));
            Ok(Flow::More)
        })?;
        self.observer.leave_body(body);
        self.frames.close(outer);
        Ok(results)
    }

    /// The values of the query's expressions and variables, as they are bound now.
    fn result_row(&self, text: &TextQuery) -> QueryResult {
        let value = |slot| self.local(slot).map(|value| value.as_ref().clone());
        let expressions = text.expressions.iter().enumerate().map(|(index, written)| {
            let captured = text.query.captures.iter().find(|(literal, _)| *literal == index);
            Expression {
                value: captured.and_then(|(_, slot)| value(*slot)).unwrap_or(Value::Bool(true)),
                text: Arc::clone(&written.text),
                row: written.row,
                col: written.col,
            }
        });
        let bindings = text.query.bindings.iter();
        let bindings = bindings.filter_map(|(name, slot)| Some((Arc::from(name.as_str()), value(*slot)?)));
        QueryResult { expressions: expressions.collect(), bindings: bindings.collect() }
    }
}

fn path_text(path: &[Value]) -> Arc<str> {
    let names = path.iter().filter_map(Value::as_str);
    crate::policy::ref_text::ref_text(std::iter::once("data").chain(names)).into()
}
