//! Operations, selections and fragments.

use super::super::lexer::Kind;
use super::super::tree::Node;
use super::{Parser, Values};
use crate::value::Value;

impl Parser<'_> {
    pub(super) fn query_document(&mut self) -> Result<Value, String> {
        let (mut operations, mut fragments) = (Vec::new(), Vec::new());
        loop {
            match self.token.kind {
                Kind::End => break,
                Kind::Punctuator("{") => operations.push(self.operation()?),
                Kind::Name => match self.token.value.as_str() {
                    "query" | "mutation" | "subscription" => operations.push(self.operation()?),
                    "fragment" => fragments.push(self.fragment_definition()?),
                    _ => return Self::unexpected(&self.token),
                },
                Kind::Punctuator(_)
                | Kind::Invalid
                | Kind::Int
                | Kind::Float
                | Kind::String
                | Kind::BlockString => return Self::unexpected(&self.token),
            }
        }
        let node = Node::default().with_all("Operations", operations).with_all("Fragments", fragments);
        Ok(node.done())
    }

    fn operation(&mut self) -> Result<Value, String> {
        let start = self.token.clone();
        if self.at("{") {
            // The library has forgotten the comments by the time it would keep them.
            let node = Node::at(&start).with("Operation", "query").with("Name", "");
            return Ok(node.with_all("SelectionSet", self.selections()?).done());
        }
        let node = Node::at(&start).with_comments("Comment", &start.comments);
        let node = node.with("Operation", self.advance().value);
        let name = if self.token.kind == Kind::Name { self.advance().value } else { String::new() };
        let node = node.with("Name", name).with_all("VariableDefinitions", self.variable_definitions()?);
        let node = node.with_all("Directives", self.directives(Values::Any)?);
        Ok(node.with_all("SelectionSet", self.selections()?).done())
    }

    fn variable_definitions(&mut self) -> Result<Vec<Value>, String> {
        let definition = |parser: &mut Self| {
            let start = parser.token.clone();
            let node = Node::at(&start).with_comments("Comment", &start.comments);
            let node = node.with("Variable", parser.variable()?).with("Used", false);
            parser.expect(Kind::Punctuator(":"))?;
            let node = node.with("Type", parser.type_reference()?);
            let default = if parser.skip("=") { Some(parser.value(Values::Constant)?) } else { None };
            let node = node.with_some("DefaultValue", default);
            Ok(node.with_all("Directives", parser.directives(Values::Any)?).done())
        };
        self.some("(", ")", definition).map(|(definitions, _)| definitions)
    }

    /// Selections in braces, which have to be there.
    fn selections(&mut self) -> Result<Vec<Value>, String> {
        if !self.at("{") {
            self.expect(Kind::Punctuator("{"))?;
        }
        self.some("{", "}", Self::selection).map(|(selections, _)| selections)
    }

    fn selection(&mut self) -> Result<Value, String> {
        if self.at("...") {
            return self.spread();
        }
        let start = self.token.clone();
        let node = Node::at(&start).with_comments("Comment", &start.comments);
        let alias = self.name()?;
        let name = if self.skip(":") { self.name()? } else { alias.clone() };
        let node = node.with("Alias", alias).with("Name", name);
        let node = node.with_all("Arguments", self.arguments(Values::Any)?);
        let node = node.with_all("Directives", self.directives(Values::Any)?);
        let selections = if self.at("{") { self.selections()? } else { Vec::new() };
        Ok(node.with_all("SelectionSet", selections).done())
    }

    fn spread(&mut self) -> Result<Value, String> {
        let comments = self.advance().comments;
        let start = self.token.clone();
        let node = Node::at(&start).with_comments("Comment", &comments);
        if start.kind == Kind::Name && start.value != "on" {
            let node = node.with("Name", self.name()?);
            return Ok(node.with_all("Directives", self.directives(Values::Any)?).done());
        }
        let condition = if start.value == "on" {
            self.advance();
            self.name()?
        } else {
            String::new()
        };
        let node = node.with("TypeCondition", condition);
        let node = node.with_all("Directives", self.directives(Values::Any)?);
        Ok(node.with_all("SelectionSet", self.selections()?).done())
    }

    fn fragment_definition(&mut self) -> Result<Value, String> {
        let start = self.token.clone();
        let node = Node::at(&start).with_comments("Comment", &start.comments);
        self.advance();
        if self.token.value == "on" {
            return Self::unexpected(&self.token);
        }
        let node = node.with("Name", self.name()?);
        let node = node.with_all("VariableDefinition", self.variable_definitions()?);
        self.expect_keyword("on")?;
        let node = node.with("TypeCondition", self.name()?);
        let node = node.with_all("Directives", self.directives(Values::Any)?);
        Ok(node.with_all("SelectionSet", self.selections()?).done())
    }
}
