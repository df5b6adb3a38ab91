//! `${NAME}` in a configuration file: the variable of the environment, as OPA puts it in before it looks at anything else.

/// A text with the values of variables in it, and where they were.
#[derive(Debug)]
pub(super) struct Substituted {
    text: String,
    /// For each value: where it ends here, and where the reference to it ended in the original.
    values: Vec<Value>,
}

#[derive(Debug)]
struct Value {
    start: usize,
    end: usize,
    original_start: usize,
    original_end: usize,
}

/// Puts in the variables that there are; what names none stays as it is.
pub(super) fn substitute(original: &str, variable: &dyn Fn(&str) -> Option<String>) -> Substituted {
    let mut text = String::with_capacity(original.len());
    let mut values = Vec::new();
    let mut rest = original;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let at = original.len() - after.len() - 2;
        // References don't cross lines.
        let name = after.split_once('}').map(|(name, _)| name).filter(|name| !name.contains('\n'));
        let Some(name) = name else {
            text.push_str("${");
            rest = after;
            continue;
        };
        let original_end = at + name.len() + 3;
        let value = if name.is_empty() { Some(String::new()) } else { variable(name) };
        let Some(value) = value else {
            text.push_str(original.get(at..original_end).unwrap_or_default());
            rest = original.get(original_end..).unwrap_or_default();
            continue;
        };
        values.push(Value {
            start: text.len(),
            end: text.len() + value.len(),
            original_start: at,
            original_end,
        });
        text.push_str(&value);
        rest = original.get(original_end..).unwrap_or_default();
    }
    text.push_str(rest);
    Substituted { text, values }
}

impl Substituted {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where in the original a byte of the text comes from; for one of a value, where its reference starts.
    pub(super) fn original(&self, offset: u32) -> u32 {
        let at = offset as usize;
        let before = self.values.iter().take_while(|value| value.start <= at).last();
        let original = match before {
            Some(value) if at < value.end => value.original_start,
            Some(value) => value.original_end + (at - value.end),
            None => at,
        };
        u32::try_from(original).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        match name {
            "A" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_put_in_and_what_names_none_stays() {
        for (text, expected) in [
            ("a: ${A}!", "a: value!"),
            ("${A}${A}", "valuevalue"),
            ("${EMPTY}.${}.${B}", "..${B}"),
            ("${B${A}", "${B${A}"),
            ("${A\n} ${", "${A\n} ${"),
            ("$A {A} $${A}", "$A {A} $value"),
        ] {
            assert_eq!(substitute(text, &variable).text(), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_original() {
        let substituted = substitute("ab${A}cd${EMPTY}e", &variable);
        let places: Vec<u32> = (0..=10).map(|at| substituted.original(at)).collect();
        assert_eq!(places, [0, 1, 2, 2, 2, 2, 2, 6, 7, 16, 17]);
    }
}
