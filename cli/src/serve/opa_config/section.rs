//! A part of a configuration: keys that are asked for, and a warning for those that nobody asks for.

use portcullis::diagnostic::{Code, Diagnostic, Severity};
use portcullis::document::{Entry, Node, NodeKind};
use portcullis::source::Span;
use portcullis::suggest;

use super::environment::Substituted;

/// What is wrong, and what somebody should know.
#[derive(Debug)]
pub(super) struct Problems<'a> {
    text: &'a Substituted,
    found: Vec<Diagnostic>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(text: &'a Substituted) -> Self {
        Self { text, found: Vec::new() }
    }

    /// Notes a problem whose place is one in the text with the variables in it.
    pub(super) fn add(&mut self, mut problem: Diagnostic) {
        problem.span = problem
            .span
            .map(|span| Span::new(span.source, self.text.original(span.start), self.text.original(span.end)));
        self.found.push(problem);
    }

    pub(super) fn error(&mut self, span: Span, message: impl Into<String>) {
        self.add(Diagnostic::error(Code::Config, message, span));
    }

    pub(super) fn error_with_help(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Diagnostic::error(Code::Config, message, span).with_help(help));
    }

    pub(super) fn warning(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        let mut warning = Diagnostic::error(Code::Config, message, span);
        warning.severity = Severity::Warning;
        self.add(match help {
            Some(help) => warning.with_help(help),
            None => warning,
        });
    }

    /// The errors, and the warnings, in the order of their places.
    pub(super) fn into_parts(self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let mut found = self.found;
        found.sort_by_key(|problem| problem.span.map(|span| span.start));
        found.into_iter().partition(|problem| problem.severity == Severity::Error)
    }
}

/// An object of the configuration.
#[derive(Debug)]
pub(super) struct Section<'a> {
    entries: &'a [Entry],
    /// How it is called in messages.
    name: String,
    pub(super) span: Span,
    asked: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// The whole configuration; a file with nothing in it is an empty one.
    pub(super) fn top(node: &'a Node, problems: &mut Problems<'_>) -> Option<Self> {
        if matches!(node.kind, NodeKind::Null) {
            return Some(Self { entries: &[], name: String::new(), span: node.span, asked: Vec::new() });
        }
        Self::of(node, String::new(), problems)
    }

    /// The object that a node is.
    pub(super) fn of(node: &'a Node, name: String, problems: &mut Problems<'_>) -> Option<Self> {
        let NodeKind::Object(entries) = &node.kind else {
            let what = if name.is_empty() { "the configuration".to_owned() } else { format!("`{name}`") };
            problems.error(node.span, format!("{what} is {}, and should be an object", node.describe()));
            return None;
        };
        for (index, entry) in entries.iter().enumerate() {
            if entries.iter().take(index).any(|other| other.key == entry.key) {
                problems.error(entry.key_span, format!("`{}` stands here twice", entry.key));
            }
        }
        Some(Self { entries, name, span: node.span, asked: Vec::new() })
    }

    /// The entries, whatever they are called.
    pub(super) fn entries(&self) -> &'a [Entry] {
        self.entries
    }

    /// How a key of this section is called.
    pub(super) fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// The value of a key; null is as if it were not there.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        let entry = self.entries.iter().find(|entry| &*entry.key == key)?;
        Some(&entry.value).filter(|node| !matches!(node.kind, NodeKind::Null))
    }

    pub(super) fn section(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Self> {
        let node = self.get(key)?;
        Self::of(node, self.path(key), problems)
    }

    pub(super) fn text(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<String> {
        let node = self.get(key)?;
        self.text_of(key, node, problems)
    }

    /// A text that is not empty; an empty one is as if it were not there.
    pub(super) fn word(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<String> {
        self.text(key, problems).filter(|text| !text.is_empty())
    }

    fn text_of(&self, key: &str, node: &Node, problems: &mut Problems<'_>) -> Option<String> {
        if let NodeKind::String(text) = &node.kind {
            return Some(text.to_string());
        }
        self.mismatch(key, node, "a string", problems);
        None
    }

    pub(super) fn bool(&mut self, key: &'static str, problems: &mut Problems<'_>) -> bool {
        match self.get(key).map(|node| (node, &node.kind)) {
            None => false,
            Some((_, NodeKind::Bool(value))) => *value,
            Some((node, _)) => {
                self.mismatch(key, node, "true or false", problems);
                false
            }
        }
    }

    /// A whole number and its place.
    pub(super) fn integer(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<(i64, Span)> {
        let node = self.get(key)?;
        if let NodeKind::Number(number) = &node.kind
            && let Some(integer) = number.as_i64()
        {
            return Some((integer, node.span));
        }
        self.mismatch(key, node, "a whole number", problems);
        None
    }

    pub(super) fn number(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<(f64, Span)> {
        let node = self.get(key)?;
        if let NodeKind::Number(number) = &node.kind {
            return Some((number.to_f64(), node.span));
        }
        self.mismatch(key, node, "a number", problems);
        None
    }

    pub(super) fn list(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Vec<String> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let NodeKind::Array(nodes) = &node.kind else {
            self.mismatch(key, node, "an array of strings", problems);
            return Vec::new();
        };
        nodes.iter().filter_map(|node| self.text_of(key, node, problems)).collect()
    }

    /// An object of strings.
    pub(super) fn texts(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Vec<(String, String)> {
        let Some(section) = self.section(key, problems) else { return Vec::new() };
        let text = |entry: &Entry| {
            let text = section.text_of(&entry.key, &entry.value, problems)?;
            Some((entry.key.to_string(), text))
        };
        section.entries.iter().filter_map(text).collect()
    }

    /// A document by its path with slashes.
    pub(super) fn decision(
        &mut self,
        key: &'static str,
        usual: &str,
        problems: &mut Problems<'_>,
    ) -> Vec<String> {
        let path = self.text(key, problems).unwrap_or_else(|| usual.to_owned());
        path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
    }

    /// Refuses a key that is there.
    pub(super) fn refuse(&mut self, key: &'static str, problems: &mut Problems<'_>, instead: &str) {
        if self.get(key).is_some() {
            let span = self.key_span(key);
            problems.error_with_help(span, format!("`{}` is not supported", self.path(key)), instead);
        }
    }

    /// Says of a key that is there that it changes nothing.
    pub(super) fn ignore(&mut self, key: &'static str, problems: &mut Problems<'_>) {
        if self.get(key).is_some() {
            let span = self.key_span(key);
            problems.warning(span, format!("`{}` has no effect here", self.path(key)), None);
        }
    }

    /// Where a key stands, or else the section.
    pub(super) fn key_span(&self, key: &str) -> Span {
        self.entries.iter().find(|entry| &*entry.key == key).map_or(self.span, |entry| entry.key_span)
    }

    /// Warns of the keys that nobody asked for.
    pub(super) fn end(self, problems: &mut Problems<'_>) {
        for entry in self.entries.iter().filter(|entry| !self.asked.contains(&&*entry.key)) {
            let help =
                suggest::nearest(&entry.key, &self.asked).map(|name| format!("did you mean `{name}`?"));
            let path = self.path(&entry.key);
            problems.warning(entry.key_span, format!("`{path}` is no option of OPA's, and is ignored"), help);
        }
    }

    fn mismatch(&self, key: &str, node: &Node, expected: &str, problems: &mut Problems<'_>) {
        let path = self.path(key);
        problems.error(node.span, format!("`{path}` is {}, and should be {expected}", node.describe()));
    }
}
