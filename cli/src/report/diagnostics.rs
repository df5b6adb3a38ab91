//! Diagnostics for people: the message, the place, the source line, and what to do.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use portcullis::diagnostic::{Diagnostic, Severity};
use portcullis::source::{LineIndex, Source, Sources, Span};

/// All findings, a paragraph each, with colours.
pub(crate) fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let renderer = Renderer::styled();
    diagnostics
        .iter()
        .map(|diagnostic| renderer.render(&[group(&Paragraph::of(diagnostic), sources)]) + "\n")
        .collect()
}

/// One thing to tell, with its place and what belongs to it.
#[derive(Debug)]
pub(crate) struct Paragraph<'a> {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The kind of error, or the rule.
    pub(crate) code: &'a str,
    /// What is wrong.
    pub(crate) message: &'a str,
    /// Where.
    pub(crate) span: Option<Span>,
    /// The file and row of what is meant as a whole, where there is no span.
    pub(crate) origin: Option<(&'a str, usize)>,
    /// What is said of the place itself.
    pub(crate) label: Option<&'a str>,
    /// What can happen otherwise.
    pub(crate) why: Option<&'a str>,
    /// What to do about it.
    pub(crate) help: Option<&'a str>,
}

/// A paragraph, with colours.
pub(crate) fn paragraph(paragraph: &Paragraph<'_>, sources: &Sources) -> String {
    Renderer::styled().render(&[group(paragraph, sources)]) + "\n"
}

impl<'a> Paragraph<'a> {
    fn of(diagnostic: &'a Diagnostic) -> Self {
        Self {
            severity: diagnostic.severity,
            code: diagnostic.code.as_str(),
            message: &diagnostic.message,
            span: diagnostic.span,
            origin: None,
            label: None,
            why: None,
            help: diagnostic.help.as_deref(),
        }
    }
}

fn group<'a>(paragraph: &Paragraph<'a>, sources: &'a Sources) -> Group<'a> {
    let level = match paragraph.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(Printable(paragraph.message).to_string()).id(one_line(paragraph.code));
    let place = paragraph.span.and_then(|span| Some((sources.get(span.source)?, span)));
    let mut group = match place {
        None => match paragraph.origin {
            Some((file, row)) => title.element(Origin::path(one_line(file)).line(row)),
            None => Group::with_title(title),
        },
        Some((source, span)) => {
            let excerpt = Excerpt::new(source, span.start as usize..span.end as usize);
            let annotation = AnnotationKind::Primary.span(excerpt.span);
            let annotation = match paragraph.label {
                Some(label) => annotation.label(one_line(label)),
                None => annotation,
            };
            let snippet = Snippet::source(excerpt.text)
                .path(match &**source.name() {
                    "" => "query".to_owned(),
                    name => one_line(name),
                })
                .line_start(excerpt.row)
                .annotation(annotation);
            title.element(snippet)
        }
    };
    if let Some(why) = paragraph.why {
        group = group.element(Level::NOTE.with_name("why").message(Printable(why).to_string()));
    }
    if let Some(help) = paragraph.help {
        group = group.element(Level::HELP.message(Printable(help).to_string()));
    }
    group
}

/// The lines around a span, short enough to show whatever the file looks like.
struct Excerpt<'a> {
    text: Cow<'a, str>,
    row: usize,
    span: Range<usize>,
}

impl<'a> Excerpt<'a> {
    fn new(source: &'a Source, span: Range<usize>) -> Self {
        let text: &'a str = source.text();
        let start = floor_char(text, span.start.min(text.len()));
        let before = text.get(..start).unwrap_or_default();
        let after = text.get(start..).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        let line_end = start + after.find('\n').unwrap_or(after.len());
        let to = floor_char(text, line_end.min(start + MAX_AFTER)).max(start);
        let end = floor_char(text, span.end.clamp(start, to));
        let row = LineIndex::new(before).position(u32::try_from(start).unwrap_or(u32::MAX)).row;
        // From the start of the line, since the renderer counts the column from there; it shows a part of it only.
        let text = visible(text.get(line_start..to).unwrap_or_default());
        Self { text, row, span: start - line_start..end - line_start }
    }
}

/// Replaces the characters that a terminal acts on and the renderer lets pass, by others with as many bytes.
fn visible(text: &str) -> Cow<'_, str> {
    let replacement = |c: char| match c {
        '\u{80}'..='\u{9f}' => Some('·'),
        '\u{200e}' | '\u{200f}' => Some('\u{fffd}'),
        _ => None,
    };
    if text.chars().any(|c| replacement(c).is_some()) {
        text.chars().map(|c| replacement(c).unwrap_or(c)).collect()
    } else {
        text.into()
    }
}

fn floor_char(text: &str, index: usize) -> usize {
    (0..=index).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

/// Text whose control characters are shown, not obeyed: file names and policies come from strangers. Line breaks and
/// tabs stay, since messages have them.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if steers(c) && !matches!(c, '\n' | '\t') {
                write!(f, "{}", c.escape_default())
            } else {
                write!(f, "{c}")
            }
        })
    }
}

/// Whether a terminal acts on a character instead of showing it: control characters, and those that change the
/// direction of the text after them.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A name on one line, whatever is in it.
pub(crate) fn one_line(name: &str) -> String {
    name.chars().flat_map(|c| if steers(c) { c.escape_default().collect() } else { vec![c] }).collect()
}

/// How many bytes of a line are shown from the place on.
const MAX_AFTER: usize = 240;

#[cfg(test)]
mod tests {
    use portcullis::diagnostic::{Code, Diagnostic};
    use portcullis::source::{Source, Sources, Span};

    fn shown(text: &str, start: u32, end: u32) -> String {
        let mut sources = Sources::new();
        let id = sources.add(Source::new("a\u{7}.rego", text));
        let diagnostic = Diagnostic::error(Code::Parse, "unexpected `}`", Span::new(id, start, end))
            .with_help("remove it");
        anstream::adapter::strip_str(&super::render(&[diagnostic], &sources)).to_string()
    }

    #[test]
    fn the_source_line_stands_below_the_message() {
        insta::assert_snapshot!(shown("package a\n\np }\n", 13, 14), @r"
        error[rego_parse_error]: unexpected `}`
         --> a\u{7}.rego:3:3
          |
        3 | p }
          |   ^
          |
          = help: remove it
        ");
    }

    #[test]
    fn a_line_of_megabytes_is_shown_in_part_but_counted_whole() {
        let shown = shown(&"é".repeat(1_000_000), 1_000_002, 1_000_004);
        assert!(shown.len() < 2_000, "{}", shown.len());
        assert!(shown.contains(" --> a\\u{7}.rego:1:500002\n"), "{shown}");
    }

    #[test]
    fn a_name_stays_on_its_line_and_keeps_its_control_characters_visible() {
        assert_eq!(super::one_line("a\nb\u{1b}[31m\u{202e}.rego"), r"a\nb\u{1b}[31m\u{202e}.rego");
        assert_eq!(super::Printable("é\n\t\u{9b}1m\u{7f}").to_string(), "é\n\t\\u{9b}1m\\u{7f}");
    }

    #[test]
    fn no_control_character_of_the_source_or_the_message_reaches_the_terminal() {
        let text = "package a\n\u{1b}[31m \u{9b}1m \u{7} \u{8} \u{7f} \u{202e} x";
        let mut sources = Sources::new();
        let id = sources.add(Source::new("a\u{1b}.rego", text));
        let diagnostic =
            Diagnostic::error(Code::Parse, "bad \u{1b}[1m", Span::new(id, 10, 11)).with_help("see \u{9b}2m");
        let rendered = super::render(&[diagnostic], &sources);
        let plain = anstream::adapter::strip_str(&rendered).to_string();
        // What the renderer itself adds are complete sequences, so that stripping them leaves nothing to act on.
        assert!(!plain.chars().any(|c| super::steers(c) && c != '\n'), "{plain:?}");
        assert!(!rendered.contains("\u{1b}[31m \u{9b}"), "{rendered:?}");
        assert!(!rendered.contains(['\u{9b}', '\u{7}', '\u{8}', '\u{7f}', '\u{202e}']), "{rendered:?}");
    }

    #[test]
    fn a_place_past_the_end_is_shown_at_the_end() {
        assert!(shown("package a", 500, 700).contains("1:10"));
    }
}
