//! The text as the parser crate takes it in, with one of its checks eased.

use saphyr_parser::input::SkipTabs;
use saphyr_parser::{Input, StrInput};

/// A text in which a tab may stand between a key's colon and its value, as it may for go-yaml.
pub(super) struct TabbedInput<'a>(StrInput<'a>);

impl<'a> TabbedInput<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(StrInput::new(text))
    }
}

impl Input for TabbedInput<'_> {
    fn lookahead(&mut self, count: usize) {
        self.0.lookahead(count);
    }

    fn buflen(&self) -> usize {
        self.0.buflen()
    }

    fn bufmaxlen(&self) -> usize {
        self.0.bufmaxlen()
    }

    fn raw_read_ch(&mut self) -> char {
        self.0.raw_read_ch()
    }

    fn raw_read_non_breakz_ch(&mut self) -> Option<char> {
        self.0.raw_read_non_breakz_ch()
    }

    fn skip(&mut self) {
        self.0.skip();
    }

    fn skip_n(&mut self, count: usize) {
        self.0.skip_n(count);
    }

    fn peek(&self) -> char {
        self.0.peek()
    }

    fn peek_nth(&self, n: usize) -> char {
        self.0.peek_nth(n)
    }

    fn peek_opt(&self) -> Option<char> {
        self.0.peek_opt()
    }

    fn skip_ws_to_eol(&mut self, skip_tabs: SkipTabs) -> (usize, Result<SkipTabs, &'static str>) {
        let (skipped, found) = self.0.skip_ws_to_eol(skip_tabs);
        if skip_tabs == SkipTabs::Yes {
            // The scanner asks for proper white space only to refuse a value after nothing but tabs.
            (skipped, found.map(|found| SkipTabs::Result(found.found_tabs(), true)))
        } else {
            (skipped, found)
        }
    }
}
