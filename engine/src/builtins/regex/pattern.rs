//! A compiled regular expression.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::super::{BuiltinError, Context};
use super::translate::{Translated, translate};

/// A regular expression in Go's syntax, ready to match.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    /// The names of the groups, from the first; several may have the same.
    names: Vec<Option<String>>,
}

impl Pattern {
    /// Compiles a pattern, or takes it from what has been compiled already.
    ///
    /// # Errors
    /// What is wrong with it, in the words of Go's `regexp`; that it is too large, too, when it would take more than
    /// [`MAX_SIZE`] bytes.
    pub(super) fn cached(ctx: &mut Context<'_>, pattern: &str) -> Result<Arc<Self>, BuiltinError> {
        ctx.compiled.get_or_make(pattern, || Self::compile(pattern).map(Arc::new))
    }

    fn compile(pattern: &str) -> Result<Self, BuiltinError> {
        let Translated { text, names } = translate(pattern)?;
        let built = RegexBuilder::new(&text).size_limit(MAX_SIZE).nest_limit(MAX_NESTING).build();
        let too_large =
            |_| BuiltinError::failed(format!("error parsing regexp: expression too large: `{pattern}`"));
        Ok(Self { regex: built.map_err(too_large)?, names })
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    pub(super) fn find<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        self.regex.find_iter(text).map(|found| found.as_str())
    }

    /// The groups of each match; the first is the whole.
    pub(super) fn captures<'t>(&self, text: &'t str) -> impl Iterator<Item = Vec<&'t str>> {
        // The crate forgets groups that are repeated zero times.
        let numbers = 0..=self.names.len();
        self.regex.captures_iter(text).map(move |groups| {
            numbers.clone().map(|number| groups.get(number).map_or("", |group| group.as_str())).collect()
        })
    }

    /// What lies between the matches; an empty match at the very start separates nothing.
    pub(super) fn split<'t>(&self, text: &'t str) -> Vec<&'t str> {
        if text.is_empty() && !self.regex.as_str().is_empty() {
            return vec![text];
        }
        let mut pieces = Vec::new();
        let (mut begin, mut end) = (0, 0);
        for found in self.regex.find_iter(text) {
            end = found.start();
            if found.end() != 0 {
                pieces.extend(text.get(begin..end));
            }
            begin = found.end();
        }
        if end != text.len() {
            pieces.extend(text.get(begin..));
        }
        pieces
    }

    /// Replaces all matches; `$1` and `${name}` in the replacement stand for groups.
    ///
    /// # Errors
    /// When evaluation should stop.
    pub(super) fn replace(
        &self,
        ctx: &mut Context<'_>,
        text: &str,
        replacement: &str,
    ) -> Result<String, BuiltinError> {
        let parts = self.expansion(replacement);
        let mut output = String::with_capacity(text.len());
        let mut end = 0;
        for groups in self.regex.captures_iter(text) {
            ctx.check("regex.replace: timed out before finishing")?;
            let Some(whole) = groups.get(0) else { continue };
            output.push_str(text.get(end..whole.start()).unwrap_or(""));
            for part in &parts {
                match part {
                    Part::Text(text) => output.push_str(text),
                    Part::Groups(numbers) => {
                        let group = numbers.iter().find_map(|number| groups.get(*number));
                        output.push_str(group.map_or("", |group| group.as_str()));
                    }
                }
            }
            end = whole.end();
        }
        output.push_str(text.get(end..).unwrap_or(""));
        Ok(output)
    }

    fn expansion<'r>(&self, replacement: &'r str) -> Vec<Part<'r>> {
        let mut parts = Vec::new();
        let mut rest = replacement;
        while let Some((before, after)) = rest.split_once('$') {
            parts.push(Part::Text(before));
            rest = after;
            if let Some(after) = rest.strip_prefix('$') {
                parts.push(Part::Text("$"));
                rest = after;
            } else if let Some((name, after)) = group_name(rest) {
                parts.push(Part::Groups(self.groups(name)));
                rest = after;
            } else {
                parts.push(Part::Text("$"));
            }
        }
        parts.push(Part::Text(rest));
        parts
    }

    /// The groups that a name or a number stands for; none when there is no such group.
    fn groups(&self, name: &str) -> Vec<usize> {
        let is_number =
            name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
        if is_number && name.len() <= 9 {
            return name.parse().into_iter().collect();
        }
        let named = self.names.iter().enumerate().filter(|(_, group)| group.as_deref() == Some(name));
        named.map(|(index, _)| index + 1).collect()
    }
}

/// A piece of a replacement.
enum Part<'r> {
    Text(&'r str),
    /// The first of these groups that has a part in the match.
    Groups(Vec<usize>),
}

/// The name after a dollar sign, in braces or as long as letters, digits and underscores follow, and what comes after.
fn group_name(text: &str) -> Option<(&str, &str)> {
    let (braced, inside) = match text.strip_prefix('{') {
        Some(inside) => (true, inside),
        None => (false, text),
    };
    let end = inside.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inside.len());
    let (name, after) = inside.split_at_checked(end).filter(|(name, _)| !name.is_empty())?;
    let after = if braced { after.strip_prefix('}')? } else { after };
    Some((name, after))
}

/// How many bytes a compiled pattern may take.
const MAX_SIZE: usize = 64 << 20;

/// Far beyond what the translation lets through.
const MAX_NESTING: u32 = 10_000;
