//! The parser: a recursive descent over tokens, with the choices and the messages of OPA's parser.
//!
//! Where the grammar is ambiguous OPA tries one reading and goes back to try another, and its messages depend
//! on which it tried last; so this parser tries the same readings in the same order. A [`State`] is a copyable
//! position: whatever a failed attempt reported is forgotten by going back to the state before it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a parser looks for a few tokens and kinds of term at a time, and treats all others alike"
)]

mod body;
mod check;
mod collection;
mod infix;
mod logical;
mod message;
mod module;
mod recovery;
mod rule;
mod term;
mod text;

use std::collections::BTreeSet;

use super::lexer::{Faults, Lexed, Lexer};
use super::names::{Name, Names};
use super::token::{Keywords, Token};
use super::tree::{Comment, Var};
use super::{ParseOptions, RegoVersion};
use crate::source::{SourceId, Span};

pub(super) use check::assemble;
pub(super) use module::{Content, Statement};

/// What a parser knows between two tokens.
#[derive(Debug, Clone, Copy)]
struct State {
    /// Offset of the first character that no token has taken.
    next: u32,
    /// The current token and its bytes.
    token: Token,
    start: u32,
    end: u32,
    /// Offset past the last token that isn't white space.
    last_end: u32,
    /// Whether a line ended between the last token and the current one.
    after_newline: bool,
    /// The keywords that the scanner knows beyond the fixed ones.
    keywords: Keywords,
    /// The newest error, hint and comment.
    errors: Link,
    hints: Link,
    comments: Link,
}

/// The newest entry of a [`History`] as some state knows it; `None` when there is none.
type Link = Option<u32>;

/// An append-only list that branches: each entry knows the one before it.
#[derive(Debug)]
struct History<T> {
    entries: Vec<(T, Link)>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T: Clone> History<T> {
    fn push(&mut self, entry: T, before: Link) -> Link {
        let at = u32::try_from(self.entries.len()).ok()?;
        self.entries.push((entry, before));
        Some(at)
    }

    /// The entries that lead up to `newest`, oldest first.
    fn up_to(&self, newest: Link) -> Vec<T> {
        let mut found = Vec::new();
        let mut at = newest;
        while let Some((entry, before)) = at.and_then(|index| self.entries.get(index as usize)) {
            found.push(entry.clone());
            at = *before;
        }
        found.reverse();
        found
    }
}

/// An error as the parser meets it.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) finder: Finder,
}

/// Who found an error. OPA tells programs the line for errors of its parser only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finder {
    /// The parser.
    Parser,
    /// Whoever looked at the tree.
    Check,
}

/// Parses one text.
#[derive(Debug)]
pub(super) struct Parser<'text> {
    text: &'text str,
    source: SourceId,
    options: &'text ParseOptions,
    lexer: Lexer<'text>,
    names: Names,
    state: State,
    errors: History<Fault>,
    hints: History<String>,
    comments: History<Comment>,
    /// Terms that could not be parsed, by their offset, and the state after each failure.
    ///
    /// Trying such an offset again must not report again. As in OPA, entries beyond a term are forgotten
    /// when that term has been parsed.
    failures: Vec<(u32, State)>,
    /// Braces, pipes and parentheses whose first reading failed silently, so that they are read once that way.
    refuted: BTreeSet<(u32, Reading)>,
    /// Whether `not` has the meaning of `import future.keywords.not`.
    not_bodies: bool,
    /// How deep the recursion is.
    depth: u32,
    /// The height of the node that was parsed last.
    height: u32,
    /// How many tokens may still be read, going back included.
    fuel: u64,
    faults: Faults,
}

/// The first readings that can fail silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reading {
    /// `|` as the start of a comprehension's body.
    Comprehension,
    /// `{` as the start of an operand of `and` or `or`.
    BracedOperand,
    /// `(` as the start of a group at the start of a literal.
    LeadingGroup,
    /// `(` as the start of a group after `and`, `or` or `not`.
    OperandGroup,
}

impl<'text> Parser<'text> {
    /// A parser at the first token of `text`, which must be shorter than 4 GiB.
    pub(super) fn new(source: SourceId, text: &'text str, options: &'text ParseOptions) -> Self {
        let lexer = Lexer::new(text);
        let keywords = match options.rego_version {
            RegoVersion::V0 | RegoVersion::V0V1 => Keywords::NONE,
            RegoVersion::V1 => Keywords::V1,
            RegoVersion::V2 => Keywords::ALL,
        };
        let keywords = keywords.enable(options.future_keywords);
        let state = State {
            next: lexer.first(),
            token: Token::Illegal,
            start: lexer.first(),
            end: lexer.first(),
            last_end: lexer.first(),
            after_newline: false,
            keywords,
            errors: None,
            hints: None,
            comments: None,
        };
        let mut parser = Self {
            text,
            source,
            options,
            lexer,
            names: Names::for_text(text.len()),
            state,
            errors: History::default(),
            hints: History::default(),
            comments: History::default(),
            failures: Vec::new(),
            refuted: BTreeSet::new(),
            not_bodies: keywords.contains(Keywords::NOT),
            depth: 0,
            height: 0,
            fuel: FREE_TOKENS + TOKENS_PER_BYTE * text.len() as u64,
            faults: Faults::new(),
        };
        parser.scan();
        parser
    }

    /// Moves on to the next token that isn't white space.
    fn scan(&mut self) {
        self.advance(true);
    }

    /// Moves on to the next token, be it white space.
    fn scan_space(&mut self) {
        self.advance(false);
    }

    fn advance(&mut self, skip_space: bool) {
        self.leave_token();
        loop {
            if skip_space {
                let (next, newline) = self.lexer.skip_space(self.state.next);
                self.state.next = next;
                self.state.after_newline |= newline;
            }
            let lexed = if self.burn() {
                let next = self.state.next;
                self.lexer.token(next, self.state.keywords, &mut self.faults)
            } else {
                self.exhausted()
            };
            self.enter_token(lexed);
            match self.state.token {
                Token::Whitespace => {
                    self.state.after_newline |= self.lexer.byte(self.state.start) == b'\n';
                    if !skip_space {
                        return;
                    }
                }
                Token::Comment => self.keep_comment(),
                _ => return,
            }
        }
    }

    /// Moves on to the piece of a template that follows the current `}`.
    fn scan_template(&mut self, raw: bool) {
        self.leave_token();
        let lexed = self.lexer.template_after_brace(self.state.next, raw, &mut self.faults);
        self.enter_token(lexed);
    }

    fn leave_token(&mut self) {
        if self.state.token != Token::Whitespace {
            self.state.last_end = self.state.end;
            self.state.after_newline = false;
        }
    }

    fn enter_token(&mut self, lexed: Lexed) {
        self.state.token = lexed.token;
        self.state.start = lexed.start;
        self.state.end = lexed.end;
        self.state.next = lexed.end;
        if !self.faults.is_empty() {
            for (_, message) in std::mem::take(&mut self.faults) {
                self.error(self.token_span(), message);
            }
            self.state.token = Token::Illegal;
        }
    }

    fn keep_comment(&mut self) {
        let span = self.token_span();
        let text = self.slice(span.start + 1, span.end);
        // A carriage return at the very start stays unless it is alone.
        let trimmed = text.trim_end_matches('\r');
        let text = if trimmed.is_empty() && text.len() > 1 { "\r" } else { trimmed };
        let comment = Comment { span, text: Name::from(text) };
        self.state.comments = self.comments.push(comment, self.state.comments);
    }

    /// Takes one token from the budget. It is far beyond what any text needs that isn't made to make the parser
    /// go back over and over.
    fn burn(&mut self) -> bool {
        self.fuel = self.fuel.saturating_sub(1);
        self.fuel > 0
    }

    fn exhausted(&mut self) -> Lexed {
        let at = self.lexer.end();
        self.faults.push((at, "expression is too ambiguous to be parsed"));
        Lexed { token: Token::Illegal, start: self.state.next.min(at), end: at }
    }

    /// Runs an attempt whose outcome is looked at and thrown away, with other keywords.
    fn attempt<T>(&mut self, keywords: Keywords, attempt: impl FnOnce(&mut Self) -> T) -> T {
        let state = self.state;
        let failures = std::mem::take(&mut self.failures);
        let refuted = std::mem::take(&mut self.refuted);
        self.state.keywords = self.state.keywords.enable(keywords);
        let outcome = attempt(self);
        self.state = state;
        self.failures = failures;
        self.refuted = refuted;
        outcome
    }

    /// The token after the current one, white space included or not.
    fn peek(&mut self, skip_space: bool) -> Token {
        let state = self.state;
        self.advance(skip_space);
        let token = self.state.token;
        self.state = state;
        token
    }

    /// One level deeper, or an error when that is too deep.
    fn enter(&mut self) -> Option<()> {
        if self.depth >= self.options.max_depth {
            self.too_deep();
            return None;
        }
        self.depth += 1;
        Some(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Remembers that a node one higher than `below` was parsed, unless it is too high.
    fn grow(&mut self, below: u32) -> Option<()> {
        if below >= self.options.max_height {
            self.too_deep();
            return None;
        }
        self.height = below + 1;
        Some(())
    }

    #[cold]
    fn too_deep(&mut self) {
        self.error(self.token_span(), "max parsing recursion depth exceeded");
    }

    /// Whether the token is a keyword that may stand in a reference as a name.
    fn is_name_keyword(&self, token: Token) -> bool {
        self.options.keywords_in_refs
            && (token.is_named_in(self.options.rego_version.keywords())
                || token.is_named_in(self.state.keywords))
    }

    /// Takes a keyword for an identifier if an operand follows it at once, as in `if.foo`.
    fn rename_before_operand(&mut self) -> bool {
        if !self.is_name_keyword(self.state.token) {
            return false;
        }
        let renamed = matches!(self.peek(false), Token::Dot | Token::LeftBracket);
        if renamed {
            self.state.token = Token::Identifier;
        }
        renamed
    }

    fn at(&self, token: Token) -> bool {
        self.state.token == token
    }

    fn token_span(&self) -> Span {
        self.span(self.state.start, self.state.end)
    }

    fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.source, start, end)
    }

    /// From `start` to the end of the last token.
    fn span_from(&self, start: u32) -> Span {
        self.span(start, self.state.last_end.max(start))
    }

    fn slice(&self, start: u32, end: u32) -> &'text str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The text of the current token if it has one of its own: names, keywords and numbers.
    fn token_text(&self) -> &'text str {
        let text = self.slice(self.state.start, self.state.end);
        if text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_') { text } else { "" }
    }

    fn token_name(&mut self) -> Name {
        let text = self.token_text();
        let strays = self.stray_bytes();
        if strays == 0 {
            return self.names.get(text);
        }
        Name::from(format!("{text}{}", "\u{fffd}".repeat(strays)))
    }

    /// How many bytes of a wide character OPA takes for a part of the name that it follows. Such a character is an
    /// error of its own, but the name may be part of one before that.
    fn stray_bytes(&self) -> usize {
        match self.lexer.byte(self.state.end) {
            0xF0.. => 3,
            0xE0.. => 2,
            0x80.. => 1,
            _ => 0,
        }
    }

    /// The variable that the current token names.
    fn var(&mut self) -> Var {
        Var { name: self.token_name() }
    }
}

/// What a small text may cost.
const FREE_TOKENS: u64 = 100_000;

/// What each byte of a text may cost on top.
const TOKENS_PER_BYTE: u64 = 50;
