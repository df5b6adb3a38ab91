//! The printer: writes a tree as Rego that is parsed to the same tree.
//!
//! It is for tools and tests, not for people: comments are left out, and operators inside of operators are in
//! parentheses whether they need them or not. The text has to be parsed with the options that the tree came from.

mod body;
mod head;
mod term;

use std::fmt::Write as _;

use super::tree::{Annotations, Body, Import, Module, Package, Rule, SchemaSource, Term};
use crate::value::Value;

/// A module as text.
pub fn module(module: &Module) -> String {
    let mut printer = Printer::default();
    let mut blocks = Vec::new();
    for block in &module.annotations {
        blocks.push((block.span.start, block));
    }
    let mut blocks = blocks.into_iter().peekable();
    let mut print_blocks_before = |printer: &mut Printer, start: u32| {
        while let Some((_, block)) = blocks.next_if(|(at, _)| *at < start) {
            printer.annotations(block);
        }
    };
    if let Some(package) = &module.package {
        print_blocks_before(&mut printer, package.span.start);
        printer.package(package);
    }
    // An import of a keyword holds from where it stands.
    let mut imports = module.imports.iter().peekable();
    for rule in &module.rules {
        while let Some(import) = imports.next_if(|import| import.span.start <= rule.span.start) {
            printer.import(import);
        }
        if !rule.chained {
            print_blocks_before(&mut printer, rule.span.start);
        }
        printer.rule(rule);
    }
    for import in imports {
        printer.import(import);
    }
    printer.text
}

/// A rule as text. One that is a further body of the rule before it is only that body.
pub fn rule(rule: &Rule) -> String {
    let mut printer = Printer::default();
    printer.rule(rule);
    printer.text
}

/// A body as text, for [`parse_query`](super::parse_query).
pub fn body(body: &Body) -> String {
    let mut printer = Printer::default();
    printer.literals(body);
    printer.text
}

/// A term as text, for [`parse_term`](super::parse_term).
pub fn term(term: &Term) -> String {
    let mut printer = Printer::default();
    printer.term(term);
    printer.text
}

/// The text so far.
#[derive(Debug, Default)]
struct Printer {
    text: String,
    indent: usize,
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn line(&mut self) {
        self.text.push('\n');
        for _ in 0..self.indent {
            self.text.push('\t');
        }
    }

    fn package(&mut self, package: &Package) {
        self.push("package ");
        for (place, segment) in package.path.iter().enumerate() {
            if place == 0 {
                // OPA calls the package `_` so, and takes the operator `&` for a name without characters.
                self.push(match segment.name.as_str() {
                    "$0" => "_",
                    "" => "&",
                    name => name,
                });
            } else {
                self.string_operand(&segment.name);
            }
        }
        self.push("\n");
    }

    fn import(&mut self, import: &Import) {
        self.push("\nimport ");
        self.reference(&import.path);
        if let Some(alias) = &import.alias {
            self.push(" as ");
            self.push(&alias.var.name);
        }
        self.push("\n");
    }

    /// A block in the form of JSON, which is YAML too.
    fn annotations(&mut self, block: &Annotations) {
        let string = |text: &str| Value::String(text.into()).to_json();
        let mut fields = vec![format!("\"scope\": {}", string(block.scope.as_str()))];
        let mut field = |key: &str, text: String| fields.push(format!("{}: {text}", string(key)));
        if !block.title.is_empty() {
            field("title", string(&block.title));
        }
        if !block.description.is_empty() {
            field("description", string(&block.description));
        }
        if block.entrypoint {
            field("entrypoint", "true".to_owned());
        }
        let list = |texts: Vec<String>| format!("[{}]", texts.join(", "));
        if !block.organizations.is_empty() {
            field("organizations", list(block.organizations.iter().map(|name| string(name)).collect()));
        }
        let pair = |first: (&str, &str), second: (&str, &str)| {
            format!("{{\"{}\": {}, \"{}\": {}}}", first.0, string(first.1), second.0, string(second.1))
        };
        if !block.related_resources.is_empty() {
            let resources = block
                .related_resources
                .iter()
                .map(|resource| pair(("ref", &resource.reference), ("description", &resource.description)));
            field("related_resources", list(resources.collect()));
        }
        if !block.authors.is_empty() {
            let authors =
                block.authors.iter().map(|author| pair(("name", &author.name), ("email", &author.email)));
            field("authors", list(authors.collect()));
        }
        if !block.schemas.is_empty() {
            let schemas = block.schemas.iter().map(|schema| {
                let value = match &schema.schema {
                    SchemaSource::Reference(path) => string(&self.printed_reference(path)),
                    SchemaSource::Definition(value) => value.to_json(),
                };
                format!("{{{}: {value}}}", string(&self.printed_reference(&schema.path)))
            });
            field("schemas", list(schemas.collect()));
        }
        if let Some(compile) = &block.compile {
            let unknowns =
                compile.unknowns.iter().map(|unknown| string(&self.printed_reference(unknown))).collect();
            let mut text = format!("{{\"unknowns\": {}", list(unknowns));
            if let Some(mask) = &compile.mask_rule {
                _ = write!(text, ", \"mask_rule\": {}", string(mask));
            }
            text.push('}');
            field("compile", text);
        }
        for (key, value) in [("custom", &block.custom), ("labels", &block.labels)] {
            if let Some(value) = value {
                field(key, value.to_json());
            }
        }
        _ = write!(self.text, "\n# METADATA\n# {{{}}}", fields.join(", "));
        self.push("\n");
    }
}
