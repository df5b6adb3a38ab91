//! Tabs that go-yaml refuses: where white space is indentation, and flow collections and scalars are far.

use saphyr_parser::Event;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::offset;
use crate::source::Span;

/// Collects the parts of a text in which tabs may stand.
#[derive(Debug, Default)]
pub(super) struct TabRules {
    free: Vec<Span>,
    /// Where the sequences and mappings start that have not ended yet.
    starts: Vec<u32>,
}

impl TabRules {
    pub(super) fn note(&mut self, event: &Event<'_>, span: Span) {
        match event {
            Event::Scalar(..) => self.free.push(span),
            Event::SequenceStart(..) | Event::MappingStart(..) => self.starts.push(span.start),
            Event::SequenceEnd | Event::MappingEnd => {
                let start = self.starts.pop();
                // Only flow collections end with a character.
                if let Some(start) = start.filter(|_| span.start < span.end) {
                    self.free.push(Span { start, ..span });
                }
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::Alias(_) => {}
        }
    }

    /// Refuses the first tab that stands at the start of a line, or after `-` or `?`, outside of the free parts.
    pub(super) fn check(mut self, text: &str, whole: Span) -> Result<(), Diagnostic> {
        if !text.contains('\t') {
            return Ok(());
        }
        self.free.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        let mut free = self.free.iter().peekable();
        let mut free_until = 0;
        let mut previous = Previous::LineStart;
        let mut in_comment = false;
        for (at, byte) in text.bytes().enumerate() {
            let at = offset(at);
            while let Some(span) = free.next_if(|span| span.start <= at) {
                free_until = free_until.max(span.end);
            }
            let is_free = at < free_until;
            let misplaced = matches!(previous, Previous::LineStart | Previous::Indicator);
            match byte {
                b'\n' | b'\r' => {
                    previous = Previous::LineStart;
                    in_comment = false;
                }
                _ if is_free || in_comment => previous = Previous::Other,
                b'\t' if misplaced => {
                    let span = Span { start: at, end: at + 1, ..whole };
                    return Err(Diagnostic::error(
                        Code::Load,
                        "found a tab character that violates indentation",
                        span,
                    )
                    .with_help("use spaces here"));
                }
                b' ' | b'\t' => previous = previous.after_blank(),
                b'#' if !matches!(previous, Previous::Other) => in_comment = true,
                b'-' | b'?' if !matches!(previous, Previous::Other) => previous = Previous::Indicator,
                _ => previous = Previous::Other,
            }
        }
        Ok(())
    }
}

/// What stands before a character of a line.
#[derive(Debug, Clone, Copy)]
enum Previous {
    /// Nothing.
    LineStart,
    /// `-` or `?`, and spaces.
    Indicator,
    /// A space or a tab, and neither `-` nor `?` before it.
    Blank,
    /// Another character.
    Other,
}

impl Previous {
    fn after_blank(self) -> Self {
        match self {
            Self::Indicator => Self::Indicator,
            Self::LineStart | Self::Blank | Self::Other => Self::Blank,
        }
    }
}
