//! Going on after an error, at the next line that looks like the start of a rule.

use super::Parser;
use crate::syntax::token::Token;

impl Parser<'_> {
    /// Moves to the next name or keyword in the first column, past the start of the statement that failed.
    ///
    /// False if there is none: then the parser is done.
    pub(crate) fn recover(&mut self, failed: u32) -> bool {
        loop {
            let first_column = self.state.start == self.lexer.first()
                || self.lexer.byte(self.state.start.wrapping_sub(1)) == b'\n';
            let starts = matches!(
                self.state.token,
                Token::Identifier | Token::Default | Token::Package | Token::Import
            );
            if first_column && starts && self.state.start > failed {
                self.state.errors = None;
                self.state.hints = None;
                self.depth = 0;
                return true;
            }
            if self.state.token == Token::Eof || self.fuel == 0 {
                self.state.errors = None;
                return false;
            }
            self.scan();
        }
    }
}
