//! Conditions of requests on entity tags, by RFC 9110.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a request's conditions come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is to be answered in full.
    Answer,
    /// The client has what there is.
    NotModified,
    /// `If-Match` asks for something else than there is.
    PreconditionFailed,
}

/// Judges a `GET` or `HEAD` of what has this entity tag. Dates are ignored, as no answer states one.
pub(super) fn judge(headers: &HeaderMap, etag: &str) -> Verdict {
    if headers.contains_key(header::IF_MATCH)
        && !tags(headers, &header::IF_MATCH).any(|tag| tag.is_strongly(etag))
    {
        return Verdict::PreconditionFailed;
    }
    if tags(headers, &header::IF_NONE_MATCH).any(|tag| tag.is_weakly(etag)) {
        return Verdict::NotModified;
    }
    Verdict::Answer
}

/// The one revision that the client says it has. Of several it isn't known which one a delta would be applied to.
pub(super) fn only_tag(headers: &HeaderMap) -> Option<&str> {
    let mut tags = tags(headers, &header::IF_NONE_MATCH);
    match (tags.next(), tags.next()) {
        (Some(Tag::Strong(tag) | Tag::Weak(tag)), None) => Some(tag),
        _ => None,
    }
}

/// Whether a range may be answered with a part of what has this entity tag.
pub(super) fn range_holds(headers: &HeaderMap, etag: &str) -> bool {
    !headers.contains_key(header::IF_RANGE)
        || matches!(tags(headers, &header::IF_RANGE).next(), Some(Tag::Strong(tag)) if tag == etag)
}

/// An entity tag of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag<'a> {
    /// `*`: whatever there is.
    Any,
    Strong(&'a str),
    Weak(&'a str),
}

impl Tag<'_> {
    fn is_strongly(self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Strong(tag) => tag == etag,
            Self::Weak(_) => false,
        }
    }

    fn is_weakly(self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Strong(tag) | Self::Weak(tag) => tag == etag,
        }
    }
}

fn tags<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = Tag<'a>> {
    headers.get_all(name).iter().filter_map(|value: &HeaderValue| value.to_str().ok()).flat_map(List)
}

/// The rest of a list of entity tags. It ends where it is none any more.
struct List<'a>(&'a str);

impl<'a> Iterator for List<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        let rest = self.0.trim_start_matches([' ', '\t', ',']);
        if let Some(rest) = rest.strip_prefix('*') {
            self.0 = rest;
            return Some(Tag::Any);
        }
        let (is_weak, rest) = match rest.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (tag, rest) = rest.strip_prefix('"')?.split_once('"')?;
        self.0 = rest;
        Some(if is_weak { Tag::Weak(tag) } else { Tag::Strong(tag) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn conditions_are_judged_in_the_order_of_the_rfc() {
        use Verdict::{Answer, NotModified, PreconditionFailed};
        for (list, verdict) in [
            (&[][..], Answer),
            (&[("if-none-match", "\"e\"")], NotModified),
            (&[("if-none-match", "W/\"e\"")], NotModified),
            (&[("if-none-match", "*")], NotModified),
            (&[("if-none-match", "\"a,b\",\t\"e\"")], NotModified),
            (&[("if-none-match", "\"a\""), ("if-none-match", "\"e\"")], NotModified),
            (&[("if-none-match", "\"E\"")], Answer),
            (&[("if-none-match", "e")], Answer),
            (&[("if-none-match", "\"e")], Answer),
            (&[("if-none-match", "")], Answer),
            (&[("if-match", "\"e\"")], Answer),
            (&[("if-match", "*")], Answer),
            (&[("if-match", "W/\"e\"")], PreconditionFailed),
            (&[("if-match", "\"a\"")], PreconditionFailed),
            (&[("if-match", "\"a\""), ("if-none-match", "\"e\"")], PreconditionFailed),
            (&[("if-match", "\"e\""), ("if-none-match", "\"e\"")], NotModified),
        ] {
            assert_eq!(judge(&headers(list), "e"), verdict, "{list:?}");
        }
    }

    #[test]
    fn a_delta_starts_from_the_only_tag() {
        for (list, tag) in [
            (&[][..], None),
            (&[("if-none-match", "\"a\"")], Some("a")),
            (&[("if-none-match", "W/\"a\"")], Some("a")),
            (&[("if-none-match", "\"a\", \"b\"")], None),
            (&[("if-none-match", "*")], None),
        ] {
            assert_eq!(only_tag(&headers(list)), tag, "{list:?}");
        }
    }

    #[test]
    fn a_range_holds_for_the_same_strong_tag_only() {
        for (list, holds) in [
            (&[][..], true),
            (&[("if-range", "\"e\"")], true),
            (&[("if-range", "W/\"e\"")], false),
            (&[("if-range", "\"a\"")], false),
            (&[("if-range", "Thu, 01 Jan 1970 00:00:00 GMT")], false),
        ] {
            assert_eq!(range_holds(&headers(list), "e"), holds, "{list:?}");
        }
    }
}
