//! Tests of texts that more texts pass.

use super::mutant::{Effect, Operator};
use super::site::Site;
use crate::probe::reach::Polarity;
use crate::syntax::tree::{Call, Term, TermKind};
use crate::value::json_string;

/// What should stand at the start or end may stand anywhere.
pub(super) const PREFIX_ANYWHERE: Operator =
    Operator { id: "prefix-anywhere", summary: "the text may stand anywhere" };
/// A text goes on where it should end.
pub(super) const DELIMITER_DROP: Operator =
    Operator { id: "delimiter-drop", summary: "the text goes on without a delimiter" };
/// A pattern is not bound to the start or end.
pub(super) const REGEX_UNANCHOR: Operator =
    Operator { id: "regex-unanchor", summary: "the pattern is not anchored" };
/// A star of a glob reaches over delimiters.
pub(super) const GLOB_DELIMITER: Operator =
    Operator { id: "glob-delimiter", summary: "a star reaches over delimiters" };
/// A text is not brought into its normal form.
pub(super) const NORMAL_FORM_DROP: Operator =
    Operator { id: "normal-form-drop", summary: "the text is taken as it is" };

/// A call of a function that looks at texts.
pub(super) fn call(site: &mut Site<'_>, term: &Term, call: &Call, name: &str, polarity: Polarity) {
    let args = call.args.as_slice();
    match (name, args) {
        ("startswith" | "endswith", [_, text]) => {
            let effect = (Effect::More, polarity);
            site.change(&PREFIX_ANYWHERE, call.operator.span, "contains", effect);
            if let Some(constant) = text.as_string() {
                let shorter = if name == "startswith" {
                    constant.as_str().strip_suffix(DELIMITERS)
                } else {
                    constant.as_str().strip_prefix(DELIMITERS)
                };
                if let Some(shorter) = shorter.filter(|shorter| !shorter.is_empty()) {
                    site.change(&DELIMITER_DROP, text.span, json_string(shorter), effect);
                }
            }
        }
        ("regex.match", [pattern, _]) => unanchor(site, pattern, polarity),
        ("glob.match", [_, delimiters, _]) if !matches!(delimiters.kind, TermKind::Null) => {
            site.change(&GLOB_DELIMITER, delimiters.span, "null", (Effect::More, polarity));
        }
        ("lower" | "upper" | "trim_space" | "urlquery.decode", [text]) => {
            let plain = site.written(text.span);
            site.change(&NORMAL_FORM_DROP, term.span, plain, (Effect::Other, polarity));
        }
        _ => {}
    }
}

fn unanchor(site: &mut Site<'_>, pattern: &Term, polarity: Polarity) {
    if pattern.as_string().is_none() {
        return;
    }
    let written = site.written(pattern.span);
    let Some(quote) = written.chars().next().filter(|quote| matches!(quote, '"' | '`')) else { return };
    let Some(inner) = written.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)) else { return };
    let without = [inner.strip_prefix('^'), inner.strip_suffix('$').filter(|before| !before.ends_with('\\'))];
    for shorter in without.into_iter().flatten().filter(|shorter| !shorter.is_empty()) {
        let replacement = format!("{quote}{shorter}{quote}");
        site.change(&REGEX_UNANCHOR, pattern.span, replacement, (Effect::More, polarity));
    }
}

const DELIMITERS: [char; 6] = ['/', ':', '.', '@', '#', '-'];
