//! Checks and reorders the bodies of rules and queries.

use super::{messages, reorder};
use crate::compile::UndefinedCalls;
use crate::compile::assemble::parameter_vars;
use crate::compile::functions::Functions;
use crate::compile::state::State;
use crate::compile::vars;
use crate::compile::written::WrittenNames;
use crate::diagnostic::Diagnostic;
use crate::syntax::tree::Body;

/// Reorders all bodies and reports the variables that get no value.
pub(in crate::compile) fn run(state: &mut State<'_>) {
    if state.options.undefined_calls == UndefinedCalls::Allow {
        return;
    }
    let mut scopes = messages::RuleScopes::new();
    for id in state.sequence() {
        let functions = Functions { builtins: state.builtins, tree: &state.tree };
        let Some(rule) = state.rules.get_mut(id.index()) else { continue };
        let mut safe = vars::reserved();
        safe.extend(parameter_vars(&rule.head.args));
        let found = reorder::reorder(&mut rule.body, functions, &safe);
        if found.is_empty() {
            continue;
        }
        let scope = scopes.of(state, id);
        for error in messages::unsafe_vars(&found, &state.rewritten, &scope) {
            state.report.fatal(error);
        }
    }
}

/// Reorders a query, or says which variables get no value.
pub(in crate::compile) fn check_query(
    body: &mut Body,
    functions: Functions<'_>,
    rewritten: &WrittenNames,
) -> Vec<Diagnostic> {
    let found = reorder::reorder(body, functions, &vars::reserved());
    messages::unsafe_vars(&found, rewritten, "")
}

#[cfg(test)]
mod tests {
    use super::check_query;
    use crate::compile::assemble;
    use crate::compile::builtins::CurrentBuiltins;
    use crate::compile::functions::Functions;
    use crate::compile::locals::Locals;
    use crate::compile::tree::RuleTree;
    use crate::compile::written::WrittenNames;
    use crate::source::SourceId;
    use crate::syntax::{ParseOptions, parse_query, printer};

    /// Reorders a query whose calls have no calls as arguments; answers the literals or the errors.
    fn reordered(query: &str) -> Result<String, Vec<String>> {
        let mut body = parse_query(SourceId::default(), query, &ParseOptions::default()).unwrap();
        assemble::number_query(&mut body, &mut Locals::for_query());
        let tree = RuleTree::default();
        let functions = Functions { builtins: &CurrentBuiltins, tree: &tree };
        let errors = check_query(&mut body, functions, &WrittenNames::default());
        if errors.is_empty() {
            Ok(printer::body(&body))
        } else {
            Err(errors.into_iter().map(|error| error.message).collect())
        }
    }

    #[track_caller]
    fn check(query: &str, expected: &str) {
        assert_eq!(reordered(query), Ok(expected.to_owned()), "{query}");
    }

    #[track_caller]
    fn refuse(query: &str, expected: &[&str]) {
        let expected = expected.iter().map(ToString::to_string).collect();
        assert_eq!(reordered(query), Err(expected), "{query}");
    }

    #[test]
    fn literals_keep_their_order_where_they_can() {
        check("x = 1; y = 2; x > y", "x = 1; y = 2; x > y");
        check("x > y; y = 2; x = 1", "y = 2; x = 1; x > y");
        check("x > 1; y > 1; y = 2; x = 1", "y = 2; x = 1; x > 1; y > 1");
    }

    #[test]
    fn outputs_of_calls_and_references_give_values() {
        check("y > 1; count(x, y); x = input.a", "x = input.a; count(x, y); y > 1");
        check("not x; input.a[x]", "input.a[x]; not x");
        check("f = x; input.a[x]", "input.a[x]; f = x");
        refuse("count(x, y); y > 1", &["var x is unsafe", "var y is unsafe"]);
        refuse("not input.a[x]", &["var x is unsafe"]);
    }

    #[test]
    fn equalities_give_values_in_both_directions_and_in_chains() {
        check("a = b; b = c; c = 1", "c = 1; b = c; a = b");
        check("[x, y] = [1, x]", "[x, y] = [1, x]");
        refuse("a = b; b = c", &["var a is unsafe", "var b is unsafe", "var c is unsafe"]);
        refuse("{x} = {1}", &["var x is unsafe"]);
        refuse("x + 1 == y; x = 1", &["var y is unsafe"]);
    }

    #[test]
    fn bodies_inside_wait_for_the_variables_around_them() {
        check("xs = [y | y = x]; x = 1", "x = 1; xs = [y | y = x]");
        check("every y in xs { y > x }; xs = [1]; x = 0", "xs = [1]; x = 0; every y in xs {\n\ty > x\n}");
        check("xs = [y | y > 1; y = x[_]]; x = [2]", "x = [2]; xs = [y | y = x[$0]; y > 1]");
        refuse("[y | y = z]", &["var y is unsafe", "var z is unsafe"]);
    }

    #[test]
    fn modifiers_need_their_values_first() {
        check("data.a with input as x; x = 1", "x = 1; data.a with input as x");
        check("y = data.a with input as x; x = 1; y > 1", "x = 1; y = data.a with input as x; y > 1");
        refuse("data.a with input as x", &["var x is unsafe"]);
    }

    #[test]
    fn a_literal_that_took_the_place_of_its_copy_is_lost_as_in_opa() {
        refuse("[x, y] = [a, b]; b = a; a = input.a; b = a", &["var a is unsafe", "var b is unsafe"]);
        check("a = 1; a = 1", "a = 1; a = 1");
    }
}
