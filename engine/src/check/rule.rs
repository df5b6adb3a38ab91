//! What a rule of the linter is: its name, its weight, its page and its check.

use super::subject::Subject;
use super::suppression::Suppression;
use crate::source::Span;

/// A rule of the linter. All there are: [`RULES`](super::RULES).
#[derive(Debug)]
pub struct Rule {
    /// The name, which never changes: reports, suppressions and configuration files hold it.
    pub id: &'static str,
    /// What kind of trouble it warns of.
    pub category: Category,
    /// How bad a finding is unless a configuration file says otherwise.
    pub level: Level,
    /// The version that brought it.
    pub since: &'static str,
    /// Its documentation as Markdown, from the doc comment of the rule; each line starts with a space.
    pub(super) documentation: &'static str,
    pub(super) check: Check,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Check {
    /// The policy.
    Policy(fn(&Subject<'_>, &mut Findings)),
    /// The comments that suppress other findings, each with what it did.
    Suppressions(fn(&[Suppression], &mut Findings)),
}

/// The kinds of trouble that rules warn of; also the folders that they lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// A decision that allows when something is missing.
    FailOpen,
    /// A decision that trusts more than was meant: what the caller says, or what looks alike.
    Trust,
    /// What fails when it is evaluated.
    Correctness,
    /// What has no effect.
    Unused,
    /// Comments that suppress findings, and should not be there so.
    Suppression,
}

impl Category {
    /// The stable name, as reports show it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FailOpen => "fail-open",
            Self::Trust => "trust",
            Self::Correctness => "correctness",
            Self::Unused => "unused",
            Self::Suppression => "suppression",
        }
    }
}

/// How bad the findings of a rule are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// They are not looked for.
    Off,
    /// They are shown.
    Warn,
    /// They are shown, and the check fails.
    Error,
}

impl Level {
    /// All levels.
    pub const ALL: [Self; 3] = [Self::Off, Self::Warn, Self::Error];

    /// The name, as configuration files have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// What one rule found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) list: Vec<Finding>,
}

/// One thing that a rule found.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: String,
}

impl Findings {
    /// Adds a finding: what is wrong, and what to do about it.
    pub(super) fn add(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.list.push(Finding { span, message: message.into(), help: help.into() });
    }
}

/// Defines a [`Rule`] whose page is the doc comment above it.
macro_rules! rule {
    (
        $(#[doc = $line:literal])+
        $name:ident {
            id: $id:literal,
            category: $category:ident,
            level: $level:ident,
            since: $since:literal,
            check: $check:expr,
        }
    ) => {
        $(#[doc = $line])+
        pub(in crate::check) static $name: $crate::check::rule::Rule = $crate::check::rule::Rule {
            id: $id,
            category: $crate::check::rule::Category::$category,
            level: $crate::check::rule::Level::$level,
            since: $since,
            documentation: concat!($($line, "\n"),+),
            check: $check,
        };
    };
}
pub(super) use rule;
