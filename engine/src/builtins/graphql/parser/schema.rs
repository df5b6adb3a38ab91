//! Definitions of types and directives, and their extensions.

use super::super::lexer::{Kind, Token};
use super::super::tree::Node;
use super::{Parser, Values};
use crate::value::Value;

/// A description and the comments before it.
#[derive(Default)]
struct Description {
    text: String,
    comments: Vec<String>,
}

/// Whether a definition adds to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Definition,
    Extension,
}

impl Parser<'_> {
    pub(super) fn schema_document(&mut self) -> Result<Value, String> {
        let (mut schemas, mut schema_extensions) = (Vec::new(), Vec::new());
        let (mut directives, mut definitions, mut extensions) = (Vec::new(), Vec::new(), Vec::new());
        while self.token.kind != Kind::End {
            let (description, described) = self.description();
            if self.token.kind != Kind::Name {
                return Self::unexpected(&self.token);
            }
            match self.token.value.as_str() {
                "scalar" | "type" | "interface" | "union" | "enum" | "input" => {
                    let keyword = self.advance();
                    definitions.push(self.definition(&keyword, &description, Part::Definition)?);
                }
                "schema" => {
                    let keyword = self.advance();
                    schemas.push(self.schema(&keyword.comments, &description)?);
                }
                "directive" => directives.push(self.directive_definition(&description)?),
                "extend" => {
                    if let Some(token) = described.filter(|token| !token.value.is_empty()) {
                        return Self::unexpected(&token);
                    }
                    let comments = self.advance().comments;
                    match self.token.value.as_str() {
                        "schema" => {
                            self.expect_keyword("schema")?;
                            let start = self.token.clone();
                            let extension = self.schema(&comments, &Description::default())?;
                            if self.token.kind == start.kind
                                && (self.token.row, self.token.column) == (start.row, start.column)
                            {
                                return Self::unexpected(&self.token);
                            }
                            schema_extensions.push(extension);
                        }
                        "scalar" | "type" | "interface" | "union" | "enum" | "input" => {
                            let word = self.token.value.clone();
                            let keyword = Token { comments, ..self.expect_keyword(&word)? };
                            extensions.push(self.definition(
                                &keyword,
                                &Description::default(),
                                Part::Extension,
                            )?);
                        }
                        _ => return Self::unexpected(&self.token),
                    }
                }
                _ => return Self::unexpected(&self.token),
            }
        }
        let node = Node::default()
            .with_all("Schema", schemas)
            .with_all("SchemaExtension", schema_extensions)
            .with_all("Directives", directives)
            .with_all("Definitions", definitions)
            .with_all("Extensions", extensions);
        Ok(node.with_comments("Comment", &self.token.comments).done())
    }

    /// A description, and its token if there is one.
    fn description(&mut self) -> (Description, Option<Token>) {
        if !matches!(self.token.kind, Kind::String | Kind::BlockString) {
            return (Description::default(), None);
        }
        let token = self.advance();
        (Description { text: token.value.clone(), comments: token.comments.clone() }, Some(token))
    }

    fn schema(&mut self, comments: &[String], description: &Description) -> Result<Value, String> {
        let node = described(Node::at(&self.token), description).with_comments(AFTER, comments);
        let node = node.with_all("Directives", self.directives(Values::Constant)?);
        let operation = |parser: &mut Self| {
            let start = parser.token.clone();
            let operation = parser.advance();
            if !matches!(operation.value.as_str(), "query" | "mutation" | "subscription") {
                return Self::unexpected(&operation);
            }
            parser.expect(Kind::Punctuator(":"))?;
            let node = Node::at(&start).with("Operation", operation.value).with("Type", parser.name()?);
            Ok(node.with_comments("Comment", &start.comments).done())
        };
        let (operations, end) = self.some("{", "}", operation)?;
        Ok(node.with_all("OperationTypes", operations).with_comments(END, &end).done())
    }

    fn definition(
        &mut self,
        keyword: &Token,
        description: &Description,
        part: Part,
    ) -> Result<Value, String> {
        let node = described(Node::at(&self.token), description).with_comments(AFTER, &keyword.comments);
        let kind = match keyword.value.as_str() {
            "scalar" => "SCALAR",
            "type" => "OBJECT",
            "interface" => "INTERFACE",
            "union" => "UNION",
            "enum" => "ENUM",
            _ => "INPUT_OBJECT",
        };
        let node = node.with("Kind", kind).with("BuiltIn", false).with("Name", self.name()?);
        let takes_interfaces = kind == "OBJECT" || kind == "INTERFACE" && part == Part::Definition;
        let interfaces = if takes_interfaces { self.interfaces()? } else { Vec::new() };
        let values =
            if kind == "INPUT_OBJECT" && part == Part::Extension { Values::Any } else { Values::Constant };
        let directives = self.directives(values)?;
        let mut empty = interfaces.is_empty() && directives.is_empty();
        let node = node.with_all("Interfaces", interfaces).with_all("Directives", directives);
        let (name, (values, end)) = match kind {
            "OBJECT" | "INTERFACE" => ("Fields", self.some("{", "}", Self::field)?),
            "UNION" => ("Types", (self.union_members()?, Vec::new())),
            "ENUM" => ("EnumValues", self.some("{", "}", Self::enum_value)?),
            "INPUT_OBJECT" => ("Fields", self.some("{", "}", Self::input_value)?),
            _ => ("Fields", (Vec::new(), Vec::new())),
        };
        empty &= values.is_empty();
        if empty && part == Part::Extension {
            return Self::unexpected(&self.token);
        }
        Ok(node.with_all(name, values).with_comments(END, &end).done())
    }

    fn interfaces(&mut self) -> Result<Vec<Value>, String> {
        let mut names = Vec::new();
        if self.token.value == "implements" {
            self.advance();
            self.skip("&");
            names.push(self.name()?.into());
            while self.skip("&") {
                names.push(self.name()?.into());
            }
        }
        Ok(names)
    }

    fn union_members(&mut self) -> Result<Vec<Value>, String> {
        let mut names = Vec::new();
        if self.skip("=") {
            self.skip("|");
            names.push(self.name()?.into());
            while self.skip("|") {
                names.push(self.name()?.into());
            }
        }
        Ok(names)
    }

    /// The start of a member of a definition: its description, comments and name.
    fn member(&mut self) -> Result<Node, String> {
        let (description, _) = self.description();
        let start = self.token.clone();
        let node = Node::at(&start).with_comments(AFTER, &start.comments);
        let before: &[String] = if description.text.is_empty() { &[] } else { &description.comments };
        let node = node.with_comments(BEFORE, before).with("Description", description.text.as_str());
        Ok(node.with("Name", self.name()?))
    }

    fn field(&mut self) -> Result<Value, String> {
        let node = self.member()?;
        let (arguments, _) = self.some("(", ")", Self::input_value)?;
        self.expect(Kind::Punctuator(":"))?;
        let node = node.with_all("Arguments", arguments).with("Type", self.type_reference()?);
        Ok(node.with_all("Directives", self.directives(Values::Constant)?).done())
    }

    fn input_value(&mut self) -> Result<Value, String> {
        let node = self.member()?;
        self.expect(Kind::Punctuator(":"))?;
        let node = node.with("Type", self.type_reference()?);
        let default = if self.skip("=") { Some(self.value(Values::Constant)?) } else { None };
        let node = node.with_some("DefaultValue", default);
        Ok(node.with_all("Directives", self.directives(Values::Constant)?).done())
    }

    fn enum_value(&mut self) -> Result<Value, String> {
        let node = self.member()?;
        Ok(node.with_all("Directives", self.directives(Values::Constant)?).done())
    }

    fn directive_definition(&mut self, description: &Description) -> Result<Value, String> {
        let comments = self.advance().comments;
        self.expect(Kind::Punctuator("@"))?;
        let node = described(Node::at(&self.token), description).with_comments(AFTER, &comments);
        let node = node.with("Name", self.name()?);
        let (arguments, _) = self.some("(", ")", Self::input_value)?;
        let repeatable = self.at_name("repeatable");
        if repeatable {
            self.advance();
        }
        let node = node.with_all("Arguments", arguments).with("IsRepeatable", repeatable);
        self.expect_keyword("on")?;
        self.skip("|");
        let mut locations = vec![self.location()?];
        while self.skip("|") {
            locations.push(self.location()?);
        }
        Ok(node.with_all("Locations", locations).done())
    }

    fn location(&mut self) -> Result<Value, String> {
        let name = self.expect(Kind::Name)?;
        if LOCATIONS.contains(&name.value.as_str()) { Ok(name.value.into()) } else { Self::unexpected(&name) }
    }
}

fn described(node: Node, description: &Description) -> Node {
    node.with_comments(BEFORE, &description.comments).with("Description", description.text.as_str())
}

const BEFORE: &str = "BeforeDescriptionComment";
const AFTER: &str = "AfterDescriptionComment";
const END: &str = "EndOfDefinitionComment";

/// Where directives may stand.
const LOCATIONS: [&str; 19] = [
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "SCHEMA",
    "SCALAR",
    "OBJECT",
    "FIELD_DEFINITION",
    "ARGUMENT_DEFINITION",
    "INTERFACE",
    "UNION",
    "ENUM",
    "ENUM_VALUE",
    "INPUT_OBJECT",
    "INPUT_FIELD_DEFINITION",
    "VARIABLE_DEFINITION",
];
