//! Generated names as OPA's messages show them: numbered stage by stage over all modules.
//!
//! Here each module numbers its own names, so that modules needn't wait for each other. Few messages show a generated
//! name, and only then its place in OPA's order is worked out.

use std::fmt::Write as _;

use super::locals::Locals;
use crate::diagnostic::Diagnostic;

/// Puts OPA's names into messages. `order` has the modules in the order in which stages go through them.
pub(super) fn rename(diagnostics: &mut [Diagnostic], modules: &[Locals], order: &[usize]) {
    if modules.len() < 2 || !diagnostics.iter().any(|error| error.message.contains(PREFIX)) {
        return;
    }
    let names = Names::new(modules, order);
    for error in diagnostics.iter_mut().filter(|error| error.message.contains(PREFIX)) {
        error.message = names.renamed(&error.message);
    }
}

struct Names<'l> {
    modules: &'l [Locals],
    /// For each module, the first numbers of its stages, and what to add to the numbers from there on.
    shifts: Vec<Vec<(u64, u64)>>,
}

impl<'l> Names<'l> {
    fn new(modules: &'l [Locals], order: &[usize]) -> Self {
        let mut runs = Vec::new();
        for (rank, index) in order.iter().enumerate() {
            for (stage, first, end) in modules.get(*index).into_iter().flat_map(Locals::stages) {
                runs.push((stage, rank, *index, first, end));
            }
        }
        runs.sort_unstable();
        let mut shifts = vec![Vec::new(); modules.len()];
        let mut total = 0;
        for (_, _, index, first, end) in runs {
            if let Some(list) = shifts.get_mut(index).filter(|_| end > first) {
                list.push((first, total));
                total += end - first;
            }
        }
        Self { modules, shifts }
    }

    fn renamed(&self, message: &str) -> String {
        let mut text = String::with_capacity(message.len());
        let mut rest = message;
        while let Some(at) = rest.find(PREFIX) {
            let (before, from) = rest.split_at(at);
            let end =
                from.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(from.len());
            let (name, after) = from.split_at(end);
            text.push_str(before);
            match self.number(name) {
                Some(number) => {
                    let _ = write!(text, "{PREFIX}{number}__");
                }
                None => text.push_str(name),
            }
            rest = after;
        }
        text.push_str(rest);
        text
    }

    /// The number that OPA gives a name.
    fn number(&self, name: &str) -> Option<u64> {
        self.modules.iter().zip(&self.shifts).find_map(|(locals, shifts)| {
            let number = locals.number(name)?;
            let after = shifts.partition_point(|(first, _)| *first <= number);
            let (first, total) = after.checked_sub(1).and_then(|at| shifts.get(at))?;
            Some(number - first + total)
        })
    }
}

const PREFIX: &str = "__local";
