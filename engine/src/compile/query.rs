//! Compiles a query against compiled modules. OPA's query compiler.

use super::written::WrittenNames;

use super::capture::{self, Capture};
use super::functions::Functions;
use super::locals::Locals;
use super::walk::{self, Flow, Node};
use super::{
    CompileOptions, Compiled, assemble, declare, deprecated, dynamics, expand, extract, imports, print,
    report, resolve, safety, templates, undefined, with,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Sources;
use crate::syntax::tree::{Body, Import, Package};

/// Where a query is asked: names in it mean what they mean in such a module.
#[derive(Debug, Clone, Default)]
pub struct QueryContext {
    /// The package whose rules can be named without `data`.
    pub package: Option<Package>,
    /// Imports.
    pub imports: Vec<Import>,
    /// Whether the values of expressions are wanted, as `opa eval` shows them.
    pub capture_values: bool,
}

/// A query in the form that rules' bodies have after compilation.
#[derive(Debug, Clone)]
pub struct Query {
    /// The literals, in the order to evaluate them.
    pub body: Body,
    /// Which written variable each generated one stands for.
    pub written: WrittenNames,
    /// The variables that have the values of expressions, if these are wanted.
    pub captures: Vec<Capture>,
}

/// Compiles a query.
///
/// # Errors
///
/// Those of the first stage that finds any, in OPA's words and order; never empty.
pub fn compile_query(
    compiled: &Compiled,
    query: Body,
    context: &QueryContext,
    sources: &Sources,
    options: &CompileOptions<'_>,
) -> Result<Query, Vec<Diagnostic>> {
    compile(compiled, query, context, options).map_err(|mut errors| {
        let limit = options.max_errors.unwrap_or(usize::MAX);
        let limited = errors.len() > limit;
        errors.truncate(limit);
        report::sort(&mut errors, sources);
        if limited {
            errors.push(Diagnostic::error(Code::Compile, "error limit reached", None));
        }
        errors
    })
}

fn compile(
    compiled: &Compiled,
    mut body: Body,
    context: &QueryContext,
    options: &CompileOptions<'_>,
) -> Result<Query, Vec<Diagnostic>> {
    let functions = Functions { builtins: options.builtins, tree: &compiled.tree };
    let rules = &compiled.rules;
    let mut locals = Locals::for_query();
    walk::body(&body, &mut |node| {
        if let Node::Var(var) = node {
            locals.avoid(&var.name);
        }
        Flow::Descend
    });
    assemble::number_query(&mut body, &mut locals);
    if options.strict {
        none(imports::query_overrides(&body))?;
    }
    let package = context.package.as_ref();
    resolve::resolve_query(package, &compiled.tree, &context.imports, &mut body);
    let captures = if context.capture_values { capture::values(&mut body, functions) } else { Vec::new() };
    let (mut written, errors) = declare::query(&mut locals, &mut body, options.strict);
    none(errors)?;
    none(templates::query(&mut body, functions, rules, &mut locals, &written))?;
    none(print::void_calls(&body, functions))?;
    none(print::query(&mut body, options.keep_print, functions, &mut locals, &written))?;
    expand::expand_body(&mut locals, &mut body);
    written.add_heads(std::mem::take(&mut locals.heads));
    extract::comprehension_heads_of(&mut locals, &mut body);
    none(with::query(&mut body, functions, &mut locals))?;
    none(undefined::query(&body, functions, &written))?;
    none(safety::check_query(&mut body, functions, &written))?;
    dynamics::rewrite(&mut locals, &mut body);
    if options.strict {
        none(deprecated::query(&body, functions))?;
    }
    Ok(Query { body, written, captures })
}

fn none(errors: Vec<Diagnostic>) -> Result<(), Vec<Diagnostic>> {
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
