//! Texts that look like another one and are not it.

use std::collections::BTreeSet;

/// Other ways to write a text that something behind the policy may take for the same: letter case, encodings, path forms,
/// full-width letters, white space.
pub fn same_to_others(text: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    forms.insert(text.to_uppercase());
    forms.insert(text.to_lowercase());
    forms.insert(capitalised(text));
    if let Some(last) = text.chars().last() {
        let stem = text.get(..text.len() - last.len_utf8()).unwrap_or_default();
        forms.insert(format!("{stem}%{:02x}", u32::from(last) & 0xff));
    }
    for end in ["/", ".", " ", "\t", "\n", "\0", "%00", "%20", "?", "#"] {
        forms.insert(format!("{text}{end}"));
    }
    for start in [" ", "/", "./"] {
        forms.insert(format!("{start}{text}"));
    }
    if let Some((before, after)) = text.rsplit_once('/') {
        for between in ["//", "/./", "/x/../", "%2f", "%2F", "\\", "/%2e/", ";/"] {
            forms.insert(format!("{before}{between}{after}"));
        }
    }
    if let Some(at) = text.find('/').filter(|at| *at > 0 || text.len() > 1) {
        let (before, after) = text.split_at(at);
        forms.insert(format!("{before}/{after}"));
        forms.insert(format!("{before}/.{after}"));
    }
    if let Some(letter) = text.chars().find(char::is_ascii_alphanumeric) {
        if let Some(wide) = char::from_u32(u32::from(letter) + FULL_WIDTH) {
            forms.insert(text.replacen(letter, &wide.to_string(), 1));
        }
        forms.insert(text.replacen(letter, &format!("%{:02x}", u32::from(letter)), 1));
    }
    forms.remove(text);
    forms
}

/// The text with a capital at the start of one of its words, for each of them.
pub fn with_capitals(text: &str) -> BTreeSet<String> {
    let forms = token_places(text).into_iter().take(MAX_TOKENS).filter_map(|(start, word)| {
        let (before, after) = (text.get(..start)?, text.get(start + word.len()..)?);
        let form = format!("{before}{}{after}", capitalised(word));
        (form != text).then_some(form)
    });
    forms.collect()
}

/// In which way a text differs from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// Another way to write it: letter case, encodings, white space and the like.
    Spelling,
    /// Something follows its end, in the same word.
    Extension,
    /// Something stands before its start.
    Prefix,
    /// It has a line more.
    Line,
    /// It has one part more behind its first one.
    PartBehindFirst,
    /// It has one part more before its last one.
    PartBeforeLast,
    /// It has one part more at its end.
    PartAtEnd,
    /// It is only a part.
    Part,
    /// It is a pattern that matches anything.
    Wildcard,
}

impl Form {
    /// In words, for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spelling => "spelt otherwise",
            Self::Extension => "with something after it",
            Self::Prefix => "with something before it",
            Self::Line => "with a line more",
            Self::PartBehindFirst => "with a part more behind the first",
            Self::PartBeforeLast => "with a part more before the last",
            Self::PartAtEnd => "with a part more at its end",
            Self::Part => "a part of it",
            Self::Wildcard => "a wildcard",
        }
    }
}

/// Texts that a sloppy test takes for this one.
pub fn near_misses(text: &str) -> BTreeSet<(Form, String)> {
    let mut forms: BTreeSet<(Form, String)> =
        same_to_others(text).into_iter().map(|form| (Form::Spelling, form)).collect();
    // Not another spelling, but a line more.
    forms.retain(|(_, form)| !form.ends_with('\n'));
    for end in ["x", "-x", ".x.example"] {
        forms.insert((Form::Extension, format!("{text}{end}")));
    }
    for start in ["x", "x-", "x/", "x.", "x.example/", "https://x.example/"] {
        forms.insert((Form::Prefix, format!("{start}{text}")));
    }
    for lines in [format!("{text}\n"), format!("{text}\nx"), format!("x\n{text}")] {
        forms.insert((Form::Line, lines));
    }
    forms.insert((Form::PartAtEnd, format!("{text}/x")));
    forms.insert((Form::Prefix, format!("x/{text}/x")));
    for wildcard in ["*", "**", ".*", "?", "%"] {
        forms.insert((Form::Wildcard, wildcard.to_owned()));
    }
    for separator in ['/', ':', '.', '@'] {
        if let Some((before, after)) = text.split_once(separator) {
            forms.insert((Form::PartBehindFirst, format!("{before}{separator}x{separator}{after}")));
        }
        if let Some((before, after)) = text.rsplit_once(separator) {
            forms.insert((Form::Part, before.to_owned()));
            forms.insert((Form::Part, after.to_owned()));
            forms.insert((Form::PartBeforeLast, format!("{before}{separator}x{separator}{after}")));
            forms.insert((Form::Wildcard, format!("{before}{separator}*")));
            forms.insert((Form::Part, format!("{before}{separator}")));
        }
    }
    forms.retain(|(_, form)| form != text);
    forms
}

/// For each word of the text but the whole: the text with another word in its place, and those with longer ones.
pub fn longer_words(text: &str) -> Vec<(String, [String; 3])> {
    let words = token_places(text).into_iter().take(MAX_TOKENS).filter_map(|(start, token)| {
        let (before, after) = (text.get(..start)?, text.get(start + token.len()..)?);
        let with = |word: String| format!("{before}{word}{after}");
        let longer = [format!("{token}x"), format!("x{token}"), format!("{token}.x.example")];
        (token.len() < text.len()).then(|| (with(fresh(token)), longer.map(with)))
    });
    words.collect()
}

/// The text with one of its words replaced, for each of them: the word, and the text.
pub fn with_token<'t>(text: &'t str, to: &str) -> Vec<(&'t str, String)> {
    let replaced = token_places(text).into_iter().take(MAX_TOKENS).filter_map(|(start, token)| {
        let (before, after) = (text.get(..start)?, text.get(start + token.len()..)?);
        (token != to).then(|| (token, format!("{before}{to}{after}")))
    });
    replaced.collect()
}

fn token_places(text: &str) -> Vec<(usize, &str)> {
    let mut places = Vec::new();
    let mut start = 0;
    for part in text.split(SEPARATORS) {
        if part.chars().count() >= SHORTEST_TOKEN {
            places.push((start, part));
        }
        start += part.len() + 1;
    }
    places
}

/// A text of the same shape that nothing knows: the last part with letters or digits is another one.
pub fn fresh(text: &str) -> String {
    const FRESH: &str = "zz9";
    let is_word = |character: char| character.is_alphanumeric() || character == '-' || character == '_';
    let end =
        text.rfind(is_word).and_then(|at| text.get(at..)?.chars().next().map(|last| at + last.len_utf8()));
    let Some(end) = end else { return FRESH.to_owned() };
    let head = text.get(..end).unwrap_or_default();
    let start = head.rfind(|character| !is_word(character));
    let start = start.and_then(|at| head.get(at..)?.chars().next().map(|found| at + found.len_utf8()));
    let word = head.get(start.unwrap_or_default()..).unwrap_or_default();
    let fresh = if word.chars().all(|character| character.is_ascii_digit()) {
        "9".repeat(word.len().clamp(1, 9))
    } else {
        FRESH.to_owned()
    };
    let (before, after) = (text.get(..start.unwrap_or_default()), text.get(end..));
    format!("{}{fresh}{}", before.unwrap_or_default(), after.unwrap_or_default())
}

/// The words that texts are made of and that may be replaced everywhere: what stands between separators.
pub fn tokens(text: &str) -> BTreeSet<&str> {
    token_places(text).into_iter().map(|(_, token)| token).collect()
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// From an ASCII character to the full-width one that compatibility forms turn back into it.
const FULL_WIDTH: u32 = 0xfee0;

/// What stands between words; each is one byte.
const SEPARATORS: [char; 9] = ['/', ':', '@', '?', '#', '&', '=', ' ', ','];

/// How many words of a text are looked at.
const MAX_TOKENS: usize = 8;

/// Shorter words are in too many texts by accident.
const SHORTEST_TOKEN: usize = 3;
