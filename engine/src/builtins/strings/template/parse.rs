//! Reads templates.

use std::collections::BTreeMap;

use super::Problem;

/// A part of a template.
#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If(Branches),
    With(Branches),
    Range(Branches),
    Template(Inclusion),
    Break,
    Continue,
}

/// Where another template is put in.
#[derive(Debug)]
pub(super) struct Inclusion {
    pub(super) at: usize,
    pub(super) name: String,
    /// What is its dot; nothing if nothing is given.
    pub(super) pipe: Option<Pipe>,
}

/// Templates by name; the text itself is called [`MAIN`].
pub(super) type Templates = BTreeMap<String, Vec<Node>>;

/// What is done when a pipeline has a value that counts as true, and what otherwise.
#[derive(Debug)]
pub(super) struct Branches {
    pub(super) pipe: Pipe,
    pub(super) then: Vec<Node>,
    pub(super) otherwise: Vec<Node>,
}

/// Commands, of which each gets the value of the one before it.
#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) at: usize,
    pub(super) variables: Vec<String>,
    pub(super) binding: Binding,
    pub(super) commands: Vec<Command>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    Declare,
    Assign,
}

/// A function or a value with its arguments.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) at: usize,
    pub(super) words: Vec<Word>,
    /// As the template writes it.
    pub(super) written: String,
}

/// A word with the fields after it.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) at: usize,
    pub(super) kind: Kind,
    pub(super) fields: Vec<String>,
    /// As the template writes it.
    pub(super) written: String,
}

#[derive(Debug)]
pub(super) enum Kind {
    Dot,
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Variable(String),
    Function(String),
    Pipe(Pipe),
}

/// Reads a template.
pub(super) fn parse(text: &str) -> Result<Templates, Problem> {
    let variables = vec!["$".to_owned()];
    let mut parser = Parser { text, at: 0, variables, loops: 0, depth: 0, templates: BTreeMap::new() };
    let (nodes, end) = parser.list(Place::Outermost)?;
    match end {
        End::Text => parser.add(MAIN, nodes)?,
        End::Closed => return Err(parser.problem("unexpected {{end}}")),
        End::Else => return Err(parser.problem("unexpected {{else}}")),
    }
    Ok(parser.templates)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    variables: Vec<String>,
    loops: usize,
    depth: usize,
    templates: Templates,
}

/// Where nodes are: templates are only defined outside of everything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outermost,
    Inside,
}

/// What ended a list of nodes.
#[derive(PartialEq, Eq)]
enum End {
    Text,
    Closed,
    Else,
}

#[derive(Clone, Copy)]
enum Control {
    If,
    With,
    Range,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn problem(&self, message: &str) -> Problem {
        Problem { at: self.at, message: message.to_owned() }
    }

    fn list(&mut self, place: Place) -> Result<(Vec<Node>, End), Problem> {
        let mut nodes = Vec::new();
        loop {
            let rest = self.rest();
            let Some((text, after)) = rest.split_once("{{") else {
                self.at = self.text.len();
                push_text(&mut nodes, rest);
                return Ok((nodes, End::Text));
            };
            let trimmed =
                after.starts_with('-') && after.get(1..).is_some_and(|after| after.starts_with(SPACE));
            push_text(&mut nodes, if trimmed { text.trim_end_matches(SPACE) } else { text });
            self.at += text.len() + if trimmed { 4 } else { 2 };
            self.spaces();
            if self.rest().starts_with("/*") {
                self.comment()?;
                continue;
            }
            match self.keyword() {
                "end" => {
                    self.at += 3;
                    self.close()?;
                    return Ok((nodes, End::Closed));
                }
                "else" => {
                    self.at += 4;
                    return Ok((nodes, End::Else));
                }
                "if" => nodes.push(self.control(Control::If)?),
                "with" => nodes.push(self.control(Control::With)?),
                "range" => nodes.push(self.control(Control::Range)?),
                "break" => nodes.push(self.leave("break", Node::Break)?),
                "continue" => nodes.push(self.leave("continue", Node::Continue)?),
                "define" if place == Place::Outermost => self.definition()?,
                "define" => return Err(self.problem("unexpected <define> in command")),
                "template" => nodes.push(self.inclusion()?),
                "block" => nodes.push(self.block()?),
                _ => {
                    let pipe = self.pipe("command", 1)?;
                    self.close()?;
                    nodes.push(Node::Action(pipe));
                }
            }
        }
    }

    fn keyword(&self) -> &'t str {
        let rest = self.rest();
        rest.get(..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())).unwrap_or("")
    }

    fn leave(&mut self, name: &str, node: Node) -> Result<Node, Problem> {
        if self.loops == 0 {
            return Err(self.problem(&format!("{{{{{name}}}}} outside {{{{range}}}}")));
        }
        self.at += name.len();
        self.close()?;
        Ok(node)
    }

    fn definition(&mut self) -> Result<(), Problem> {
        self.at += "define".len();
        let (_, name) = self.template_name("define clause")?;
        self.spaces();
        if !self.rest().starts_with("}}") && !self.rest().starts_with("-}}") {
            return Err(self.unexpected("define clause"));
        }
        self.close()?;
        self.body(&name, "define clause")
    }

    fn inclusion(&mut self) -> Result<Node, Problem> {
        self.at += "template".len();
        let (at, name) = self.template_name("template clause")?;
        self.spaces();
        let is_over = self.rest().starts_with("}}") || self.rest().starts_with("-}}");
        if !is_over && self.rest().starts_with('}') {
            return Err(self.unexpected("template clause"));
        }
        let pipe = if is_over { None } else { Some(self.pipe("template clause", 1)?) };
        self.close()?;
        Ok(Node::Template(Inclusion { at, name, pipe }))
    }

    /// Defines a template where it is put in.
    fn block(&mut self) -> Result<Node, Problem> {
        self.at += "block".len();
        let (at, name) = self.template_name("block clause")?;
        let pipe = Some(self.pipe("block clause", 1)?);
        self.close()?;
        self.body(&name, "block clause")?;
        Ok(Node::Template(Inclusion { at, name, pipe }))
    }

    /// The nodes of a template up to its `end`: it has variables of its own, and no loop is around it.
    fn body(&mut self, name: &str, context: &str) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.problem("max expression depth exceeded"));
        }
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let loops = std::mem::take(&mut self.loops);
        let (nodes, end) = self.list(Place::Inside)?;
        match end {
            End::Closed => {}
            End::Text => return Err(self.problem("unexpected EOF")),
            End::Else => return Err(self.problem(&format!("unexpected {{{{else}}}} in {context}"))),
        }
        self.variables = variables;
        self.loops = loops;
        self.depth -= 1;
        self.add(name, nodes)
    }

    /// Of two templates with one name, one has to be blank.
    fn add(&mut self, name: &str, nodes: Vec<Node>) -> Result<(), Problem> {
        match self.templates.get(name) {
            Some(known) if !is_blank(known) => {
                if is_blank(&nodes) {
                    return Ok(());
                }
                let name = super::print::quoted(name);
                Err(self.problem(&format!("template: multiple definition of template {name}")))
            }
            Some(_) | None => {
                self.templates.insert(name.to_owned(), nodes);
                Ok(())
            }
        }
    }

    /// The name of a template, and where it is.
    fn template_name(&mut self, context: &str) -> Result<(usize, String), Problem> {
        self.spaces();
        let at = self.at;
        if let Some(quote @ ('"' | '`')) = self.rest().chars().next()
            && let Kind::Text(name) = self.quoted(quote)?
        {
            return Ok((at, name));
        }
        Err(self.unexpected(context))
    }

    /// The problem that the next word stands where it can't.
    fn unexpected(&self, context: &str) -> Problem {
        let rest = self.rest();
        if rest.is_empty() {
            return self.problem("unclosed action");
        }
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let inside = rest.trim_start_matches(['.', '$']);
        let length = rest.len() - inside.trim_start_matches(is_part).len();
        let word = match rest.get(..length).unwrap_or("") {
            "" if rest.starts_with("}}") => "}}",
            "" => rest.get(..rest.chars().next().map_or(0, char::len_utf8)).unwrap_or(""),
            word => word,
        };
        let shown = if KEYWORDS.contains(&word) { format!("<{word}>") } else { super::print::quoted(word) };
        self.problem(&format!("unexpected {shown} in {context}"))
    }

    fn comment(&mut self) -> Result<(), Problem> {
        let length = self.rest().find("*/").ok_or_else(|| self.problem("unclosed comment"))?;
        self.at += length + 2;
        let before = self.at;
        self.close()
            .map_err(|_| Problem { at: before, message: "comment ends before closing delimiter".to_owned() })
    }

    /// `if`, `with` and `range` up to their `end`.
    fn control(&mut self, control: Control) -> Result<Node, Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.problem("max expression depth exceeded"));
        }
        let known = self.variables.len();
        let name = self.keyword();
        self.at += name.len();
        let most = if matches!(control, Control::Range) { 2 } else { 1 };
        let pipe = self.pipe(name, most)?;
        self.close()?;
        let loops = usize::from(matches!(control, Control::Range));
        self.loops += loops;
        let (then, mut end) = self.list(Place::Inside)?;
        self.loops -= loops;
        let mut otherwise = Vec::new();
        if end == End::Else {
            self.spaces();
            let chained = match (control, self.keyword()) {
                (Control::If, "if") => Some(Control::If),
                (Control::With, "with") => Some(Control::With),
                _ => None,
            };
            if let Some(chained) = chained {
                otherwise.push(self.control(chained)?);
                end = End::Closed;
            } else {
                self.close()?;
                (otherwise, end) = self.list(Place::Inside)?;
                if end == End::Else {
                    return Err(self.problem("expected end; found {{else}}"));
                }
            }
        }
        if end == End::Text {
            return Err(self.problem("unexpected EOF"));
        }
        self.variables.truncate(known);
        self.depth -= 1;
        let branches = Branches { pipe, then, otherwise };
        Ok(match control {
            Control::If => Node::If(branches),
            Control::With => Node::With(branches),
            Control::Range => Node::Range(branches),
        })
    }

    /// Takes the end of an action, and the space after it if it is trimmed.
    fn close(&mut self) -> Result<(), Problem> {
        self.spaces();
        let after_space = self.text.get(..self.at).is_some_and(|before| before.ends_with(SPACE));
        let trimmed = after_space && self.rest().starts_with("-}}");
        if trimmed {
            self.at += 3;
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACE).len();
        } else if self.rest().starts_with("}}") {
            self.at += 2;
        } else if self.rest().is_empty() {
            return Err(self.problem("unclosed action"));
        } else {
            let found = self.rest().chars().next().unwrap_or(' ');
            return Err(
                self.problem(&format!("unexpected {} in command", super::print::quoted(&found.to_string())))
            );
        }
        Ok(())
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(SPACE).len();
    }

    fn pipe(&mut self, context: &str, most: usize) -> Result<Pipe, Problem> {
        self.spaces();
        let at = self.at;
        let (variables, binding) = self.bindings(most)?;
        let mut commands = Vec::new();
        loop {
            self.spaces();
            let at = self.at;
            let words = self.words()?;
            if words.is_empty() {
                let message = if commands.is_empty() {
                    format!("missing value for {context}")
                } else {
                    "missing value for command".to_owned()
                };
                return Err(self.problem(&message));
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
    fn bindings(&mut self, most: usize) -> Result<(Vec<String>, Binding), Problem> {
        let start = self.at;
        let mut names = Vec::new();
        while self.rest().starts_with('$') && names.len() < most {
            names.push(self.variable());
            self.spaces();
            if self.rest().starts_with(',') {
                self.at += 1;
                self.spaces();
                continue;
            }
            let binding = if self.rest().starts_with(":=") {
                self.variables.extend(names.iter().cloned());
                Binding::Declare
            } else if self.rest().starts_with('=') {
                for name in &names {
                    self.check_variable(name)?;
                }
                Binding::Assign
            } else {
                break;
            };
            self.at += if binding == Binding::Declare { 2 } else { 1 };
            return Ok((names, binding));
        }
        self.at = start;
        Ok((Vec::new(), Binding::Declare))
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

    fn words(&mut self) -> Result<Vec<Word>, Problem> {
        let mut words = Vec::new();
        loop {
            self.spaces();
            let at = self.at;
            let Some(kind) = self.word()? else { return Ok(words) };
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

    fn word(&mut self) -> Result<Option<Kind>, Problem> {
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
                    name if super::functions::exists(name) => Kind::Function(name.to_owned()),
                    name => return Err(self.problem(&format!("function \"{name}\" not defined"))),
                }
            }
            '|' | ')' | '}' | ',' | '=' | ':' => return Ok(None),
            c => {
                let character = super::print::quoted(&c.to_string());
                return Err(self.problem(&format!("unexpected {character} in command")));
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

    fn quoted(&mut self, quote: char) -> Result<Kind, Problem> {
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
                self.problem(&format!("bad number syntax: {}", super::print::quoted(written)))
            })?),
        };
        self.at += length;
        Ok(kind)
    }
}

/// Whether nodes write nothing but space.
fn is_blank(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
}

fn push_text(nodes: &mut Vec<Node>, text: &str) {
    if !text.is_empty() {
        nodes.push(Node::Text(text.to_owned()));
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

/// The name of the template that the text is.
pub(super) const MAIN: &str = "template";

/// Words that are no names.
const KEYWORDS: [&str; 12] =
    [".", "block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"];

const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// How deep control structures and parentheses may nest.
const MAX_DEPTH: usize = 200;
