//! A tree as indented text, for people who want to see what was understood, and for comparisons.

mod term;

use std::fmt::Write as _;

use super::tree::{
    Annotations, Body, HeadValue, Import, Literal, LiteralKind, Module, Rule, SchemaSource, Target, With,
};
use crate::source::{LineIndex, Span};

/// A module, one node per line, children indented below their parent.
///
/// With an index of the module's text each node is followed by where it starts and ends.
pub fn module(module: &Module, places: Option<&LineIndex>) -> String {
    let mut dump = Dump { text: String::new(), indent: 0, places };
    dump.module(module);
    dump.text
}

/// A body in the same form.
pub fn body(body: &Body, places: Option<&LineIndex>) -> String {
    let mut dump = Dump { text: String::new(), indent: 0, places };
    dump.body(body);
    dump.text
}

#[derive(Debug)]
struct Dump<'a> {
    text: String,
    indent: usize,
    places: Option<&'a LineIndex>,
}

impl Dump<'_> {
    /// A line for a node.
    fn node(&mut self, span: Span, words: &str) {
        for _ in 0..self.indent {
            self.text.push_str("  ");
        }
        self.text.push_str(words);
        if let Some(index) = self.places {
            let (start, end) = (index.position(span.start), index.position(span.end));
            let end_row = if start.row == end.row { String::new() } else { format!("{}:", end.row) };
            _ = write!(self.text, " @{}:{}-{end_row}{}", start.row, start.col, end.col);
        }
        self.text.push('\n');
    }

    /// A node and its children.
    fn parent(&mut self, span: Span, words: &str, children: impl FnOnce(&mut Self)) {
        self.node(span, words);
        self.indent += 1;
        children(self);
        self.indent -= 1;
    }

    fn module(&mut self, module: &Module) {
        if let Some(package) = &module.package {
            let path: Vec<_> = package.path.iter().map(|segment| format!("{:?}", segment.name)).collect();
            self.node(package.span, &format!("package {}", path.join(" ")));
        }
        for import in &module.imports {
            self.import(import);
        }
        for block in &module.annotations {
            self.annotations(block);
        }
        for rule in &module.rules {
            self.rule(rule);
        }
    }

    fn import(&mut self, import: &Import) {
        self.parent(import.span, "import", |dump| {
            dump.reference(&import.path);
            if let Some(alias) = &import.alias {
                dump.node(alias.span, &format!("alias {}", alias.var.name));
            }
        });
    }

    fn annotations(&mut self, block: &Annotations) {
        let target = match block.target {
            Some(Target::Package) => " of the package".to_owned(),
            Some(Target::Import(at)) => format!(" of import {at}"),
            Some(Target::Rule(at)) => format!(" of rule {at}"),
            None => String::new(),
        };
        self.parent(block.span, &format!("annotations {}{target}", block.scope.as_str()), |dump| {
            let mut field = |words: String| dump.node(block.span, &words);
            field(format!("title {:?}", block.title));
            field(format!("description {:?}", block.description));
            field(format!("entrypoint {}", block.entrypoint));
            field(format!("organizations {:?}", block.organizations));
            for author in &block.authors {
                field(format!("author {:?} {:?}", author.name, author.email));
            }
            for resource in &block.related_resources {
                field(format!("related resource {:?} {:?}", resource.reference, resource.description));
            }
            for (name, value) in [("custom", &block.custom), ("labels", &block.labels)] {
                if let Some(value) = value {
                    field(format!("{name} {value}"));
                }
            }
            for schema in &block.schemas {
                let path = super::display::reference(&schema.path);
                field(match &schema.schema {
                    SchemaSource::Reference(from) => {
                        format!("schema {path} {}", super::display::reference(from))
                    }
                    SchemaSource::Definition(value) => format!("schema {path} {value}"),
                });
            }
            if let Some(compile) = &block.compile {
                let unknowns: Vec<_> = compile.unknowns.iter().map(super::display::reference).collect();
                field(format!("compile {unknowns:?} {:?}", compile.mask_rule));
            }
        });
    }

    fn rule(&mut self, rule: &Rule) {
        let head = &rule.head;
        let mut words = String::from("rule");
        for (word, applies) in [
            (" default", rule.default),
            (" chained", rule.chained),
            (" contains", head.contains),
            (" if", head.uses_if),
            (" assign", head.assign),
        ] {
            if applies {
                words.push_str(word);
            }
        }
        if !rule.annotations.is_empty() {
            _ = write!(words, " annotated {:?}", rule.annotations);
        }
        self.parent(rule.span, &words, |dump| {
            dump.parent(head.span, "head", |dump| {
                dump.reference(&head.reference);
                for arg in &head.args {
                    dump.parent(arg.span, "parameter", |dump| dump.term(arg));
                }
                match &head.value {
                    HeadValue::True => {}
                    HeadValue::Term(value) => dump.parent(value.span, "value", |dump| dump.term(value)),
                    HeadValue::Element(term) => dump.parent(term.span, "element", |dump| dump.term(term)),
                }
            });
            if let Some(body) = &rule.body {
                dump.body(body);
            }
            for branch in &rule.branches {
                let words = format!(
                    "else{}{}",
                    if branch.uses_if { " if" } else { "" },
                    if branch.assign { " assign" } else { "" }
                );
                dump.parent(branch.span, &words, |dump| {
                    if let Some(value) = &branch.value {
                        dump.parent(value.span, "value", |dump| dump.term(value));
                    }
                    if let Some(body) = &branch.body {
                        dump.body(body);
                    }
                });
            }
        });
    }

    fn body(&mut self, body: &Body) {
        self.parent(body.span, "body", |dump| {
            for literal in &body.literals {
                dump.literal(literal);
            }
        });
    }

    fn literal(&mut self, literal: &Literal) {
        let words = if literal.negated { "not " } else { "" };
        let kind = match &literal.kind {
            LiteralKind::Term(_) => "literal",
            LiteralKind::Declare(_) => "some",
            LiteralKind::SomeIn(_) => "some in",
            LiteralKind::Every(_) => "every",
            LiteralKind::Not(not) if not.explicit => "not with a body",
            LiteralKind::Not(_) => "not",
            LiteralKind::And(_) => "and",
            LiteralKind::Or(_) => "or",
        };
        self.parent(literal.span, &format!("{words}{kind}"), |dump| {
            match &literal.kind {
                LiteralKind::Term(term) => dump.term(term),
                LiteralKind::Declare(vars) => {
                    for var in vars {
                        dump.node(var.span, &format!("var {}", var.var.name));
                    }
                }
                LiteralKind::SomeIn(some) => {
                    for term in some.key.iter().chain([&some.value, &some.domain]) {
                        dump.term(term);
                    }
                }
                LiteralKind::Every(every) => {
                    for var in every.key.iter().chain([&every.value]) {
                        dump.node(var.span, &format!("var {}", var.var.name));
                    }
                    dump.term(&every.domain);
                    dump.body(&every.body);
                }
                LiteralKind::Not(not) => dump.body(&not.body),
                LiteralKind::And(sides) | LiteralKind::Or(sides) => {
                    for side in [&sides.left, &sides.right] {
                        let words = if side.explicit { "operand in braces" } else { "operand" };
                        dump.parent(side.body.span, words, |dump| dump.body(&side.body));
                    }
                }
            }
            for With { span, target, value } in &literal.with {
                dump.parent(*span, "with", |dump| {
                    dump.term(target);
                    dump.term(value);
                });
            }
        });
    }
}
