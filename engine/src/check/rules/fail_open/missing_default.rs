//! Rule `missing-default`: a decision that is undefined instead of no.

use crate::check::body::is_truth;
use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::Subject;
use crate::check::support::with_branches;
use crate::compile::tree::NodeId;
use crate::compile::{Rule, RuleId};

rule! {
    /// ## What it does
    ///
    /// Finds decisions that have conditions and no `default`. A decision is a rule called `allow`, `authorized` or the like.
    ///
    /// ## Why is this bad?
    ///
    /// Without a default the decision is undefined when no condition holds, and each caller has to know what that
    /// means. OPA's REST API answers with a document without a `result`, `opa eval` with an empty one, and `not allow`
    /// in another policy is true. Sooner or later some caller takes "no answer" for "no objection".
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// allow if input.user.role == "admin"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if input.user.role == "admin"
    /// ```
    ///
    /// ## Limits
    ///
    /// Functions, sets (`allow contains ...`), documents with variables in their paths and rules of tests need no
    /// default. Nor does a decision that has a rule or a last `else` without a condition. The default may be in another
    /// module of the package, as long as that is checked too.
    MISSING_DEFAULT {
        id: "missing-default",
        category: FailOpen,
        level: Warn,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let compiled = subject.compiled;
    compiled.tree.depth_first(NodeId::ROOT, &mut |_, node| {
        let rules = with_branches(compiled, &node.rules);
        let rules: Vec<&Rule> = rules.iter().filter_map(|id: &RuleId| compiled.rule(*id)).collect();
        let Some(first) = rules.first() else { return false };
        let Some(name) = Subject::name(first).filter(|name| subject.is_decision_name(name)) else {
            return false;
        };
        let needs_none = |rule: &&Rule| {
            rule.default
                || !rule.head.args.is_empty()
                || rule.head.is_multi_value()
                || !rule.head.reference.is_ground()
                || is_unconditional(rule)
                || subject.is_test(rule)
        };
        if !rules.iter().any(needs_none) {
            let help = format!("add `default {name} := false`");
            findings.add(
                first.head.span,
                format!("`{name}` is undefined when none of its rules applies"),
                help,
            );
        }
        false
    });
}

/// Whether a rule has no body: what computes the value of its head doesn't count.
fn is_unconditional(rule: &Rule) -> bool {
    let head = rule.head.span;
    let mut literals = rule.body.literals.iter();
    literals
        .all(|literal| is_truth(literal) || head.start <= literal.span.start && literal.span.end <= head.end)
}
