//! What modules require of the OPA that runs them: functions, keywords and features. OPA's stage
//! `BuildRequiredCapabilities`.

use std::collections::BTreeSet;

use super::Compiled;
use super::builtins::{self, Builtins};
use super::contents;
use super::locals;
use super::rule::Module;
use super::walk::{self, Flow, Node};
use crate::syntax::tree::{Body, ComprehensionHead, Import, Term, TermKind};
use crate::syntax::{Keywords, RegoVersion};

/// What modules require.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Required {
    /// The names of built-in functions.
    pub builtins: BTreeSet<String>,
    /// Keywords that are imported from `future.keywords`.
    pub future_keywords: BTreeSet<&'static str>,
    /// Features, such as `rego_v1`.
    pub features: BTreeSet<&'static str>,
}

/// What compiled modules require, as OPA counts it: calls that stand in bodies of rules and of comprehensions, but not those
/// in other bodies within them; calls that were replaced by others; and what the imports and heads of rules take.
pub fn required(compiled: &Compiled, builtins: &dyn Builtins) -> Required {
    let mut calls = Calls { builtins, found: BTreeSet::new() };
    for rule in &compiled.rules {
        calls.body(&rule.body);
    }
    let mut required = Required { builtins: calls.found, ..Required::default() };
    required.builtins.extend(compiled.replaced.iter().map(|name| (*name).to_owned()));
    for module in &compiled.modules {
        for import in &module.imports {
            required.add_import(import, module.version);
        }
        required.add_version(module, compiled);
    }
    if required.builtins.contains(contents::TEMPLATE) {
        required.features.insert("template_strings");
    }
    required
}

impl Required {
    fn add_import(&mut self, import: &Import, version: RegoVersion) {
        let Some(path) = import.path.names() else { return };
        let path: Vec<&str> = path.into_iter().map(|name| &**name).collect();
        match path.as_slice() {
            ["rego", "v1"] if version < RegoVersion::V1 => {
                self.features.insert("rego_v1_import");
            }
            ["rego", "v2"] if version < RegoVersion::V2 => {
                self.features.insert("rego_v2_import");
            }
            ["future", "keywords"] => self.future_keywords.extend(importable(version).names()),
            ["future", "keywords", name, ..] => {
                self.future_keywords.extend(importable(version).names().filter(|known| known == name));
            }
            _ => {}
        }
    }

    fn add_version(&mut self, module: &Module, compiled: &Compiled) {
        match module.version {
            RegoVersion::V2 => {
                self.features.insert("rego_v2");
            }
            RegoVersion::V1 => {
                self.features.insert("rego_v1");
            }
            RegoVersion::V0 | RegoVersion::V0V1 => {
                for rule in module.rules.iter().filter_map(|id| compiled.rule(*id)) {
                    let steps = &rule.head.reference.operands;
                    if steps.len() >= 2 {
                        let is_constant = steps.iter().all(walk::is_scalar);
                        let feature =
                            if is_constant { "rule_head_ref_string_prefixes" } else { "rule_head_refs" };
                        self.features.insert(feature);
                    }
                }
            }
        }
    }
}

/// The keywords that modules of a version can import.
fn importable(version: RegoVersion) -> Keywords {
    match version {
        RegoVersion::V0 | RegoVersion::V0V1 => Keywords::ALL,
        RegoVersion::V1 => Keywords::V2,
        RegoVersion::V2 => Keywords::NONE,
    }
}

struct Calls<'a> {
    builtins: &'a dyn Builtins,
    found: BTreeSet<String>,
}

impl Calls<'_> {
    fn body(&mut self, body: &Body) {
        for literal in &body.literals {
            if let Some(call) = locals::call_of(literal)
                && builtins::of_operator(self.builtins, &call.operator).is_some()
            {
                self.found.extend(builtins::dotted(&call.operator));
            }
            walk::literal(literal, &mut |node| self.closure(node));
        }
    }

    fn closure(&mut self, node: Node<'_>) -> Flow {
        let Node::Term(Term { kind: TermKind::Comprehension(comprehension), .. }) = node else {
            return Flow::Descend;
        };
        let heads = match &comprehension.head {
            ComprehensionHead::Array(head) | ComprehensionHead::Set(head) => [Some(head), None],
            ComprehensionHead::Object(key, value) => [Some(key), Some(value)],
        };
        for head in heads.into_iter().flatten() {
            walk::term(head, &mut |node| self.closure(node));
        }
        self.body(&comprehension.body);
        Flow::Skip
    }
}
