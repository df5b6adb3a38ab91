//! References between schemas: URLs, resolved against each other (RFC 3986), with JSON pointers behind the `#`.

use std::fmt;

use crate::value::Value;

/// A URL in its parts; a part that is not written is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reference {
    scheme: String,
    /// With its two slashes.
    authority: String,
    path: String,
    /// With its question mark.
    query: String,
    fragment: String,
}

impl Reference {
    /// Reads a URL.
    ///
    /// # Errors
    /// What Go's parser of URLs says of it, as far as such URLs are ever written.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let fault = if text.contains(|c: char| c.is_ascii_control()) {
            Some("net/url: invalid control character in URL".to_owned())
        } else if text.starts_with(':') {
            Some("missing protocol scheme".to_owned())
        } else {
            bad_escape(text).map(|escape| format!("invalid URL escape {}", quoted(escape)))
        };
        if let Some(fault) = fault {
            return Err(format!("parse {}: {fault}", quoted(text)));
        }
        let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (rest, query) = match rest.find('?') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, after)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), after),
            _ => (String::new(), rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(after) => rest.split_at(2 + after.find('/').unwrap_or(after.len())),
            None => ("", rest),
        };
        Ok(Self {
            scheme,
            authority: authority.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            fragment: decode(fragment),
        })
    }

    /// The reference as seen from this one.
    pub(super) fn resolve(&self, other: &Self) -> Self {
        let mut found = other.clone();
        if !other.scheme.is_empty() {
            // What follows the scheme without a slash is no path: `urn:x:y`.
            let is_path = other.path.starts_with('/') || !other.authority.is_empty();
            found.path = if is_path { without_dots(&other.path) } else { other.path.clone() };
            return found;
        }
        found.scheme.clone_from(&self.scheme);
        if !other.authority.is_empty() {
            found.path = without_dots(&other.path);
            return found;
        }
        found.authority.clone_from(&self.authority);
        if other.path.is_empty() {
            found.path.clone_from(&self.path);
            if other.query.is_empty() {
                found.query.clone_from(&self.query);
            }
        } else if other.path.starts_with('/') {
            found.path = without_dots(&other.path);
        } else {
            let folder = self.path.rfind('/').map_or("", |at| self.path.get(..=at).unwrap_or_default());
            let root = if folder.is_empty() && !self.authority.is_empty() { "/" } else { folder };
            found.path = without_dots(&format!("{root}{}", other.path));
        }
        found
    }

    /// The document that the reference leads into.
    pub(super) fn document(&self) -> Self {
        Self { fragment: String::new(), ..self.clone() }
    }

    /// Whether the reference says itself where its document is.
    pub(super) fn is_canonical(&self) -> bool {
        if self.scheme == "file" {
            self.path.starts_with('/')
        } else {
            !self.scheme.is_empty() && self.authority.len() > 2
        }
    }

    /// What the pointer behind the `#` leads to. What is no pointer leads to the document itself.
    ///
    /// # Errors
    /// The part of the pointer that leads nowhere.
    pub(super) fn point<'v>(&self, document: &'v Value) -> Result<&'v Value, String> {
        let Some(tokens) = self.fragment.strip_prefix('/') else { return Ok(document) };
        let mut at = document;
        for token in tokens.split('/') {
            at = match at {
                Value::Object(object) => {
                    let key = token.replace("~1", "/").replace("~0", "~");
                    object.get_str(&key).ok_or_else(|| format!("Object has no key '{key}'"))?
                }
                Value::Array(array) => {
                    let index: i64 = token.parse().map_err(|_| format!("Invalid array index '{token}'"))?;
                    let found = usize::try_from(index).ok().and_then(|index| array.get(index));
                    found.ok_or_else(|| format!("Out of bound array[0,{}] index '{index}'", array.len()))?
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => {
                    return Err(format!("Invalid token reference '{token}'"));
                }
            };
        }
        Ok(at)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scheme.is_empty() {
            write!(f, "{}:", self.scheme)?;
        }
        write!(f, "{}{}{}", self.authority, self.path, self.query)?;
        if !self.fragment.is_empty() {
            f.write_str("#")?;
            for byte in self.fragment.bytes() {
                if is_plain_in_fragment(byte) {
                    write!(f, "{}", char::from(byte))?;
                } else {
                    write!(f, "%{byte:02X}")?;
                }
            }
        }
        Ok(())
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// What Go writes into a fragment as it is.
fn is_plain_in_fragment(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=?@!()*'".contains(&byte)
}

/// The first percent sign that two hexadecimal digits don't follow.
fn bad_escape(text: &str) -> Option<&str> {
    text.match_indices('%').find_map(|(at, _)| {
        let rest = text.get(at..)?;
        let escape = rest.get(..3).unwrap_or(rest);
        let valid = escape.len() == 3 && escape.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit());
        (!valid).then_some(escape)
    })
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match byte {
            b'%' => match (digit(rest.next()), digit(rest.next())) {
                (Some(high), Some(low)) => bytes.extend(u8::try_from(high * 16 + low)),
                _ => bytes.push(b'%'),
            },
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A path whose `.` and `..` are carried out.
fn without_dots(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let mut kept: Vec<&str> = Vec::new();
    let absolute = path.starts_with('/');
    let mut folder = false;
    for segment in path.split('/').skip(usize::from(absolute)) {
        folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let end = if folder && !kept.is_empty() { "/" } else { "" };
    // As in Go, what is resolved starts at the root, unless nothing is left.
    let start = if absolute || !kept.is_empty() { "/" } else { "" };
    format!("{start}{}{end}", kept.join("/"))
}

fn quoted(text: &str) -> String {
    crate::syntax::display::quoted(text)
}

#[cfg(test)]
mod tests {
    use super::Reference;

    fn reference(text: &str) -> Reference {
        Reference::parse(text).expect("it is a reference")
    }

    #[test]
    fn references_are_resolved_as_go_does_it() {
        for (base, text, resolved) in [
            ("", "#/definitions/a", "#/definitions/a"),
            ("", "#", ""),
            ("", "other.json", "/other.json"),
            ("http://a.b/c/d.json", "#x", "http://a.b/c/d.json#x"),
            ("http://a.b/c/d.json", "e.json#/f", "http://a.b/c/e.json#/f"),
            ("http://a.b/c/d.json", "../e.json", "http://a.b/e.json"),
            ("http://a.b/c/d.json", "/e.json", "http://a.b/e.json"),
            ("http://a.b/c/d.json", "//x.y", "http://x.y"),
            ("http://a.b", "urn:x:y", "urn:x:y"),
            ("", "#/definitions/a b%25", "#/definitions/a%20b%25"),
        ] {
            let found = reference(base).resolve(&reference(text));
            assert_eq!(found.to_string(), resolved, "{text} from {base}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused_in_the_words_of_go() {
        for (text, error) in [
            ("%zz", "parse \"%zz\": invalid URL escape \"%zz\""),
            (":x", "parse \":x\": missing protocol scheme"),
            ("a\nb", "parse \"a\\nb\": net/url: invalid control character in URL"),
        ] {
            assert_eq!(Reference::parse(text), Err(error.to_owned()));
        }
    }
}
