//! Texts of users as HTML can hold them.

use std::fmt;

use crate::report::outcome::{lines, one_line};

/// A text with its line breaks; control characters are shown.
pub(in crate::report) fn text(text: &str) -> Escaped {
    Escaped(lines(text))
}

/// A text on one line.
pub(in crate::report) fn line(text: &str) -> Escaped {
    Escaped(one_line(text))
}

/// Shows a text as content or as the value of an attribute in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) struct Escaped(String);

impl fmt::Display for Escaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_str();
        while let Some((at, entity)) = rest.char_indices().find_map(|(at, c)| Some((at, entity(c)?))) {
            let (before, after) = rest.split_at(at);
            write!(f, "{before}{entity}")?;
            // Each of these is one byte.
            rest = after.get(1..).unwrap_or_default();
        }
        f.write_str(rest)
    }
}

fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_of_a_text_is_markup() {
        let hostile = "</script>\n<b a='&amp;' c=\"]]>\">\u{1b}é";
        let escaped = "&lt;/script&gt;\n&lt;b a=&#39;&amp;amp;&#39; c=&quot;]]&gt;&quot;&gt;\\u{1b}é";
        assert_eq!(super::text(hostile).to_string(), escaped);
        assert_eq!(super::line(hostile).to_string(), escaped.replace('\n', "\\n"));
    }
}
