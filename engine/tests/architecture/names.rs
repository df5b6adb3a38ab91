//! Reads Rust closely enough to see which paths it names.

/// A path that code names: `std::fs::read`.
pub(crate) struct Name {
    /// The line it stands in, from 1.
    pub(crate) line: usize,
    /// The whole path, with what the `use` around it adds.
    pub(crate) path: String,
    /// Whether a `use` names it.
    pub(crate) is_import: bool,
    /// Whether it is called as a macro.
    pub(crate) is_macro: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Colons,
    Sign(char),
}

/// All paths of a Rust text in its order; comments and literals name nothing.
pub(crate) fn names(text: &str) -> Vec<Name> {
    let tokens = tokens(&without_comments_and_literals(text));
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((line, token)) = tokens.get(at) {
        let follows_type = *token == Token::Colons && at > 0 && sign(&tokens, at - 1) == Some('>');
        match token {
            Token::Word(word) if word == "use" && sign(&tokens, at + 1) != Some('<') => {
                at = import(&tokens, at + 1, "", &mut found);
            }
            Token::Word(_) => {
                let (path, end) = path(&tokens, at);
                let is_macro = sign(&tokens, end) == Some('!');
                found.push(Name { line: *line, path, is_import: false, is_macro });
                at = end;
            }
            // `<T>::name`: what follows belongs to a type, and is no path of its own.
            Token::Colons if follows_type => at = path(&tokens, at + 1).1.max(at + 1),
            Token::Colons | Token::Sign(_) => at += 1,
        }
    }
    found
}

/// Reads one tree of a `use` from `at`, and returns where it ends.
fn import(tokens: &[(usize, Token)], at: usize, prefix: &str, found: &mut Vec<Name>) -> usize {
    let mut at = if tokens.get(at).is_some_and(|(_, token)| *token == Token::Colons) { at + 1 } else { at };
    let line = tokens.get(at).map_or(0, |(line, _)| *line);
    let (tail, end) = path(tokens, at);
    let full = if prefix.is_empty() || tail.is_empty() {
        format!("{prefix}{tail}")
    } else {
        format!("{prefix}::{tail}")
    };
    at = if tokens.get(end).is_some_and(|(_, token)| *token == Token::Colons) { end + 1 } else { end };
    if sign(tokens, at) == Some('{') {
        at += 1;
        while !matches!(sign(tokens, at), Some('}' | ';')) && at < tokens.len() {
            let next = import(tokens, at, &full, found);
            at = if sign(tokens, next) == Some(',') || next == at { next + 1 } else { next };
        }
        return at + 1;
    }
    found.push(Name { line, path: full, is_import: true, is_macro: false });
    while !matches!(sign(tokens, at), Some(',' | '}' | ';')) && at < tokens.len() {
        at += 1;
    }
    at
}

/// The path that starts at `at` (empty when there is none), and where it ends.
fn path(tokens: &[(usize, Token)], mut at: usize) -> (String, usize) {
    let mut path = String::new();
    while let Some((_, Token::Word(word))) = tokens.get(at) {
        path.push_str(word);
        at += 1;
        if !matches!(tokens.get(at..at + 2), Some([(_, Token::Colons), (_, Token::Word(_))])) {
            break;
        }
        path.push_str("::");
        at += 1;
    }
    (path, at)
}

fn sign(tokens: &[(usize, Token)], at: usize) -> Option<char> {
    tokens.get(at).and_then(|(_, token)| if let Token::Sign(sign) = token { Some(*sign) } else { None })
}

fn tokens(code: &str) -> Vec<(usize, Token)> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut chars = code.chars().peekable();
    while let Some(first) = chars.next() {
        if first == '\n' {
            line += 1;
        } else if is_word(first) {
            let mut word = String::from(first);
            while let Some(next) = chars.next_if(|next| is_word(*next)) {
                word.push(next);
            }
            tokens.push((line, Token::Word(word)));
        } else if first == ':' && chars.next_if_eq(&':').is_some() {
            tokens.push((line, Token::Colons));
        } else if !first.is_whitespace() {
            tokens.push((line, Token::Sign(first)));
        }
    }
    tokens
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The text with spaces in place of comments, strings and character literals; lines stay where they are.
fn without_comments_and_literals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let rest = chars.get(at..).unwrap_or_default();
        let length = dead_length(rest).min(rest.len());
        if length == 0 {
            code.extend(rest.first());
            at += 1;
        } else {
            code.extend(rest.iter().take(length).map(|char| if *char == '\n' { '\n' } else { ' ' }));
            at += length;
        }
    }
    code
}

/// How many characters the comment or literal takes that `rest` starts with; 0 when it starts with neither.
fn dead_length(rest: &[char]) -> usize {
    match rest {
        ['/', '/', ..] => rest.iter().take_while(|char| **char != '\n').count(),
        ['/', '*', ..] => {
            let (mut depth, mut at) = (1, 2);
            while depth > 0 && at < rest.len() {
                match rest.get(at..at + 2) {
                    Some(['/', '*']) => (depth, at) = (depth + 1, at + 2),
                    Some(['*', '/']) => (depth, at) = (depth - 1, at + 2),
                    _ => at += 1,
                }
            }
            at
        }
        ['"', ..] | ['\'', '\\', ..] => {
            let quote = rest.first();
            let mut at = 1;
            while at < rest.len() && rest.get(at) != quote {
                at += if rest.get(at) == Some(&'\\') { 2 } else { 1 };
            }
            at + 1
        }
        ['\'', _, '\'', ..] => 3,
        ['r', '"' | '#', ..] => {
            let hashes = rest.iter().skip(1).take_while(|char| **char == '#').count();
            if rest.get(hashes + 1) != Some(&'"') {
                return 0;
            }
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let body = rest.get(hashes + 2..).unwrap_or_default();
            let length = body.windows(close.len()).position(|window| window == close).unwrap_or(body.len());
            hashes + 2 + length + close.len()
        }
        _ => 0,
    }
}
