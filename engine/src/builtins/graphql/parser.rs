//! Reads GraphQL queries and schemas. What it accepts, and its messages, are those of OPA's library.

mod query;
mod schema;

use super::lexer::{Kind, Lexer, Token};
use super::tree::Node;
use crate::value::Value;

/// The tree of a query.
///
/// # Errors
/// The first mistake, with its place.
pub(super) fn query(text: &str) -> Result<Value, String> {
    Parser::new(text).query_document()
}

/// The tree of a schema.
///
/// # Errors
/// The first mistake, with its place.
pub(super) fn schema(text: &str) -> Result<Value, String> {
    Parser::new(text).schema_document()
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The next token.
    token: Token,
    depth: usize,
}

/// Whether variables may stand in values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    Constant,
    Any,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let mut lexer = Lexer::new(text);
        let token = lexer.next();
        Self { lexer, token, depth: 0 }
    }

    fn advance(&mut self) -> Token {
        let next = self.lexer.next();
        std::mem::replace(&mut self.token, next)
    }

    fn at(&self, punctuator: &'static str) -> bool {
        self.token.kind == Kind::Punctuator(punctuator)
    }

    fn at_name(&self, name: &str) -> bool {
        self.token.kind == Kind::Name && self.token.value == name
    }

    fn skip(&mut self, punctuator: &'static str) -> bool {
        let there = self.at(punctuator);
        if there {
            self.advance();
        }
        there
    }

    fn expect(&mut self, kind: Kind) -> Result<Token, String> {
        if self.token.kind == kind {
            return Ok(self.advance());
        }
        let message = format!("Expected {}, found {}", kind.text(), self.token.kind.text());
        Err(failure(&self.token, &message))
    }

    fn expect_keyword(&mut self, word: &str) -> Result<Token, String> {
        if self.at_name(word) {
            return Ok(self.advance());
        }
        let expected = crate::value::rego_string(word);
        Err(failure(&self.token, &format!("Expected {expected}, found {}", self.token.shown())))
    }

    fn unexpected<T>(token: &Token) -> Result<T, String> {
        Err(failure(token, &format!("Unexpected {}", token.shown())))
    }

    fn name(&mut self) -> Result<String, String> {
        self.expect(Kind::Name).map(|token| token.value)
    }

    /// What stands between two punctuators, at least one; nothing when the first is missing. Gives the comments
    /// before the second too.
    fn some(
        &mut self,
        start: &'static str,
        end: &'static str,
        mut read: impl FnMut(&mut Self) -> Result<Value, String>,
    ) -> Result<(Vec<Value>, Vec<String>), String> {
        let mut values = Vec::new();
        if !self.skip(start) {
            return Ok((values, Vec::new()));
        }
        self.enter()?;
        while !self.at(end) {
            values.push(read(self)?);
        }
        self.depth -= 1;
        if values.is_empty() {
            let message = format!("expected at least one definition, found {}", self.token.kind.text());
            return Err(failure(&self.token, &message));
        }
        let comments = self.advance().comments;
        Ok((values, comments))
    }

    fn enter(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_NESTING { Err(failure(&self.token, "nests too deep")) } else { Ok(()) }
    }

    fn arguments(&mut self, values: Values) -> Result<Vec<Value>, String> {
        let argument = |parser: &mut Self| {
            let start = parser.token.clone();
            let name = parser.name()?;
            parser.expect(Kind::Punctuator(":"))?;
            let value = parser.value(values)?;
            let node = Node::at(&start).with("Name", name).with("Value", value);
            Ok(node.with_comments("Comment", &start.comments).done())
        };
        self.some("(", ")", argument).map(|(arguments, _)| arguments)
    }

    fn directives(&mut self, values: Values) -> Result<Vec<Value>, String> {
        let mut directives = Vec::new();
        while self.skip("@") {
            let start = self.token.clone();
            let node = Node::at(&start).with("Name", self.name()?).with("Location", "");
            directives.push(node.with_all("Arguments", self.arguments(values)?).done());
        }
        Ok(directives)
    }

    fn value(&mut self, values: Values) -> Result<Value, String> {
        let start = self.token.clone();
        let value = |kind: u64, raw: String| {
            let node = Node::at(&start).with("Kind", kind).with("Raw", raw);
            node.with("ExpectedTypeHasDefault", false)
        };
        let kind = match start.kind {
            Kind::Punctuator("[") => {
                let children = self.children("]", |parser| {
                    let value = parser.value(values)?;
                    Ok(Node::default().with("Name", "").with("Value", value).done())
                })?;
                let node = value(LIST, String::new()).with_all("Children", children);
                return Ok(node.with_comments("Comment", &start.comments).done());
            }
            Kind::Punctuator("{") => {
                let children = self.children("}", |parser| {
                    let start = parser.token.clone();
                    let name = parser.name()?;
                    parser.expect(Kind::Punctuator(":"))?;
                    let node = Node::at(&start).with("Name", name).with("Value", parser.value(values)?);
                    Ok(node.with_comments("Comment", &start.comments).done())
                })?;
                let node = value(OBJECT, String::new()).with_all("Children", children);
                return Ok(node.with_comments("Comment", &start.comments).done());
            }
            Kind::Punctuator("$") if values == Values::Any => {
                return Ok(value(VARIABLE, self.variable()?).done());
            }
            Kind::Int => INT,
            Kind::Float => FLOAT,
            Kind::String => STRING,
            Kind::BlockString => BLOCK,
            Kind::Name => match start.value.as_str() {
                "true" | "false" => BOOLEAN,
                "null" => NULL,
                _ => ENUM,
            },
            Kind::Invalid | Kind::End | Kind::Punctuator(_) => return Self::unexpected(&start),
        };
        self.advance();
        Ok(value(kind, start.value.clone()).done())
    }

    /// What stands between brackets, which are there.
    fn children(
        &mut self,
        end: &'static str,
        mut read: impl FnMut(&mut Self) -> Result<Value, String>,
    ) -> Result<Vec<Value>, String> {
        self.advance();
        self.enter()?;
        let mut children = Vec::new();
        while !self.at(end) {
            children.push(read(self)?);
        }
        self.depth -= 1;
        self.advance();
        Ok(children)
    }

    fn variable(&mut self) -> Result<String, String> {
        self.expect(Kind::Punctuator("$"))?;
        self.name()
    }

    fn type_reference(&mut self) -> Result<Value, String> {
        let node = if self.skip("[") {
            self.enter()?;
            let start = self.token.clone();
            let element = self.type_reference()?;
            self.depth -= 1;
            self.expect(Kind::Punctuator("]"))?;
            Node::at(&start).with("NamedType", "").with("Elem", element)
        } else {
            let start = self.token.clone();
            Node::at(&start).with("NamedType", self.name()?)
        };
        let required = self.skip("!");
        Ok(node.with("NonNull", required).done())
    }
}

/// A message with its place, as OPA formats them.
fn failure(token: &Token, message: &str) -> String {
    format!("{message} in GraphQL string at location {}:{}", token.row, token.column)
}

/// The numbers of the kinds of values.
pub(super) const VARIABLE: u64 = 0;
pub(super) const INT: u64 = 1;
pub(super) const FLOAT: u64 = 2;
pub(super) const STRING: u64 = 3;
pub(super) const BLOCK: u64 = 4;
pub(super) const BOOLEAN: u64 = 5;
pub(super) const NULL: u64 = 6;
pub(super) const ENUM: u64 = 7;
pub(super) const LIST: u64 = 8;
pub(super) const OBJECT: u64 = 9;

/// How deep values, types and selections may nest; OPA has no limit.
const MAX_NESTING: usize = 400;
