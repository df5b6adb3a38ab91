//! Errors of built-in functions in OPA's order: it goes on with the first value of a rule before it looks for a second one, so what
//! fails on the way to that one comes after what fails in the rest of the body that asked.

use super::machine::Machine;
use super::observer::Observer;

impl<O: Observer> Machine<'_, O> {
    /// Holds back the errors after the first `known` ones until the body that asked for the rule goes back.
    pub(super) fn hold_errors_back(&mut self, known: usize) {
        // The order shows in the one that ends a strict evaluation only, and who watches knows errors by their number.
        if self.world.strict_builtin_errors && !O::WATCHES && self.builtin_errors.len() > known {
            let late = self.builtin_errors.split_off(known);
            self.late_errors.extend(late.into_iter().rev());
        }
    }

    /// Meets the errors that were held back since there were `known` of them, those of the latest rule first.
    pub(super) fn meet_late_errors(&mut self, known: usize) {
        if self.late_errors.len() <= known {
            return;
        }
        let late = self.late_errors.split_off(known);
        self.builtin_errors.extend(late.into_iter().rev());
    }
}
