//! Statements of a file: the package, imports, and what may be rules.

use super::body::Separation;
use super::rule::Reading;
use super::{Fault, Parser};
use crate::source::Span;
use crate::syntax::RegoVersion;
use crate::syntax::display;
use crate::syntax::token::{Keywords, Token, classify};
use crate::syntax::tree::{
    Comment, Declared, Import, Literal, Name, Package, Ref, Rule, Segment, Term, TermKind, Var,
};
use thin_vec::ThinVec;

/// One statement.
#[derive(Debug)]
pub(crate) enum Statement {
    Package(Package),
    Import(Import),
    Rule(Rule),
    /// Literals that may be a rule without a body.
    Body(Vec<Literal>),
}

/// Whether the text holds rules, or is a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Rules,
    Query,
}

impl Parser<'_> {
    /// Reads statements up to the end, or up to the first that has an error no other reading avoids.
    ///
    /// Gives the offset of that statement.
    pub(crate) fn statements(&mut self, content: Content, into: &mut Vec<Statement>) -> Option<u32> {
        while !self.at(Token::Eof) {
            let start = self.state.start;
            if self.statement(content, into).is_none() {
                return Some(start);
            }
        }
        None
    }

    /// The errors so far, oldest first; forgets them.
    pub(crate) fn take_errors(&mut self) -> Vec<Fault> {
        let errors = self.errors.up_to(self.state.errors);
        self.state.errors = None;
        self.state.hints = None;
        self.failures.clear();
        errors
    }

    /// The comments so far, in the order written.
    pub(crate) fn comments(&self) -> Vec<Comment> {
        self.comments.up_to(self.state.comments)
    }

    fn statement(&mut self, content: Content, into: &mut Vec<Statement>) -> Option<()> {
        if content == Content::Rules && self.keyword_as_rule_name(false) {
            return None;
        }
        let state = self.state;
        if self.at(Token::Package) {
            if let Some(package) = self.package() {
                self.no_minus()?;
                into.push(Statement::Package(package));
                return Some(());
            }
            self.undo(state)?;
        }
        if self.at(Token::Import) {
            if let Some(import) = self.import() {
                self.no_minus()?;
                self.enable_import(&import);
                into.push(Statement::Import(import));
                return Some(());
            }
            self.undo(state)?;
        }
        if content == Content::Rules {
            match self.rules() {
                Reading::Rules(rules) => {
                    into.extend(rules.into_iter().map(Statement::Rule));
                    return Some(());
                }
                Reading::Expression(literal) => {
                    into.push(Statement::Body(vec![literal]));
                    return Some(());
                }
                Reading::Neither => self.undo(state)?,
            }
        }
        let body = self.body(Separation::Semicolons, Token::Eof)?;
        into.push(Statement::Body(body.literals));
        Some(())
    }

    /// Goes back to try another reading, unless there was an error.
    fn undo(&mut self, state: super::State) -> Option<()> {
        if self.failed() {
            return None;
        }
        self.state = state;
        Some(())
    }

    /// A minus after a path is neither part of it nor the start of a statement.
    fn no_minus(&mut self) -> Option<()> {
        if self.at(Token::Minus) {
            self.unexpected();
            return None;
        }
        Some(())
    }

    /// `package path`; without an error it is a reference that starts with the word.
    fn package(&mut self) -> Option<Package> {
        let start = self.state.start;
        self.path_start()?;
        let Some(term) = self.term() else {
            if !self.failed() {
                self.error(self.token_span(), "expected path");
            }
            return None;
        };
        let mut path = Vec::new();
        match term.kind {
            TermKind::Var(var) => path.push(first_segment(var, term.span)),
            TermKind::Ref(reference) => {
                let Ref { head, operands, .. } = *reference;
                let at = head.span;
                let TermKind::Var(var) = head.kind else {
                    let message = format!("unexpected {} token: expecting var", head.kind_name());
                    self.error(head.span, message);
                    return None;
                };
                path.push(first_segment(var, at));
                for operand in operands {
                    let TermKind::String(name) = operand.kind else {
                        self.not_a_string(&operand);
                        return None;
                    };
                    path.push(Segment { span: operand.span, name });
                }
            }
            _ => {
                self.unexpected();
                return None;
            }
        }
        Some(Package { span: self.span_from(start), path })
    }

    /// Moves from `package` or `import` to the path.
    fn path_start(&mut self) -> Option<()> {
        self.scan_space();
        if matches!(self.state.token, Token::Dot | Token::LeftBracket) {
            return None;
        }
        if self.at(Token::Whitespace) {
            self.scan();
        }
        if !self.at(Token::Identifier) {
            if !self.is_name_keyword(self.state.token) {
                self.unexpected();
                return None;
            }
            self.state.token = Token::Identifier;
        }
        Some(())
    }

    fn not_a_string(&mut self, term: &Term) {
        let message = format!("unexpected {} token: expecting string", term.kind_name());
        self.error(term.span, message);
    }

    /// `import path as alias`; without an error it is a reference that starts with the word.
    fn import(&mut self) -> Option<Import> {
        let start = self.state.start;
        self.path_start()?;
        let path = self.import_path()?;
        if !root_name(&path).is_some_and(|name| matches!(name, "data" | "input" | "future" | "rego")) {
            self.hint("if this is unexpected, try updating OPA");
            let head = display::term(&path.head);
            let message = format!(
                "unexpected import path, must begin with one of: {{data, future, input, rego}}, got: {head}"
            );
            self.error(path.span, message);
            return None;
        }
        if self.at(Token::As) {
            return self.import_alias(start, path);
        }
        // Without an alias the last name is what the module calls it: no keyword can be.
        if root_name(&path) != Some("future")
            && let Some(Term { span, kind: TermKind::String(name) }) = path.operands.last()
            && classify(name.as_bytes(), self.options.rego_version.keywords()) != Token::Identifier
        {
            self.hint("import a different path or use an alias");
            self.error(*span, format!("unexpected import path, must not end with a keyword, got: {name}"));
        }
        Some(Import { span: self.span_from(start), path, alias: None })
    }

    /// The path, in which no keyword is one that some version lacks; so is the token after it.
    fn import_path(&mut self) -> Option<Ref> {
        let state = self.state;
        let failures = std::mem::take(&mut self.failures);
        let refuted = std::mem::take(&mut self.refuted);
        self.state.keywords = Keywords::IN_IMPORT;
        let term = self.term();
        self.state.keywords = state.keywords;
        self.failures = failures;
        self.refuted = refuted;
        let path = match term {
            Some(Term { kind: TermKind::Ref(reference), .. }) => *reference,
            Some(term @ Term { kind: TermKind::Var(_), .. }) => {
                Ref { span: term.span, head: term, operands: ThinVec::new() }
            }
            _ => {
                self.error(self.token_span(), "expected path");
                return None;
            }
        };
        if let Some(wrong) = path.operands.iter().find(|term| !matches!(term.kind, TermKind::String(_))) {
            self.state = state;
            self.not_a_string(wrong);
            return None;
        }
        Some(path)
    }

    fn import_alias(&mut self, start: u32, path: Ref) -> Option<Import> {
        self.scan();
        if !self.at(Token::Identifier) {
            self.expected("expected var");
            return None;
        }
        let alias = self.term();
        let at = alias.as_ref().map_or_else(|| self.token_span(), |term| term.span);
        match alias.map(|term| term.kind) {
            Some(TermKind::Var(var)) => {
                let alias = Some(Declared { span: at, var });
                return Some(Import { span: self.span_from(start), path, alias });
            }
            Some(TermKind::Ref(reference)) if reference.operands.is_empty() => {
                let name = display::reference(&reference);
                self.error(
                    reference.span,
                    format!("unexpected import alias, must not be a reserved name, got: {name}"),
                );
            }
            _ => self.expected("expected var"),
        }
        None
    }

    /// Takes up the keywords that an import of `rego` or `future` enables.
    fn enable_import(&mut self, import: &Import) {
        match root_name(&import.path) {
            Some("rego") => self.enable_version(import),
            Some("future") => self.enable_keywords(import),
            _ => return,
        }
        // The token after the import was read before its keywords were known.
        if self.at(Token::Identifier) && self.stray_bytes() == 0 {
            self.state.token = classify(self.token_text().as_bytes(), self.state.keywords);
        }
    }

    fn enable_version(&mut self, import: &Import) {
        let version = match import.path.operands.as_slice() {
            [Term { kind: TermKind::String(name), .. }] if *name == "v1" => RegoVersion::V1,
            [Term { kind: TermKind::String(name), .. }] if *name == "v2" => RegoVersion::V2,
            _ => {
                let path = display::reference(&import.path);
                let message = format!("invalid import `{path}`, must be one of: `rego.v1`, `rego.v2`");
                self.error(import.path.span, message);
                return;
            }
        };
        if !self.options.importable_versions.contains(&version) {
            let path = display::reference(&import.path);
            let message = format!("invalid import, `{path}` is not supported by current capabilities");
            self.error(import.path.span, message);
            return;
        }
        if let Some(alias) = &import.alias {
            self.error(alias.span, "`rego` imports cannot be aliased");
            return;
        }
        if version == RegoVersion::V1 {
            self.state.keywords = self.state.keywords.enable(Keywords::V1);
        } else {
            self.state.keywords = self.state.keywords.enable(Keywords::ALL);
            self.not_bodies = true;
        }
    }

    fn enable_keywords(&mut self, import: &Import) {
        let names: Vec<&str> =
            import.path.operands.iter().filter_map(|term| term.as_string().map(Name::as_str)).collect();
        let allowed = self.options.importable_keywords;
        let enabled = match names.as_slice() {
            ["keywords", ..] if import.alias.is_some() => {
                let span = import.alias.as_ref().map_or(import.span, |alias| alias.span);
                self.error(span, "`future` imports cannot be aliased");
                return;
            }
            ["keywords", name] => {
                let keyword = Keywords::named(name).filter(|keyword| allowed.contains(*keyword));
                let Some(keyword) = keyword else {
                    let names: Vec<_> = allowed.names().collect();
                    let message = format!("unexpected keyword, must be one of [{}]", names.join(" "));
                    self.error(import.path.span, message);
                    return;
                };
                keyword
            }
            ["keywords", ..] => allowed,
            _ => {
                self.error(import.path.span, "invalid import, must be `future.keywords`");
                return;
            }
        };
        self.state.keywords = self.state.keywords.enable(enabled);
        self.not_bodies |= enabled.contains(Keywords::NOT);
    }
}

/// The segment that a variable stands for. OPA numbers wildcards even here.
fn first_segment(var: Var, span: Span) -> Segment {
    let name = if var.is_wildcard() { "$0".into() } else { var.name };
    Segment { span, name }
}

/// The name that a path starts with.
fn root_name(path: &Ref) -> Option<&str> {
    path.head.as_var().map(|var| var.name.as_str())
}
