//! Reads a file of properties, and finds everything that is wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::change::{Change, ITEM, Then};
use super::form::{
    AcceptedForm, BaselineForm, ChangeForm, DataForm, FileForm, FormatForm, GeneratorForm, InputForm,
    NewAllowForm, PropertyForm, RelationForm, RoleForm, ThenForm, TrustForm,
};
use super::kind::{Kind, OnMissing};
use super::schema::KINDS;
use super::text::{Condition, Form, Texts};
use super::variable::{Source, Variable};
use super::{
    Baseline, DataScope, Format, InputPath, NewAllow, Path, Property, PropertySet, SetBudget, Trust,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind, Spanned, decode};
use crate::probe::accepted::{self, Accepted};
use crate::probe::model::{Pattern, Segment};
use crate::probe::place::{Place, Root};
use crate::probe::role::Role;
use crate::source::{LineIndex, SourceId, Span};
use crate::suggest;
use crate::suite::root::{self, FileKind};
use crate::suite::table::{self, Expectation, path};
use crate::value::Value;

/// Reads the properties in `text`. `name` is that of the file; its extension tells YAML (`yaml`, `yml`) from JSON (`json`).
///
/// # Errors
/// Everything that is wrong with the file, as far as it can be told without the policies.
pub fn read(source: SourceId, name: &str, text: &str) -> Result<PropertySet, Vec<Diagnostic>> {
    if text.len() > MAX_FILE_BYTES {
        let message = format!("`{name}` is longer than {} MiB", MAX_FILE_BYTES >> 20);
        let error = Diagnostic::error(Code::Property, message, Span::new(source, 0, 0));
        return Err(vec![error.with_help("split it into several files")]);
    }
    let root = root::read(source, name, text, FileKind { code: Code::Property, noun: "file of properties" })?;
    let package = format!("f{}", source.index());
    let mut reader = Reader { text, texts: Texts::new(&package), errors: Vec::new() };
    let set = reader.file(&root, name);
    let mut errors = reader.errors;
    errors.sort_by_key(|error| error.span);
    match set {
        Some(set) if errors.is_empty() => Ok(PropertySet { texts: reader.texts, ..set }),
        Some(_) | None => Err(errors),
    }
}

/// Reads properties wherever they are written.
pub(super) struct Reader<'a> {
    /// What the places are in.
    pub(super) text: &'a str,
    pub(super) texts: Texts,
    pub(super) errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn file(&mut self, root: &Node, name: &str) -> Option<PropertySet> {
        let file: FileForm = self.fields(root)?;
        if file.version.value != 1 {
            let message = format!("version {} is not known", file.version.value);
            self.error(message, file.version.span, "write `version: 1`");
        }
        let entrypoint = self.keep(path::data(&file.entrypoint.value, file.entrypoint.span));
        let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let stem = ENDINGS.iter().find_map(|ending| stem.strip_suffix(ending)).unwrap_or(stem);
        let (own_name, span) = match file.name {
            Some(name) => (name.value, name.span),
            None => (stem.to_owned(), file.entrypoint.span),
        };
        if own_name.trim().is_empty() {
            self.error("the properties have no name", span, "write at least one character that can be seen");
        }
        if file.policies.as_ref().is_some_and(Vec::is_empty) {
            let help = "name one, or leave `policies` out to test those of the run";
            self.error("the properties are of no policy", file.entrypoint.span, help);
        }
        let inputs = file.input.map(|node| self.inputs(&node)).unwrap_or_default();
        let properties = self.properties(&file.properties);
        if properties.is_empty() && self.errors.is_empty() {
            self.error("the file has no property", root.span, "add one to `properties`");
        }
        let budget = file.budget.map_or_else(SetBudget::default, |budget| SetBudget {
            inputs: budget.inputs,
            time: budget.seconds.map(Duration::from_secs),
        });
        if let Some(mode) = file.mode.as_ref().filter(|mode| mode.value != "test") {
            let help = "write `mode: test`, or leave it out: properties are tested, and nothing proves them";
            self.error(format!("there is no mode `{}`", mode.value), mode.span, help);
        }
        let baseline = file.baseline.map(|baseline| self.baseline(baseline));
        let decision = entrypoint.as_ref().map(|path| path::show("data", path));
        let accepted = file.accepted.unwrap_or_default().into_iter();
        let accepted = accepted.filter_map(|form| self.accepted(form, decision.clone())).collect();
        Some(PropertySet {
            name: own_name.into(),
            span,
            entrypoint: entrypoint.map(|path| (path.into(), file.entrypoint.span)),
            policies: file.policies,
            data: file.data.unwrap_or_default(),
            inputs,
            budget,
            baseline,
            accepted,
            properties,
            in_modules: false,
            texts: Texts::new(""),
        })
    }

    fn baseline(&mut self, form: BaselineForm) -> Baseline {
        if form.revision.value.trim().is_empty() {
            let help = "write a revision of git: `ref: origin/main`";
            self.error("the baseline names no revision", form.revision.span, help);
        }
        let new_allow = match form.new_allow {
            None | Some(NewAllowForm::Fail) => NewAllow::Fails,
            Some(NewAllowForm::Warn) => NewAllow::IsTold,
        };
        Baseline { revision: form.revision.value, new_allow }
    }

    fn accepted(&mut self, form: AcceptedForm, decision: Option<String>) -> Option<Accepted> {
        let AcceptedForm { probe, place, rule, reason, expires } = form;
        let written = accepted::Written { probe, place, rule, decision, reason, expires };
        written.judged(Code::Property, &mut self.errors)
    }

    /// The properties of a list.
    pub(super) fn properties(&mut self, nodes: &[Node]) -> Vec<Property> {
        let properties: Vec<Property> = nodes.iter().filter_map(|node| self.property(node)).collect();
        let mut seen: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        for Property { id, span, .. } in &properties {
            if let Some(first) = seen.insert(Arc::clone(id), *span) {
                let line = LineIndex::new(self.text).position(first.start).row;
                let help = format!("line {line} has the first: give each property a name of its own");
                self.error(format!("two properties are called `{id}`"), *span, help);
            }
        }
        properties
    }

    fn property(&mut self, node: &Node) -> Option<Property> {
        let form: PropertyForm = self.fields(node)?;
        if form.id.value.trim().is_empty() {
            self.error(
                "the property has no id",
                form.id.span,
                "write at least one character that can be seen",
            );
        }
        let each = form.each.as_ref().map(|node| self.each(node)).unwrap_or_default();
        let names: Vec<Arc<str>> = each.iter().map(|variable| Arc::clone(&variable.name)).collect();
        let set = form.set.as_ref().map(|node| self.terms(node, &names)).unwrap_or_default();
        let set = set.into_iter().filter_map(|(at, term)| match at.root {
            Root::Input => Some((at.steps, term)),
            Root::Data => {
                let help = "`relation` changes data: `relation: {change: {set: ...}, then: same}`";
                self.error("`set` gives parts of the input only", term.span, help);
                None
            }
        });
        let set = set.collect();
        let assume = form.assume.as_ref().map(|node| self.conditions(node, &names)).unwrap_or_default();
        let entrypoint = form.entrypoint.as_ref().and_then(|entrypoint| {
            let path: Path = self.keep(path::data(&entrypoint.value, entrypoint.span))?.into();
            Some((path, entrypoint.span))
        });
        let data = match form.data {
            None | Some(DataForm::Loaded) => DataScope::Loaded,
            Some(DataForm::Any) => DataScope::Any,
        };
        let kind = self.kind(node, &form, &names)?;
        let (id, span) = (form.id.value.into(), form.id.span);
        let title = form.title.map(|title| title.value.into());
        Some(Property { id, span, title, entrypoint, each, set, assume, data, kind })
    }

    /// The one thing that a property says.
    fn kind(&mut self, node: &Node, form: &PropertyForm, names: &[Arc<str>]) -> Option<Kind> {
        let says = |key: &&str| node.get(key).is_some_and(|node| !matches!(node.kind, NodeKind::Null));
        let all: Vec<&str> = KINDS.into_iter().chain(["relation"]).collect();
        let mut said: Vec<&str> = all.iter().copied().filter(says).collect();
        if said.contains(&"on_missing") {
            said.retain(|key| *key != "expect");
        }
        let [_] = said.as_slice() else {
            let (message, help) = if said.is_empty() {
                let message = format!("property `{}` says nothing", form.id.value);
                (message, format!("add one of {}", suggest::list(&all)))
            } else {
                let message =
                    format!("property `{}` says several things: {}", form.id.value, suggest::list(&said));
                (message, "make a property of each".to_owned())
            };
            self.error(message, form.id.span, help);
            return None;
        };
        if let Some(unless) = &form.unless
            && form.never_allow_when.is_none()
            && form.allow_agrees_on.is_none()
        {
            let help = "it goes with `never_allow_when` and `allow_agrees_on`; `assume` narrows any property";
            self.error("`unless` has nothing to make an exception of", unless.span, help);
        }
        let before = self.errors.len();
        let mut unless = || {
            let text = form.unless.as_ref()?;
            self.keep_text(Form::Body, text, names)
        };
        let kind = if let Some(node) = &form.allow_requires {
            Kind::AllowRequires(self.conditions(node, names))
        } else if let Some(node) = &form.never_allow_when {
            let unless = unless();
            Kind::NeverAllowWhen(self.conditions(node, names), unless)
        } else if let Some(node) = &form.never_allow_unless {
            Kind::AllowRequires(self.conditions(node, names))
        } else if let Some(paths) = &form.allow_depends_on {
            Kind::DependsOn(self.patterns(paths, Some(Root::Input), Wildcards::None))
        } else if let Some(paths) = &form.on_missing {
            let expect =
                form.expect.as_ref().map_or(Some(OnMissing::NoNewAllow), |node| self.on_missing(node))?;
            Kind::OnMissing(self.patterns(paths, None, Wildcards::Each), expect)
        } else if let Some(inputs) = &form.must_allow {
            Kind::MustAllow(inputs.iter().map(|node| (node.to_value(), node.span)).collect())
        } else if let Some(file) = &form.equivalent_to {
            Kind::EquivalentTo(file.value.as_str().into(), file.span)
        } else if let Some(node) = &form.expect {
            Kind::Expect(self.expectation(node)?)
        } else if let Some(terms) = &form.allow_agrees_on {
            let unless = unless();
            Kind::Agrees(
                terms.iter().filter_map(|term| self.keep_text(Form::Term, term, names)).collect(),
                unless,
            )
        } else if let Some(paths) = &form.increasing_in {
            let paths = self.patterns(paths, None, Wildcards::Each);
            Kind::Changes(monotone(&paths, Then::NoNewAllow, Then::NoNewDeny))
        } else if let Some(paths) = &form.decreasing_in {
            let paths = self.patterns(paths, None, Wildcards::Each);
            Kind::Changes(monotone(&paths, Then::NoNewDeny, Then::NoNewAllow))
        } else if let Some(changes) = &form.unchanged_by {
            let changes = changes.iter().filter_map(|node| self.change(node, names));
            Kind::Changes(changes.map(|change| (change, Then::Same)).collect())
        } else {
            let relation: RelationForm = self.fields(form.relation.as_ref()?)?;
            let then = match relation.then {
                ThenForm::Same => Then::Same,
                ThenForm::NoNewAllow => Then::NoNewAllow,
                ThenForm::NoNewDeny => Then::NoNewDeny,
            };
            Kind::Changes(vec![(self.change(&relation.change, names)?, then)])
        };
        (self.errors.len() == before).then_some(kind)
    }

    fn change(&mut self, node: &Node, names: &[Arc<str>]) -> Option<Change> {
        let form: ChangeForm = self.fields(node)?;
        let keys = ["remove", "add", "drop", "set", "reorder", "unknown_field"];
        let said: Vec<&str> = keys.into_iter().filter(|key| node.get(key).is_some()).collect();
        let [_] = said.as_slice() else {
            let message =
                if said.is_empty() { "the change changes nothing" } else { "several changes in one" };
            self.error(message, node.span, format!("write exactly one of {}", suggest::list(&keys)));
            return None;
        };
        if let Some(condition) = form.condition.as_ref().filter(|_| form.remove.is_none()) {
            self.error("`where` says which element goes", condition.span, "it belongs to `remove`");
        }
        if let Some(item) = form.item.as_ref().filter(|_| form.add.is_none()) {
            self.error("`item` is the element that comes", item.span, "it belongs to `add`");
        }
        if let Some(at) = &form.remove {
            let pattern = self.pattern(at, None, Wildcards::Each)?;
            let with_item: Vec<Arc<str>> = names.iter().cloned().chain([ITEM.into()]).collect();
            let condition =
                form.condition.as_ref().map(|text| self.keep_text(Form::Body, text, &with_item).ok_or(()));
            return Some(Change::Remove(pattern, condition.transpose().ok()?));
        }
        if let Some(at) = &form.add {
            let pattern = self.pattern(at, None, Wildcards::Each)?;
            let term = form.item.as_ref().map(|text| self.keep_text(Form::Term, text, names).ok_or(()));
            return Some(Change::Add(pattern, term.transpose().ok()?));
        }
        if let Some(at) = &form.drop {
            return Some(Change::Drop(self.pattern(at, None, Wildcards::Each)?));
        }
        if let Some(at) = &form.reorder {
            return Some(Change::Reorder(self.pattern(at, None, Wildcards::Each)?));
        }
        if let Some(at) = &form.unknown_field {
            if at.value.trim() == Root::Input.name() {
                return Some(Change::UnknownField(Pattern { root: Root::Input, steps: Vec::new() }));
            }
            return Some(Change::UnknownField(self.pattern(at, None, Wildcards::Each)?));
        }
        Some(Change::Set(self.terms(form.set.as_ref()?, names)))
    }

    fn each(&mut self, node: &Node) -> Vec<Variable> {
        let help = "write `each: {NAME: TERM}`";
        let NodeKind::Object(entries) = &node.kind else {
            self.error(format!("`each` is {}, not an object", node.describe()), node.span, help);
            return Vec::new();
        };
        let mut variables: Vec<Variable> = Vec::new();
        for entry in entries {
            let name = &entry.key;
            if !path::is_identifier(name) || RESERVED.contains(&&**name) {
                let help =
                    "letters, digits and underscores, and no name that Rego or properties have: `agent`";
                self.error(format!("`{name}` is no name of a variable"), entry.key_span, help);
                continue;
            }
            if let Some(source) = self.source(&entry.value) {
                variables.push(Variable { name: Arc::clone(name), source });
            }
        }
        variables
    }

    fn source(&mut self, node: &Node) -> Option<Source> {
        match &node.kind {
            NodeKind::String(text) if &**text == "text" => Some(Source::Texts),
            NodeKind::String(text) if &**text == "anything" => Some(Source::Anything),
            NodeKind::String(text) => {
                let text = Spanned { span: node.span, value: text.to_string() };
                self.keep_text(Form::Term, &text, &[]).map(Source::Elements)
            }
            NodeKind::Object(_) => match self.fields::<GeneratorForm>(node)? {
                GeneratorForm::Int(Spanned { value: (from, to), span }) => {
                    if from > to {
                        self.error(
                            format!("there is no integer from {from} to {to}"),
                            span,
                            "write the lower one first",
                        );
                    }
                    Some(Source::Integers { from, to })
                }
                GeneratorForm::OneOf(values) => {
                    Some(Source::OneOf(values.iter().map(Node::to_value).collect()))
                }
                GeneratorForm::Like(at) => {
                    self.pattern(&at, Some(Root::Input), Wildcards::None).map(Source::Like)
                }
            },
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Array(_) => {
                let help = "write a term, `text`, `anything`, `{int: [FROM, TO]}`, `{one_of: [...]}` or `{like: input.PATH}`";
                self.error(format!("{} gives no values", node.describe()), node.span, help);
                None
            }
        }
    }

    fn inputs(&mut self, node: &Node) -> Vec<InputPath> {
        let NodeKind::Object(entries) = &node.kind else {
            let message = format!("`input` is {}, not an object", node.describe());
            self.error(message, node.span, "write `input: {PATH: {role: principal}}`");
            return Vec::new();
        };
        let mut inputs = Vec::new();
        for entry in entries {
            let Some(form) = self.fields::<InputForm>(&entry.value) else { continue };
            let Some(path) = self.keep(path::inner(&entry.key, entry.key_span)) else { continue };
            let derived = form.derived.as_ref().map(|text| self.keep_text(Form::Term, text, &[]));
            if derived.is_some() && matches!(form.trust, Some(TrustForm::Pep)) {
                let help = "leave `trust` out: its term says what it is";
                self.error("what is derived is not given", entry.key_span, help);
            }
            let role = form.role.map(|role| match role {
                RoleForm::Principal => Role::Principal,
                RoleForm::Action => Role::Action,
                RoleForm::Resource => Role::Resource,
                RoleForm::Tenant => Role::Tenant,
                RoleForm::Credential => Role::Credential,
                RoleForm::Context => Role::Context,
            });
            let format = form.format.map(|format| match format {
                FormatForm::Spiffe => Format::Spiffe,
                FormatForm::Uri => Format::Uri,
                FormatForm::Email => Format::Email,
                FormatForm::Uuid => Format::Uuid,
            });
            let trust = match form.trust {
                None | Some(TrustForm::Caller) => Trust::Caller,
                Some(TrustForm::Pep) => Trust::Pep,
            };
            let path = path.into_iter().map(Value::String).collect();
            inputs.push(InputPath { path, role, format, trust, derived: derived.flatten() });
        }
        inputs
    }

    /// Paths and the terms that give them.
    fn terms(&mut self, node: &Node, names: &[Arc<str>]) -> Vec<(Place, Condition)> {
        let help = "write `{input.PATH: TERM}`";
        let NodeKind::Object(entries) = &node.kind else {
            self.error(format!("{} gives no paths", node.describe()), node.span, help);
            return Vec::new();
        };
        let mut terms = Vec::new();
        for entry in entries {
            let key = Spanned { span: entry.key_span, value: entry.key.to_string() };
            let Some(pattern) = self.pattern(&key, None, Wildcards::None) else { continue };
            let NodeKind::String(text) = &entry.value.kind else {
                let message = format!("{} is no term", entry.value.describe());
                let help = "write a term in Rego as a string: `\"data.users[0]\"`, `'\"text\"'`, `\"5\"`";
                self.error(message, entry.value.span, help);
                continue;
            };
            let text = Spanned { span: entry.value.span, value: text.to_string() };
            let Some(term) = self.keep_text(Form::Term, &text, names) else { continue };
            let steps = pattern.first_place().unwrap_or_default();
            terms.push((Place { root: pattern.root, steps }, term));
        }
        terms
    }

    fn conditions(&mut self, node: &Node, names: &[Arc<str>]) -> Vec<Condition> {
        let of_string = |node: &Node| match &node.kind {
            NodeKind::String(text) => Some(Spanned { span: node.span, value: text.to_string() }),
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Number(_)
            | NodeKind::Array(_)
            | NodeKind::Object(_) => None,
        };
        let nodes = match &node.kind {
            NodeKind::Array(nodes) => nodes.iter().collect(),
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Number(_)
            | NodeKind::String(_)
            | NodeKind::Object(_) => vec![node],
        };
        if nodes.is_empty() {
            self.error("there is no condition", node.span, "write at least one");
        }
        let mut conditions = Vec::new();
        for node in nodes {
            let Some(text) = of_string(node) else {
                let help = "write a condition in Rego as a string, in quotes where YAML needs them";
                self.error(format!("{} is no condition", node.describe()), node.span, help);
                continue;
            };
            conditions.extend(self.keep_text(Form::Body, &text, names));
        }
        conditions
    }

    fn expectation(&mut self, node: &Node) -> Option<Expectation> {
        let read = table::expectation(node).map_err(|error| Diagnostic { code: Code::Property, ..error });
        self.keep(read)
    }

    fn on_missing(&mut self, node: &Node) -> Option<OnMissing> {
        match &node.kind {
            NodeKind::String(text) if &**text == "no_new_allow" => Some(OnMissing::NoNewAllow),
            NodeKind::String(text) if &**text == "deny" => Some(OnMissing::Deny),
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Number(_)
            | NodeKind::String(_)
            | NodeKind::Array(_)
            | NodeKind::Object(_) => {
                let help = "write `no_new_allow` or `deny`";
                self.error("that is nothing that `on_missing` can expect", node.span, help);
                None
            }
        }
    }

    fn patterns(
        &mut self,
        paths: &[Spanned<String>],
        root: Option<Root>,
        wildcards: Wildcards,
    ) -> Vec<Pattern> {
        if let ([], _) = (paths, root) {
            self.errors.push(Diagnostic::error(Code::Property, "a list of paths is empty", None));
        }
        paths.iter().filter_map(|path| self.pattern(path, root, wildcards)).collect()
    }

    fn pattern(
        &mut self,
        text: &Spanned<String>,
        root: Option<Root>,
        wildcards: Wildcards,
    ) -> Option<Pattern> {
        let example = match root {
            Some(Root::Input) => "write a path of the input, such as `input.user`",
            Some(Root::Data) | None => "write a path such as `input.user` or `data.grants`",
        };
        let names = match path::inner(&text.value, text.span) {
            Ok(names) => names,
            Err(error) => {
                self.errors.push(Diagnostic { code: Code::Property, ..error });
                return None;
            }
        };
        let found = match names.first().map(|name| &**name) {
            Some("input") => Some(Root::Input),
            Some("data") => Some(Root::Data),
            Some(_) | None => None,
        };
        let is_asked_for = found.is_some() && (root.is_none() || root == found);
        let (Some(found), true, true) = (found, is_asked_for, names.len() > 1) else {
            self.error(format!("`{}` is no path that can be meant here", text.value), text.span, example);
            return None;
        };
        let steps = names.iter().skip(1).map(|name| match &**name {
            "*" => Segment::Each,
            _ => Segment::Key(Value::String(Arc::clone(name))),
        });
        let steps: Vec<Segment> = steps.collect();
        if wildcards == Wildcards::None && steps.contains(&Segment::Each) {
            self.error("`*` can't stand here", text.span, "name one path");
            return None;
        }
        Some(Pattern { root: found, steps })
    }

    fn keep_text(&mut self, form: Form, text: &Spanned<String>, names: &[Arc<str>]) -> Option<Condition> {
        let added = self.texts.add(form, &text.value, text.span, names);
        self.keep(added)
    }

    /// Decodes an object; what is wrong is kept.
    pub(super) fn fields<T: DeserializeOwned>(&mut self, node: &Node) -> Option<T> {
        let decoded = decode(node, self.text);
        decoded.map_err(|error| self.errors.push(Diagnostic { code: Code::Property, ..error })).ok()
    }

    pub(super) fn keep<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|error| self.errors.push(Diagnostic { code: Code::Property, ..error })).ok()
    }

    fn error(&mut self, message: impl Into<String>, span: Span, help: impl Into<String>) {
        self.errors.push(Diagnostic::error(Code::Property, message, span).with_help(help));
    }
}

/// Whether a path may stand for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wildcards {
    /// It names one place.
    None,
    /// `*` stands for each member.
    Each,
}

/// With fewer elements the decision may change one way, with more the other.
fn monotone(paths: &[Pattern], fewer: Then, more: Then) -> Vec<(Change, Then)> {
    let both = |pattern: &Pattern| {
        [(Change::Remove(pattern.clone(), None), fewer), (Change::Add(pattern.clone(), None), more)]
    };
    paths.iter().flat_map(both).collect()
}

/// What the names of files of properties end in.
const ENDINGS: [&str; 3] = [".properties.yaml", ".properties.yml", ".properties.json"];

/// What no variable can be called.
const RESERVED: [&str; 14] = [
    "input",
    "data",
    "ag",
    "item",
    "portcullis_value",
    "true",
    "false",
    "null",
    "if",
    "in",
    "not",
    "some",
    "every",
    "contains",
];

const MAX_FILE_BYTES: usize = 16 << 20;
