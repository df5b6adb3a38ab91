//! Asks packs about documents, and finds the places of what they answer.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use portcullis::diagnostic::Severity;
use portcullis::document::{Node, NodeKind, Step};
use portcullis::policy::{Limits, Outcome, Override, Policy, Prepared, Query, Request};
use portcullis::source::Span;
use portcullis::validate::{
    self, InputShape, Instance, RuleClass, Violation, ViolationKind, exempt_name, pointer, shown,
};
use portcullis::value::{Array, Object, Value};

use super::Args;
use super::files::{Document, Files};
use super::pack::{Group, Pack};
use crate::engine::BuiltinErrors;
use crate::policy_set::Failure;
use crate::refusal::Refusal;
use crate::report::validate::{Check, Finding, RuleText, Told};

/// Asks all packs about all documents that they are to be asked about. What `print` writes goes to `notes`.
///
/// # Errors
/// Packs that don't compile. What can't be answered is kept as a problem.
pub(super) fn ask(
    args: &Args,
    groups: &[Group],
    files: Files,
    notes: &mut Vec<String>,
) -> Result<Told, Failure> {
    let Files { sources, documents, count, problems } = files;
    let mut told = Told { sources, files: count, documents: documents.len(), problems, ..Told::default() };
    for (rule, title) in OWN_RULES {
        told.rules.insert(rule.to_owned(), RuleText { title: title.to_owned(), severity: None });
    }
    let instances: Vec<Instance> = documents.iter().map(|document| Instance::new(&document.node)).collect();
    // By document, then by pack.
    let mut checks: Vec<Vec<Check>> = documents.iter().map(|_| Vec::new()).collect();
    // Documents that a pack should have been asked about, and could not.
    let mut failed: BTreeSet<usize> = BTreeSet::new();
    let built = args.engine.build(BuiltinErrors::Undefined);
    for group in groups {
        let mut policy: Option<Arc<dyn Policy>> = None;
        for pack in &group.packs {
            let fits = |instance: &&Instance| is_asked(pack, instance);
            let asked: Vec<usize> =
                instances.iter().enumerate().filter(|(_, one)| fits(one)).map(|(index, _)| index).collect();
            if asked.is_empty() {
                continue;
            }
            let policy = match &policy {
                Some(policy) => policy,
                None => policy.insert(group.policies.compile(&*built.engine, &[])?),
            };
            told.rules.extend(pack.texts.clone());
            let mut asking =
                Asking { args, pack, policy: &**policy, documents: &documents, notes, found: Vec::new() };
            if let Err(problem) = asking.all(&asked) {
                told.problems.extend(Some(problem));
                failed.extend(asked);
                continue;
            }
            let mut found = asking.found;
            for index in asked {
                let (Some(document), Some(instance)) = (documents.get(index), instances.get(index)) else {
                    continue;
                };
                let mut check = Check {
                    document: document.name.clone(),
                    pack: Some(Arc::clone(&pack.name)),
                    findings: of_schemas(pack, document, instance),
                    exempt: 0,
                };
                for (_, answer) in found.extract_if(.., |(at, _)| *at == index) {
                    match answer {
                        Answer::Finding(finding) => check.findings.push(finding),
                        Answer::Exempt => check.exempt += 1,
                    }
                }
                order(&mut check.findings);
                if let Some(checks) = checks.get_mut(index) {
                    checks.push(check);
                }
            }
        }
    }
    for (index, (document, mut checks)) in documents.iter().zip(checks).enumerate() {
        let repeated: Vec<Finding> =
            document.repeated.iter().take(MOST_REPEATED).map(|span| twice(&told, *span)).collect();
        if checks.is_empty() && failed.contains(&index) && repeated.is_empty() {
            continue;
        }
        if checks.is_empty() {
            checks.push(Check { document: document.name.clone(), pack: None, findings: repeated, exempt: 0 });
        } else if let Some(first) = checks.first_mut() {
            first.findings.extend(repeated);
            order(&mut first.findings);
        }
        told.checks.extend(checks);
    }
    Ok(told)
}

/// Whether a pack is asked about a document.
fn is_asked(pack: &Pack, instance: &Instance) -> bool {
    !pack.detects
        || pack.kinds.iter().any(|kind| kind.detect.as_ref().is_none_or(|detect| detect.fits(instance)))
        || pack.kinds.is_empty()
}

/// What the schemas of a pack find in a document that they are for.
fn of_schemas(pack: &Pack, document: &Document, instance: &Instance) -> Vec<Finding> {
    let mut findings = Vec::new();
    for kind in &pack.kinds {
        let is_for = kind.detect.as_ref().is_none_or(|detect| detect.fits(instance));
        if let Some(schema) = kind.schema.as_ref().filter(|_| is_for) {
            let violations = schema.violations(instance);
            findings.extend(violations.into_iter().map(|one| of_violation(one, &kind.title, document)));
        }
    }
    findings
}

fn of_violation(violation: Violation, title: &str, document: &Document) -> Finding {
    let Violation { kind, path, message, help } = violation;
    let (span, missing) = place(&document.node, &path);
    let span = match kind {
        ViolationKind::UnknownKey => document.node.find_key(&path).unwrap_or(span),
        ViolationKind::WrongType | ViolationKind::Other => span,
    };
    let why = match kind {
        ViolationKind::UnknownKey => format!("whoever reads {title} passes over a key that it doesn't know"),
        ViolationKind::WrongType | ViolationKind::Other => {
            format!("whoever reads {title} refuses it, or takes something else for it")
        }
    };
    Finding {
        severity: Severity::Error,
        rule: kind.rule().to_owned(),
        message,
        path: Some(pointer(&path)),
        span: Some(span),
        missing,
        why: Some(why),
        help,
    }
}

/// A key that stands twice.
fn twice(told: &Told, span: Span) -> Finding {
    let text = told.sources.get(span.source).and_then(|source| {
        let written = source.text().get(span.start as usize..span.end as usize)?;
        Some(written.trim_matches(['"', '\'']).to_owned())
    });
    Finding {
        severity: Severity::Error,
        rule: "duplicate-key".to_owned(),
        message: format!("the key `{}` stands twice", text.unwrap_or_default()),
        path: None,
        span: Some(span),
        missing: None,
        why: Some("readers take the first value, the last one, or refuse the file".to_owned()),
        help: Some("leave one of them".to_owned()),
    }
}

/// Where a path leads, and what of it is missing there.
fn place(node: &Node, path: &[Step]) -> (Span, Option<String>) {
    let found = node.find(path);
    let missing = path.get(found.present..).filter(|rest| !rest.is_empty()).map(shown);
    (found.span, missing)
}

/// By place, then by rule.
fn order(findings: &mut [Finding]) {
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| {
            (finding.span.map(|span| (span.source, span.start)), finding.severity, finding.rule.clone())
        };
        key(one).cmp(&key(other)).then_with(|| one.message.cmp(&other.message))
    });
}

/// What comes of one element of an answer.
enum Answer {
    Finding(Finding),
    /// A finding that an exception of the pack takes back.
    Exempt,
}

/// One pack and what it is asked about.
struct Asking<'a> {
    args: &'a Args,
    pack: &'a Pack,
    policy: &'a dyn Policy,
    documents: &'a [Document],
    notes: &'a mut Vec<String>,
    /// Answers, by the number of the document.
    found: Vec<(usize, Answer)>,
}

impl Asking<'_> {
    fn all(&mut self, asked: &[usize]) -> Result<(), Failure> {
        match self.pack.input {
            InputShape::Combined => {
                let documents = asked.iter().filter_map(|index| self.documents.get(*index));
                let entries = documents.map(|document| {
                    let mut entry = Object::new();
                    entry.insert("path".into(), Value::from(&*document.name.file));
                    entry.insert("contents".into(), document.node.to_value());
                    Value::Object(entry)
                });
                let input = Value::Array(Array::from(entries.collect::<Vec<_>>()));
                self.input(&input, asked, None)
            }
            InputShape::Document => {
                for index in asked {
                    let Some(document) = self.documents.get(*index) else { continue };
                    // conftest asks about the elements of an array, and policies are written for that.
                    if let NodeKind::Array(items) = &document.node.kind {
                        for (at, item) in items.iter().enumerate() {
                            self.input(&item.to_value(), &[*index], Some(at))?;
                        }
                    } else {
                        self.input(&document.node.to_value(), &[*index], None)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Asks all rules about an input that is made of documents, or of one element of a document.
    fn input(&mut self, input: &Value, asked: &[usize], element: Option<usize>) -> Result<(), Failure> {
        let file = asked.first().and_then(|index| self.documents.get(*index)).map(|one| &*one.name.file);
        let file = Path::new(file.filter(|_| self.pack.input == InputShape::Document).unwrap_or_default());
        let mut told = Object::new();
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        for (key, part) in [("name", file.file_name().unwrap_or_default()), ("dir", folder.as_os_str())] {
            told.insert(key.into(), Value::from(&*part.to_string_lossy()));
        }
        // As conftest tells policies.
        let with = match self.pack.input {
            InputShape::Combined => Vec::new(),
            InputShape::Document => {
                vec![Override { path: vec!["conftest".into(), "file".into()], value: Value::Object(told) }]
            }
        };
        let exempt = if self.pack.has_exceptions { self.exceptions(input, &with)? } else { BTreeSet::new() };
        for (rule, class) in &self.pack.rules {
            let Some(answer) = self.evaluate(rule, input, &with)? else {
                return Err(self.refuse(rule, "is undefined, and not a set of findings"));
            };
            let findings = validate::findings(&answer).map_err(|reason| self.refuse(rule, &reason))?;
            for finding in findings {
                let at = match self.pack.input {
                    InputShape::Combined => finding.document.and_then(|number| asked.get(number)),
                    InputShape::Document => asked.first(),
                };
                let document = at.and_then(|index| self.documents.get(*index));
                let index = at.or(asked.first()).copied().unwrap_or_default();
                let answer = if exempt.contains(exempt_name(rule)) {
                    Answer::Exempt
                } else {
                    Answer::Finding(of_answer(finding, rule, *class, document, element))
                };
                self.found.push((index, answer));
            }
        }
        Ok(())
    }

    /// The names in all elements of the rule `exception`, as conftest has it: those of the rules whose findings are taken back.
    fn exceptions(&mut self, input: &Value, with: &[Override]) -> Result<BTreeSet<String>, Failure> {
        let Some(answer) = self.evaluate("exception", input, with)? else { return Ok(BTreeSet::new()) };
        let elements = |value: &Value| -> Vec<Value> {
            match value {
                Value::Set(set) => set.iter().cloned().collect(),
                Value::Array(array) => array.iter().cloned().collect(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                    Vec::new()
                }
            }
        };
        let names = elements(&answer).iter().flat_map(elements).collect::<Vec<_>>();
        Ok(names.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect())
    }

    /// The value of a rule; nothing if it is undefined.
    fn evaluate(&mut self, rule: &str, input: &Value, with: &[Override]) -> Result<Option<Value>, Failure> {
        let path = self.pack.package.iter().cloned().chain([Arc::from(rule)]).collect();
        let mut prepared: Box<dyn Prepared> = self.policy.prepare(&Query::Path(path)).map_err(|errors| {
            let first = errors.first().map(|error| error.message.clone()).unwrap_or_default();
            self.refuse(rule, &format!("can't be asked: {first}"))
        })?;
        let time = (!self.args.timeout.is_zero()).then_some(self.args.timeout);
        let limits = Limits { time, ..Limits::default() };
        let evaluation = prepared.evaluate(&Request { input: Some(input), with, limits });
        self.notes.extend(evaluation.prints.into_iter().map(|print| print.text));
        match evaluation.outcome {
            Outcome::Defined(results) => {
                let first =
                    results.into_iter().next().and_then(|result| result.expressions.into_iter().next());
                Ok(first.map(|expression| expression.value))
            }
            Outcome::Undefined => Ok(None),
            Outcome::Error(error) => {
                let place =
                    error.location.as_ref().map(|at| format!(" at {}:{}:{}", at.file, at.row, at.col));
                let reason =
                    format!("ended with {}: {}{}", error.code, error.message, place.unwrap_or_default());
                Err(self.refuse(rule, &reason))
            }
        }
    }

    fn refuse(&self, rule: &str, reason: &str) -> Failure {
        let rule = format!("data.{}.{rule}", self.pack.package.join("."));
        let refusal = Refusal::new(format!("the pack {}: `{rule}` {reason}", self.pack.name));
        Failure::of_refusal(refusal.with_help(
            "what it is for was not checked; findings are elements of sets: texts, or objects with `msg`",
        ))
    }
}

/// A finding of a rule with its place.
fn of_answer(
    finding: validate::Finding,
    rule: &str,
    class: RuleClass,
    document: Option<&Document>,
    element: Option<usize>,
) -> Finding {
    let validate::Finding { message, rule: id, path, document: _, why, help } = finding;
    let path = path.map(|path| element.map(Step::Index).into_iter().chain(path).collect::<Vec<_>>());
    let placed = document.and_then(|document| match (&path, element) {
        (Some(path), _) => Some(place(&document.node, path)),
        (None, Some(at)) => Some(place(&document.node, &[Step::Index(at)])),
        (None, None) => None,
    });
    let (span, missing) = placed.map_or((None, None), |(span, missing)| (Some(span), missing));
    Finding {
        severity: match class {
            RuleClass::Deny => Severity::Error,
            RuleClass::Warn => Severity::Warning,
        },
        rule: id.unwrap_or_else(|| rule.to_owned()),
        message,
        path: path.as_deref().map(pointer),
        span,
        missing,
        why,
        help,
    }
}

/// More keys of one document that stand twice are of no use.
const MOST_REPEATED: usize = 100;

/// What is checked of every document, whatever the packs say.
const OWN_RULES: [(&str, &str); 4] = [
    ("duplicate-key", "No key stands twice"),
    ("schema", "Documents fit the schema of their kind"),
    ("unknown-key", "Keys are those that the reader of the document knows"),
    ("wrong-type", "Values have the types that the reader of the document takes"),
];
