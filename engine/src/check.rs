//! The linter: finds what a policy should not do although it compiles, above all to allow when something is missing.
//!
//! Rules are data: a name that never changes, a level, a page and a function. Findings are data too: diagnostics
//! with [`Code::Rule`].

mod body;
mod collections;
mod page;
mod paths;
mod registry;
mod rule;
mod rules;
pub mod settings;
mod subject;
mod support;
mod suppression;

pub use page::rule_index;
pub use registry::{RULES, rule, unknown_rule_help};
pub use rule::{Category, Level, Rule};
pub use settings::Settings;

use crate::compile::{self, CompileOptions};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::policy::CompileUnit;
use crate::source::{Source, SourceId, Span};
use rule::{Check, Finding, Findings};
use subject::Subject;

/// What to look for, and where not.
#[derive(Clone, Copy)]
pub struct Lint<'a> {
    /// How bad findings are, and which rules are decisions.
    pub settings: &'a Settings,
    /// Whether findings of a rule are unwanted in a source.
    pub is_excluded: &'a dyn Fn(SourceId, &Rule) -> bool,
}

impl std::fmt::Debug for Lint<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Lint").field("settings", self.settings).finish_non_exhaustive()
    }
}

/// What rules find in modules that [`check`](crate::frontend::check) takes, by source, then by place.
///
/// Modules that can't be compiled have no findings: their errors come first.
pub fn lint(unit: &CompileUnit<'_>, lint: Lint<'_>) -> Vec<Diagnostic> {
    let sources = unit.modules.sources();
    let modules = unit.modules.trees();
    let threads = unit.modules.threads();
    let options = CompileOptions { threads, ..CompileOptions::default() };
    let compiled = compile::compile(modules.to_vec(), sources, &options);
    if !compiled.is_ok() {
        return Vec::new();
    }
    let wanted = |source: SourceId, rule: &Rule| {
        lint.settings.level(rule) != Level::Off && !(lint.is_excluded)(source, rule)
    };
    let subject = Subject::new(modules, &compiled, unit.data, &lint.settings.decisions);
    let run = |check: &dyn Fn(&Check, &mut Findings)| {
        let mut found = Vec::new();
        for rule in RULES {
            let severity = match lint.settings.level(rule) {
                Level::Off => continue,
                Level::Warn => Severity::Warning,
                Level::Error => Severity::Error,
            };
            let mut findings = Findings::default();
            check(&rule.check, &mut findings);
            for Finding { span, message, help } in findings.list {
                if wanted(span.source, rule) {
                    let (code, help) = (Code::Rule(rule.id), Some(help));
                    found.push(Diagnostic { code, severity, message, span: Some(span), help, details: None });
                }
            }
        }
        found
    };
    let findings = run(&|check, findings| {
        if let Check::Policy(check) = check {
            check(&subject, findings);
        }
    });
    let mut suppressions = suppression::read(modules, sources, &wanted);
    let mut findings = suppression::apply(findings, &mut suppressions, sources);
    findings.extend(run(&|check, findings| {
        if let Check::Suppressions(check) = check {
            check(&suppressions, findings);
        }
    }));
    let name = |span: Option<Span>| span.and_then(|span| sources.get(span.source)).map(Source::name);
    findings.sort_by(|left, right| {
        let place = |finding: &Diagnostic| (finding.span, finding.code);
        name(left.span).cmp(&name(right.span)).then_with(|| place(left).cmp(&place(right)))
    });
    findings.dedup();
    findings
}
