//! Reads pipelines: commands, words, and the values that are written.

use super::{Binding, Command, Kind, MAX_DEPTH, Parser, Pipe, Problem, Word};

impl Parser<'_> {
    pub(super) fn pipe(&mut self, context: &str, most: usize) -> Result<Pipe, Problem> {
        self.spaces();
        let at = self.at;
        let (variables, binding) = self.bindings(context, most)?;
        let mut commands = Vec::new();
        loop {
            self.spaces();
            let at = self.at;
            let words = self.words(context)?;
            if words.is_empty() {
                if commands.is_empty() {
                    return Err(self.problem(&format!("missing value for {context}")));
                }
                // In Go, nothing need come after a bar.
                break;
            }
            let callable = words.first().is_some_and(|word| {
                !matches!(
                    word.kind,
                    Kind::Nil | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_)
                )
            });
            if !commands.is_empty() && !callable {
                let stage = commands.len() + 1;
                return Err(self.problem(&format!("non executable command in pipeline stage {stage}")));
            }
            let written = self.text.get(at..self.at).unwrap_or("").trim_end().to_owned();
            commands.push(Command { at, words, written });
            self.spaces();
            if !self.rest().starts_with('|') {
                break;
            }
            self.at += 1;
        }
        Ok(Pipe { at, variables, binding, commands })
    }

    /// `$x :=`, `$i, $x :=` or `$x =`.
    fn bindings(&mut self, context: &str, most: usize) -> Result<(Vec<String>, Binding), Problem> {
        let mut names: Vec<String> = Vec::new();
        while self.rest().starts_with('$') && names.len() < most {
            let start = self.at;
            let name = self.variable();
            self.spaces();
            let rest = self.rest();
            if rest.starts_with(',') {
                self.at += 1;
                self.spaces();
                // It is declared before anybody knows whether values follow.
                self.variables.push(name.clone());
                names.push(name);
                if names.len() >= most {
                    return Err(self.problem(&format!("too many declarations in {context}")));
                }
                if !["$", "}}"].iter().any(|start| self.rest().starts_with(start)) {
                    return Err(self.problem("range can only initialize variables"));
                }
                continue;
            }
            let binding = if rest.starts_with(":=") {
                self.at += 2;
                Some(Binding::Declare)
            } else if rest.starts_with('=') {
                self.at += 1;
                Some(Binding::Assign)
            } else {
                None
            };
            if let Some(binding) = binding {
                // Whether there is something to assign to is known only at the end, in Go too.
                self.variables.push(name.clone());
                names.push(name);
                return Ok((names, binding));
            }
            // It is the first word of what follows.
            self.at = start;
            break;
        }
        Ok((names, Binding::Declare))
    }

    fn variable(&mut self) -> String {
        let rest = self.rest();
        let inside = rest.get(1..).unwrap_or("");
        let length = 1 + inside.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inside.len());
        self.at += length;
        rest.get(..length).unwrap_or("$").to_owned()
    }

    fn check_variable(&self, name: &str) -> Result<(), Problem> {
        if self.variables.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(self.problem(&format!("undefined variable \"{name}\"")))
    }

    fn words(&mut self, context: &str) -> Result<Vec<Word>, Problem> {
        let mut words = Vec::new();
        loop {
            self.spaces();
            let at = self.at;
            let place = if words.is_empty() { context } else { "operand" };
            let Some(kind) = self.word(place)? else { return Ok(words) };
            let after_kind = self.at;
            let fields = self.fields()?;
            let written = self.text.get(at..self.at).unwrap_or("").to_owned();
            // Go says of a chain that it is where its second part is.
            let at = match (&kind, fields.as_slice()) {
                (Kind::Dot, [first, _, ..]) => after_kind + 1 + first.len(),
                (Kind::Variable(_) | Kind::Pipe(_), [_, ..]) => after_kind,
                _ => at,
            };
            words.push(Word { at, kind, fields, written });
        }
    }

    /// The next word; nothing where the command ends. `place` is what Go calls what is read.
    fn word(&mut self, place: &str) -> Result<Option<Kind>, Problem> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Err(self.problem("unclosed action")) };
        let second = rest.chars().nth(1);
        let kind = match first {
            '(' => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(self.problem("max expression depth exceeded"));
                }
                self.at += 1;
                let pipe = self.pipe("parenthesized pipeline", 1)?;
                self.spaces();
                if !self.rest().starts_with(')') {
                    return Err(self.problem("unclosed left paren"));
                }
                self.at += 1;
                self.depth -= 1;
                Kind::Pipe(pipe)
            }
            '"' | '`' | '\'' => return self.quoted(first).map(Some),
            '$' => {
                let name = self.variable();
                self.check_variable(&name)?;
                Kind::Variable(name)
            }
            '.' if !second.is_some_and(|c| c.is_ascii_digit()) => {
                // A field begins with the dot itself.
                if !second.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    self.at += 1;
                }
                Kind::Dot
            }
            '-' if rest.starts_with("-}}") => return Ok(None),
            c if c.is_ascii_digit() || matches!(c, '.' | '+' | '-') => return self.number().map(Some),
            c if c.is_alphabetic() || c == '_' => {
                let name = self.keyword();
                self.at += name.len();
                match name {
                    "true" => Kind::Bool(true),
                    "false" => Kind::Bool(false),
                    "nil" => Kind::Nil,
                    name if super::super::functions::exists(name) => Kind::Function(name.to_owned()),
                    name => return Err(self.problem(&format!("function \"{name}\" not defined"))),
                }
            }
            '|' if place == "operand" => return Ok(None),
            ')' if self.depth > 0 => return Ok(None),
            ')' => return Err(self.problem("unexpected right paren")),
            '}' if second == Some('}') => return Ok(None),
            // Go's reader of tokens knows a colon only before an equals sign.
            ':' if second != Some('=') => return Err(self.problem("expected :=")),
            c => {
                let token = if c == ':' { ":=".to_owned() } else { c.to_string() };
                let token = super::super::print::quoted(&token);
                return Err(self.problem(&format!("unexpected {token} in {place}")));
            }
        };
        Ok(Some(kind))
    }

    fn fields(&mut self) -> Result<Vec<String>, Problem> {
        let mut fields = Vec::new();
        while let Some(after) = self.rest().strip_prefix('.') {
            let length = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
            if length == 0 {
                return Err(self.problem("unexpected <.> in operand"));
            }
            fields.push(after.get(..length).unwrap_or("").to_owned());
            self.at += 1 + length;
        }
        Ok(fields)
    }

    pub(super) fn quoted(&mut self, quote: char) -> Result<Kind, Problem> {
        let inside = self.rest().get(1..).unwrap_or("");
        if quote == '`' {
            let end = inside.find('`').ok_or_else(|| self.problem("unterminated raw quoted string"))?;
            self.at += end + 2;
            return Ok(Kind::Text(inside.get(..end).unwrap_or("").to_owned()));
        }
        let mut escaped = false;
        let end = inside.find(|c: char| {
            let found = c == '\n' || c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            found
        });
        let unterminated =
            if quote == '"' { "unterminated quoted string" } else { "unterminated character constant" };
        let end = end.filter(|end| !inside.get(*end..).is_some_and(|end| end.starts_with('\n')));
        let end = end.ok_or_else(|| self.problem(unterminated))?;
        let text =
            unescaped(inside.get(..end).unwrap_or("")).ok_or_else(|| self.problem("invalid syntax"))?;
        self.at += end + 2;
        if quote == '"' {
            return Ok(Kind::Text(text));
        }
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => Ok(Kind::Int(u32::from(c).into())),
            (Some(_) | None, _) => Err(self.problem("malformed character constant")),
        }
    }

    fn number(&mut self) -> Result<Kind, Problem> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '+' | '-' | '_'))
            .unwrap_or(rest.len());
        let written = rest.get(..length).unwrap_or("");
        let digits = written.replace('_', "");
        let unsigned = digits.trim_start_matches(['+', '-']);
        let sign = if digits.starts_with('-') { -1 } else { 1 };
        let radix = |prefix: &str, radix| {
            let digits = unsigned.to_ascii_lowercase();
            digits.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok())
        };
        let integer = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2));
        let integer = integer.or_else(|| unsigned.parse().ok());
        let float = || {
            digits
                .parse::<f64>()
                .ok()
                .filter(|_| unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
        };
        let kind = match integer {
            Some(integer) => Kind::Int(integer * sign),
            None => Kind::Float(float().ok_or_else(|| {
                self.problem(&format!("bad number syntax: {}", super::super::print::quoted(written)))
            })?),
        };
        self.at += length;
        Ok(kind)
    }
}

/// Go's escapes.
fn unescaped(text: &str) -> Option<String> {
    let mut output = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            output.push(c);
            continue;
        }
        let c = chars.next()?;
        let code = |chars: &mut std::str::Chars<'_>, length: usize| {
            let digits: String = chars.take(length).collect();
            char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
        };
        output.push(match c {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => code(&mut chars, 2)?,
            'u' => code(&mut chars, 4)?,
            'U' => code(&mut chars, 8)?,
            '\\' | '\'' | '"' => c,
            _ => return None,
        });
    }
    Some(output)
}
