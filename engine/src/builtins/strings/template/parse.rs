//! Reads templates.

mod pipe;

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

/// The name of the template that the text is.
pub(super) const MAIN: &str = "template";

/// Words that are no names.
const KEYWORDS: [&str; 12] =
    [".", "block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"];

const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// How deep control structures and parentheses may nest.
const MAX_DEPTH: usize = 200;
