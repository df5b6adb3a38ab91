//! Runs templates.

use super::super::super::{BuiltinError, Context};
use super::parse::{Binding, Branches, Command, Inclusion, Kind, MAIN, Node, Pipe, Templates, Word};
use super::print::{Datum, key_text, quoted};
use super::{functions, place};
use crate::stack::with_stack;
use crate::value::Value;

/// The output of a template.
///
/// # Errors
/// What can't be done with the values, in Go's words; that the output is larger than [`MAX_OUTPUT`] bytes.
pub(super) fn run(
    ctx: &mut Context<'_>,
    text: &str,
    templates: &Templates,
    variables: &Value,
) -> Result<String, BuiltinError> {
    let root = Datum::Value(variables.clone());
    let variables = vec![("$".to_owned(), root.clone())];
    let mut run = Run { ctx, text, templates, output: String::new(), variables, name: MAIN, depth: 0 };
    run.nodes(templates.get(MAIN).map(Vec::as_slice).unwrap_or_default(), &root)?;
    Ok(run.output)
}

struct Run<'r, 'c> {
    ctx: &'r mut Context<'c>,
    text: &'r str,
    templates: &'r Templates,
    output: String,
    /// The innermost last.
    variables: Vec<(String, Datum)>,
    /// The template that is run.
    name: &'r str,
    /// How many templates are around it.
    depth: usize,
}

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Done,
    Break,
    Continue,
}

impl<'r> Run<'r, '_> {
    fn nodes(&mut self, nodes: &'r [Node], dot: &Datum) -> Result<Flow, BuiltinError> {
        for node in nodes {
            self.ctx.check("strings.render_template: timed out before finishing")?;
            let flow = match node {
                Node::Text(text) => {
                    self.output.push_str(text);
                    Flow::Done
                }
                Node::Action(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        self.output.push_str(&value.output());
                    }
                    Flow::Done
                }
                Node::If(branches) => self.branch(branches, dot, None)?,
                Node::With(branches) => self.branch(branches, dot, Some(()))?,
                Node::Range(branches) => self.range(branches, dot)?,
                Node::Template(inclusion) => {
                    self.include(inclusion, dot)?;
                    Flow::Done
                }
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if self.output.len() > MAX_OUTPUT {
                return Err(BuiltinError::failed("output too large"));
            }
            if flow != Flow::Done {
                return Ok(flow);
            }
        }
        Ok(Flow::Done)
    }

    /// With `rebind` the value becomes the dot.
    fn branch(
        &mut self,
        branches: &'r Branches,
        dot: &Datum,
        rebind: Option<()>,
    ) -> Result<Flow, BuiltinError> {
        let known = self.variables.len();
        let value = self.pipe(&branches.pipe, dot)?;
        let flow = if value.is_true() {
            self.nodes(&branches.then, if rebind.is_some() { &value } else { dot })
        } else {
            self.nodes(&branches.otherwise, dot)
        };
        self.variables.truncate(known);
        flow
    }

    fn range(&mut self, branches: &'r Branches, dot: &Datum) -> Result<Flow, BuiltinError> {
        let known = self.variables.len();
        let value = self.pipe(&branches.pipe, dot)?;
        let entries: Box<dyn Iterator<Item = (Datum, Datum)>> = match &value {
            Datum::Missing | Datum::Value(Value::Null) => Box::new(std::iter::empty()),
            Datum::Int(end) => Box::new((0..*end).map(|number| (Datum::Int(number), Datum::Int(number)))),
            Datum::Value(Value::Array(array)) => Box::new(numbered(array.iter())),
            Datum::Value(Value::Set(set)) => Box::new(numbered(set.iter())),
            Datum::Value(Value::Object(object)) => {
                let mut entries: Vec<_> = object.iter().map(|(key, value)| (key_text(key), value)).collect();
                entries.sort_by(|(left, _), (right, _)| left.cmp(right));
                Box::new(
                    entries
                        .into_iter()
                        .map(|(key, value)| (Datum::Value(key.into()), Datum::Value(value.clone()))),
                )
            }
            Datum::Value(Value::Bool(_) | Value::Number(_) | Value::String(_)) | Datum::Float(_) => {
                let pipe = &branches.pipe;
                let message = format!("range can't iterate over {}", value.output());
                return Err(self.error(pipe.at, &written(pipe), &message));
            }
        };
        let mut empty = true;
        let mut flow = Flow::Done;
        for (key, element) in entries {
            self.ctx.check("strings.render_template: timed out before finishing")?;
            empty = false;
            self.variables.truncate(known);
            self.bind_entry(&branches.pipe, key, &element);
            if self.nodes(&branches.then, &element)? == Flow::Break {
                break;
            }
        }
        self.variables.truncate(known);
        if empty {
            flow = self.nodes(&branches.otherwise, dot)?;
        }
        self.variables.truncate(known);
        Ok(flow)
    }

    /// Runs another template, which sees nothing but its dot.
    fn include(&mut self, inclusion: &'r Inclusion, dot: &Datum) -> Result<(), BuiltinError> {
        let Some((name, nodes)) = self.templates.get_key_value(&inclusion.name) else {
            let message = format!("template {} not defined", quoted(&inclusion.name));
            return Err(self.error(inclusion.at, &shown(inclusion), &message));
        };
        if self.depth == MAX_DEPTH {
            let message = format!("exceeded maximum template depth ({MAX_DEPTH})");
            return Err(self.error(inclusion.at, &shown(inclusion), &message));
        }
        let dot = match &inclusion.pipe {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Datum::Missing,
        };
        let variables = std::mem::replace(&mut self.variables, vec![("$".to_owned(), dot.clone())]);
        let outer = std::mem::replace(&mut self.name, name);
        self.depth += 1;
        with_stack(|| self.nodes(nodes, &dot))?;
        self.depth -= 1;
        self.name = outer;
        self.variables = variables;
        Ok(())
    }

    fn bind_entry(&mut self, pipe: &Pipe, key: Datum, element: &Datum) {
        let names = pipe.variables.as_slice();
        let bound = match names {
            [] => Vec::new(),
            [one] => vec![(one, element.clone())],
            [first, second, ..] => vec![(first, key), (second, element.clone())],
        };
        for (name, value) in bound {
            self.bind(pipe.binding, name, value);
        }
    }

    /// Gives a variable a value; answers whether there is one.
    fn bind(&mut self, binding: Binding, name: &str, value: Datum) -> bool {
        let known = self.variables.iter_mut().rev().find(|(known, _)| known == name);
        match (binding, known) {
            (Binding::Assign, Some((_, place))) => *place = value,
            (Binding::Assign, None) => return false,
            (Binding::Declare, _) => self.variables.push((name.to_owned(), value)),
        }
        true
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Datum) -> Result<Datum, BuiltinError> {
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(command, dot, value)?);
        }
        let value = value.unwrap_or(Datum::Missing);
        for name in &pipe.variables {
            if !self.bind(pipe.binding, name, value.clone()) {
                let (at, written) =
                    last_word(pipe).map_or((pipe.at, ""), |word| (word.at, word.written.as_str()));
                return Err(self.error(at, written, &format!("undefined variable: {name}")));
            }
        }
        Ok(value)
    }

    fn command(
        &mut self,
        command: &Command,
        dot: &Datum,
        last: Option<Datum>,
    ) -> Result<Datum, BuiltinError> {
        let Some((first, arguments)) = command.words.split_first() else { return Ok(Datum::Missing) };
        if let Kind::Function(name) = &first.kind {
            let value = self.call(name, command, arguments, dot, last)?;
            return self.fields(value, first, &first.fields);
        }
        if !arguments.is_empty() || last.is_some() {
            let message = match first.fields.last() {
                Some(field) => format!("{field} is not a method but has arguments"),
                None => format!("can't give argument to non-function {}", first.written),
            };
            return Err(self.error(first.at, &first.written, &message));
        }
        if matches!(first.kind, Kind::Nil) {
            return Err(self.error(first.at, "nil", "nil is not a command"));
        }
        self.word(first, dot)
    }

    fn call(
        &mut self,
        name: &str,
        command: &Command,
        arguments: &[Word],
        dot: &Datum,
        last: Option<Datum>,
    ) -> Result<Datum, BuiltinError> {
        let mut values = Vec::with_capacity(arguments.len() + 1);
        let count = arguments.len() + usize::from(last.is_some());
        functions::check_count(name, count).map_err(|message| self.error(command.at, name, &message))?;
        for argument in arguments {
            let value = self.word(argument, dot)?;
            // The first value that decides is the last to be computed.
            let decides = name == "and" && !value.is_true() || name == "or" && value.is_true();
            if decides {
                return Ok(value);
            }
            values.push(value);
        }
        values.extend(last);
        functions::call(name, &values).map_err(|message| {
            self.error(command.at, &command.written, &format!("error calling {name}: {message}"))
        })
    }

    fn word(&mut self, word: &Word, dot: &Datum) -> Result<Datum, BuiltinError> {
        let value = match &word.kind {
            Kind::Dot => dot.clone(),
            Kind::Nil => Datum::Value(Value::Null),
            Kind::Bool(value) => Datum::Value((*value).into()),
            Kind::Int(number) => Datum::Int(*number),
            Kind::Float(number) => Datum::Float(*number),
            Kind::Text(text) => Datum::Value(text.as_str().into()),
            Kind::Variable(name) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                found.map_or(Datum::Missing, |(_, value)| value.clone())
            }
            Kind::Function(name) => {
                let command = Command { at: word.at, words: Vec::new(), written: name.clone() };
                self.call(name, &command, &[], dot, None)?
            }
            Kind::Pipe(pipe) => self.pipe(pipe, dot)?,
        };
        self.fields(value, word, &word.fields)
    }

    fn fields(&self, mut value: Datum, word: &Word, fields: &[String]) -> Result<Datum, BuiltinError> {
        for field in fields {
            value = match &value {
                Datum::Missing => Datum::Missing,
                Datum::Value(Value::Object(object)) => {
                    object.get_str(field).map_or(Datum::Missing, |value| Datum::Value(value.clone()))
                }
                Datum::Value(Value::Null) => {
                    let message = format!("nil pointer evaluating interface {{}}.{field}");
                    return Err(self.error(word.at, &word.written, &message));
                }
                Datum::Value(_) => {
                    let message = format!("can't evaluate field {field} in type interface {{}}");
                    return Err(self.error(word.at, &word.written, &message));
                }
                Datum::Int(_) | Datum::Float(_) => {
                    let message = format!("can't evaluate field {field} in type {}", value.type_name());
                    return Err(self.error(word.at, &word.written, &message));
                }
            };
        }
        Ok(value)
    }

    fn error(&self, at: usize, written: &str, message: &str) -> BuiltinError {
        let (line, column) = place(self.text, at);
        BuiltinError::failed(format!(
            "template: template:{line}:{column}: executing {} at <{written}>: {message}",
            quoted(self.name)
        ))
    }
}

/// The word that is evaluated last.
fn last_word(pipe: &Pipe) -> Option<&Word> {
    let word = pipe.commands.last()?.words.last()?;
    if let Kind::Pipe(inner) = &word.kind { last_word(inner) } else { Some(word) }
}

fn numbered<'v>(elements: impl Iterator<Item = &'v Value> + 'v) -> impl Iterator<Item = (Datum, Datum)> + 'v {
    (0..).map(Datum::Int).zip(elements.map(|element| Datum::Value(element.clone())))
}

/// As Go writes it.
fn shown(inclusion: &Inclusion) -> String {
    let pipe = inclusion.pipe.as_ref().map(|pipe| format!(" {}", written(pipe))).unwrap_or_default();
    format!("{{{{template {}{pipe}}}}}", quoted(&inclusion.name))
}

fn written(pipe: &Pipe) -> String {
    let commands: Vec<&str> = pipe.commands.iter().map(|command| command.written.as_str()).collect();
    commands.join(" | ")
}

/// How many bytes a template may write.
const MAX_OUTPUT: usize = 64 << 20;

/// How deep templates may be put into each other; Go allows more.
const MAX_DEPTH: usize = 1_000;
