//! The first step: what is written, with aliases still pointing to what they stand for.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::input::TabbedInput;
use super::scalar::{Scalar, resolve};
use super::tabs::TabRules;
use super::text::Places;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::offset;
use crate::source::{SourceId, Span};
use crate::value::MAX_DEPTH;

/// One document of a stream.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<GraphNode>,
    /// The outermost node; none in a stream without a document.
    pub(super) root: Option<NodeId>,
}

/// Names a node of a [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeId(usize);

/// A node, and where it stands.
#[derive(Debug)]
pub(super) struct GraphNode {
    pub(super) span: Span,
    pub(super) kind: GraphKind,
}

#[derive(Debug)]
pub(super) enum GraphKind {
    Scalar(Scalar),
    /// A scalar that can't be what its tag says, with the reason. It counts only where it is used.
    BadScalar(String),
    Alias(NodeId),
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
}

impl Graph {
    pub(super) fn get(&self, id: NodeId) -> Option<&GraphNode> {
        self.nodes.get(id.0)
    }

    fn add(&mut self, span: Span, kind: GraphKind) -> NodeId {
        let id = NodeId(self.nodes.len());
        self.nodes.push(GraphNode { span, kind });
        id
    }
}

/// Which documents of a stream are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// The first one; the others only have to be well-formed.
    First,
    /// All of them.
    All,
}

/// Reads the whole stream and keeps some of its documents: at least one, which is empty in a stream without any.
pub(super) fn read(source: SourceId, text: &str, kept: Kept) -> Result<Vec<Graph>, Diagnostic> {
    let places = Places::new(source, text);
    let last_line = text.rsplit(['\n', '\r']).next().unwrap_or_default();
    let mut composer = Composer {
        text,
        last_line,
        places,
        graph: Graph::default(),
        open: Vec::new(),
        anchors: BTreeMap::new(),
    };
    let mut documents = 0_usize;
    let mut complete = Vec::new();
    let mut tabs = TabRules::default();
    for event in Parser::new(TabbedInput::new(text)) {
        let (event, marks) = event.map_err(|error| composer.places.malformed(&error))?;
        if let Event::DocumentStart(explicit) = event {
            if documents > 0 && !explicit {
                let span = composer.places.span(marks.start.index(), marks.start.index() + 1);
                return Err(Diagnostic::error(Code::Load, "did not find expected <document start>", span)
                    .with_help("put `---` before the next document"));
            }
            documents += 1;
            if documents > 1 && kept == Kept::All {
                complete.push(std::mem::take(&mut composer.graph));
                // A name is known to the end of its document.
                composer.anchors.clear();
            }
        }
        let span = composer.places.span(marks.start.index(), marks.end.index());
        tabs.note(&event, span);
        if documents == 1 || kept == Kept::All {
            composer.take(event, span)?;
        }
    }
    tabs.check(text, composer.places.span(0, 0))?;
    complete.push(composer.graph);
    Ok(complete)
}

struct Composer<'a> {
    text: &'a str,
    /// What follows the last line break.
    last_line: &'a str,
    places: Places,
    graph: Graph,
    /// Sequences and mappings that are not read to their end, outermost first.
    open: Vec<Open>,
    anchors: BTreeMap<usize, NodeId>,
}

struct Open {
    id: NodeId,
    content: Content,
}

enum Content {
    Sequence(Vec<NodeId>),
    /// The pairs, and a key that has no value yet.
    Mapping(Vec<(NodeId, NodeId)>, Option<NodeId>),
}

impl Composer<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                match style {
                    ScalarStyle::DoubleQuoted => self.check_escapes(span)?,
                    ScalarStyle::Plain if span.start == span.end => self.check_colon(span)?,
                    ScalarStyle::Plain
                    | ScalarStyle::SingleQuoted
                    | ScalarStyle::Literal
                    | ScalarStyle::Folded => {}
                }
                // The span of a scalar starts with its tag or anchor; for a block scalar that is the line before.
                let header_lines = usize::from(tag.is_some() || anchor > 0);
                let text = if self.lacks_last_break(&text, style, span, header_lines) {
                    text.strip_suffix('\n').unwrap_or(&text)
                } else {
                    &text
                };
                let tag = tag.as_deref().map(tag_name);
                let kind = match resolve(tag.as_deref(), text, style == ScalarStyle::Plain) {
                    Ok(scalar) => GraphKind::Scalar(scalar),
                    Err(reason) => GraphKind::BadScalar(reason),
                };
                let id = self.graph.add(span, kind);
                self.anchor(anchor, id)?;
                self.attach(id);
            }
            Event::Alias(anchor) => {
                Self::check_anchor_name(self.slice(span).trim_start_matches('*'), span)?;
                let Some(target) = self.anchors.get(&anchor).copied() else {
                    return Err(Diagnostic::error(Code::Load, "unknown anchor referenced", span));
                };
                let id = self.graph.add(span, GraphKind::Alias(target));
                self.attach(id);
            }
            Event::SequenceStart(anchor, _) => self.enter(anchor, span, Content::Sequence(Vec::new()))?,
            Event::MappingStart(anchor, _) => self.enter(anchor, span, Content::Mapping(Vec::new(), None))?,
            Event::SequenceEnd | Event::MappingEnd => self.leave(span),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn enter(&mut self, anchor: usize, span: Span, content: Content) -> Result<(), Diagnostic> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        let kind = GraphKind::Sequence(Vec::new());
        let id = self.graph.add(span, kind);
        self.anchor(anchor, id)?;
        self.open.push(Open { id, content });
        Ok(())
    }

    fn leave(&mut self, closing: Span) {
        let Some(Open { id, content }) = self.open.pop() else { return };
        let (kind, last) = match content {
            Content::Sequence(nodes) => {
                let last = nodes.last().copied();
                (GraphKind::Sequence(nodes), last)
            }
            Content::Mapping(pairs, _) => {
                let last = pairs.last().map(|(_, value)| *value);
                (GraphKind::Mapping(pairs), last)
            }
        };
        // The end of a flow collection is its bracket; that of a block collection is nothing, and far off.
        let last_end = last.and_then(|last| self.graph.get(last)).map(|last| last.span.end);
        let end = if closing.start < closing.end { Some(closing.end) } else { last_end };
        if let Some(node) = self.graph.nodes.get_mut(id.0) {
            node.kind = kind;
            node.span.end = end.unwrap_or(node.span.end).max(node.span.start);
        }
        self.attach(id);
    }

    fn attach(&mut self, id: NodeId) {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.graph.root = Some(id),
            Some(Content::Sequence(nodes)) => nodes.push(id),
            Some(Content::Mapping(pairs, key)) => match key.take() {
                Some(key) => pairs.push((key, id)),
                None => *key = Some(id),
            },
        }
    }

    /// Whether a block scalar ends with the text, in the middle of a line: then go-yaml gives it no line break.
    /// Of the span's lines `header_lines` come before the content.
    fn lacks_last_break(&self, value: &str, style: ScalarStyle, span: Span, header_lines: usize) -> bool {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if !is_block
            || self.last_line.is_empty()
            || span.end as usize <= self.text.len() - self.last_line.len()
        {
            return false;
        }
        let breaks = ['\n', '\r'];
        let (before, rest) = self.text.split_at_checked(span.start as usize).unwrap_or_default();
        let line_start = before.rfind(breaks).map_or(0, |at| at + 1);
        let lines = self.text.get(line_start..).unwrap_or(rest).split(breaks).skip(header_lines);
        let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let has_content = |line: &&str| indentation(line) < line.len();
        // What the first line has lost on its way into the value is the indentation of all.
        let written = lines.into_iter().find(has_content).map(indentation);
        let kept = value.split('\n').find(has_content).map_or(0, indentation);
        let expected = written.map(|written| written.saturating_sub(kept));
        // The parser crate adds a break even after a line that only completes the indentation.
        expected.is_some_and(|expected| indentation(self.last_line) >= expected)
    }

    /// Refuses `\/`, which go-yaml does not know.
    fn check_escapes(&self, span: Span) -> Result<(), Diagnostic> {
        let written = self.slice(span);
        let mut bytes = written.bytes().enumerate();
        while let Some((_, byte)) = bytes.next() {
            if byte == b'\\'
                && let Some((at, b'/')) = bytes.next()
            {
                let at = span.start + offset(at);
                let span = Span::new(span.source, at - 1, at + 1);
                return Err(Diagnostic::error(Code::Load, "found unknown escape character", span)
                    .with_help("write `/` without a backslash; only JSON allows to escape it"));
            }
        }
        Ok(())
    }

    /// Refuses `{a:}`, where go-yaml takes the colon for a part of the key. `span` is that of a missing value.
    fn check_colon(&self, span: Span) -> Result<(), Diagnostic> {
        let (before, after) = self.text.split_at_checked(span.start as usize).unwrap_or_default();
        let is_plain_key = !before.ends_with(['"', '\'', '}', ']']);
        if is_plain_key && after.strip_prefix(':').is_some_and(|rest| rest.starts_with(['}', ']', ','])) {
            let span = Span::new(span.source, span.start, span.start + 1);
            return Err(Diagnostic::error(Code::Load, "a key without a value, or a colon in its name", span)
                .with_help("OPA takes the colon for a part of the key; put a space or a value after it"));
        }
        Ok(())
    }

    /// Refuses a name that go-yaml does not take for one.
    fn check_anchor_name(name: &str, span: Span) -> Result<(), Diagnostic> {
        let is_name_char = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
        if name.chars().all(is_name_char) {
            return Ok(());
        }
        let error =
            Diagnostic::error(Code::Load, "did not find expected alphabetic or numeric character", span);
        Err(error.with_help("OPA takes letters from a to z, digits, `_` and `-` in the names of anchors"))
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn anchor(&mut self, anchor: usize, id: NodeId) -> Result<(), Diagnostic> {
        // The parser counts anchors from 1; 0 is none.
        if anchor == 0 {
            return Ok(());
        }
        self.anchors.insert(anchor, id);
        let Some(span) = self.graph.get(id).map(|node| node.span) else { return Ok(()) };
        // The span starts with the tag and the anchor, in either order.
        let mut properties =
            self.slice(span).split(|char: char| char.is_whitespace() || "[]{},".contains(char));
        let name = properties.find(|word| !word.starts_with('!')).and_then(|word| word.strip_prefix('&'));
        Self::check_anchor_name(name.unwrap_or_default(), span)
    }
}

/// The error of nesting that is refused.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(Code::Load, format!("exceeded max depth of {MAX_DEPTH}"), span)
        .with_help("sequences and mappings nest too deep; flatten the document")
}

/// A tag as go-yaml names it: YAML's own start with `!!`.
fn tag_name(tag: &Tag) -> String {
    let full = format!("{}{}", tag.handle, tag.suffix);
    full.strip_prefix("tag:yaml.org,2002:").map_or_else(|| full.clone(), |own| format!("!!{own}"))
}
