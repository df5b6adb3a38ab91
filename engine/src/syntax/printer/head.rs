//! Rules and their heads.

use super::Printer;
use crate::syntax::tree::{ElseBranch, Head, HeadValue, Rule};

impl Printer {
    pub(super) fn rule(&mut self, rule: &Rule) {
        if rule.chained {
            // Up to the line break after the body before.
            self.text.truncate(self.text.trim_end().len());
            self.push(" ");
            if let Some(body) = &rule.body {
                self.braced(body);
            }
            self.push("\n");
            return;
        }
        self.line();
        if rule.default {
            self.push("default ");
        }
        self.head(&rule.head);
        if let Some(body) = &rule.body {
            self.push(if rule.head.uses_if { " if " } else { " " });
            self.braced(body);
        }
        for branch in &rule.branches {
            self.branch(branch);
        }
        self.push("\n");
    }

    fn head(&mut self, head: &Head) {
        self.reference(&head.reference);
        if !head.args.is_empty() {
            self.arguments(&head.args);
        }
        match &head.value {
            HeadValue::True => {}
            HeadValue::Term(value) => {
                self.push(if head.assign { " := " } else { " = " });
                self.operand(value);
            }
            HeadValue::Element(element) if head.contains => {
                self.push(" contains ");
                self.operand(element);
            }
            HeadValue::Element(element) => self.bracketed(element),
        }
    }

    fn branch(&mut self, branch: &ElseBranch) {
        self.push(" else");
        if let Some(value) = &branch.value {
            self.push(if branch.assign { " := " } else { " = " });
            self.operand(value);
        }
        if branch.uses_if {
            self.push(" if");
        }
        if let Some(body) = &branch.body {
            self.push(" ");
            self.braced(body);
        }
    }
}
