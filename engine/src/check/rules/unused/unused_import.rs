//! Rule `unused-import`: an import that nothing in its module needs.

use std::collections::BTreeSet;

use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::Subject;
use crate::compile::walk::{self, Flow, Node};
use crate::syntax::display;
use crate::syntax::tree::{HeadValue, Import, Module, Name, Rule};

rule! {
    /// ## What it does
    ///
    /// Finds imports whose name is not used in the module.
    ///
    /// ## Why is this bad?
    ///
    /// Readers take the import for a dependency. Often the name that was meant is misspelt somewhere, or the check
    /// that used it is gone.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// import data.banned
    ///
    /// default allow := false
    ///
    /// allow if input.user == "alice"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if input.user == "alice"
    /// ```
    ///
    /// ## Limits
    ///
    /// `import rego.v1` and imports of `future` are about the language and never reported. A name that is used for a
    /// local variable too counts as used. `portcullis check --strict` makes unused imports errors, as `opa check --strict` does.
    UNUSED_IMPORT {
        id: "unused-import",
        category: Unused,
        level: Warn,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for module in subject.modules {
        let imports: Vec<&Import> = module.imports.iter().filter(|import| is_of_document(import)).collect();
        if imports.is_empty() {
            continue;
        }
        let used = names(module);
        for import in imports {
            let Some(name) = import.name().filter(|name| !used.contains(*name)) else { continue };
            let path = display::reference(&import.path);
            let message = if import.alias.is_some() {
                format!("`{path}` is imported as `{name}` and not used")
            } else {
                format!("`{path}` is imported and not used")
            };
            findings.add(import.span, message, "remove the import");
        }
    }
}

fn is_of_document(import: &Import) -> bool {
    import.path.head.as_var().is_some_and(|root| root.name == "data" || root.name == "input")
}

/// The variables of all rules of a module.
fn names(module: &Module) -> BTreeSet<&Name> {
    let mut found = BTreeSet::new();
    for rule in &module.rules {
        add_names(rule, &mut found);
    }
    found
}

fn add_names<'a>(rule: &'a Rule, found: &mut BTreeSet<&'a Name>) {
    let mut note = |node: Node<'a>| {
        if let Node::Var(var) = node {
            found.insert(&var.name);
        }
        Flow::Descend
    };
    let value = match &rule.head.value {
        HeadValue::True => None,
        HeadValue::Term(term) | HeadValue::Element(term) => Some(term),
    };
    let branches = rule.branches.iter().filter_map(|branch| branch.value.as_ref());
    let terms = rule.head.args.iter().chain(&rule.head.reference.operands).chain(value).chain(branches);
    for term in terms {
        walk::term(term, &mut note);
    }
    let bodies = rule.branches.iter().filter_map(|branch| branch.body.as_ref());
    for body in rule.body.iter().chain(bodies) {
        walk::body(body, &mut note);
    }
}
