//! H5: nobody is let in because a built-in function fails.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Ask, Probe, Severity};
use crate::eval::Observer;
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::{Case, Edit};
use crate::probe::finding::{Pair, Twist};
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "H5",
    name: "failing call",
    severity: Severity::Hard,
    summary: "A denied input is allowed once a call of a built-in function fails.",
    why: "A server that does not answer or a text that can't be read makes the call undefined, and a rule that denies does not hold.",
    instead: "Let the rule that allows need the result of the call.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    if entry.verdict != Verdict::Deny {
        return;
    }
    let Case { input, data } = &entry.case;
    let (_, _, calls) = ask.bench.judge(data).watch(input.as_ref(), Calls::default());
    ask.tried += 1;
    for (function, operands) in calls.0 {
        let fault = Fault { function: &function, operands: &operands };
        let (verdict, _, _) = ask.bench.judge(data).watch(input.as_ref(), fault);
        ask.tried += 1;
        if verdict == Verdict::Allow {
            ask.pairs.push(Pair {
                origin: entry.origin.clone(),
                context: entry.edits.clone(),
                before: entry.case.clone(),
                verdict_before: Verdict::Deny,
                edit: Edit::Whole(input.clone()),
                detail: "",
                twist: Twist::Fault(Arc::clone(&function), operands),
                after: entry.case.clone(),
                verdict_after: verdict,
            });
        }
    }
}

/// Has the calls of one function on the same operands fail.
pub(in crate::probe) struct Fault<'f> {
    pub(in crate::probe) function: &'f str,
    pub(in crate::probe) operands: &'f [Value],
}

impl Observer for Fault<'_> {
    const FAULTS: bool = true;

    fn fails(&mut self, function: &str, operands: &[&Value]) -> bool {
        function == self.function
            && operands.len() == self.operands.len()
            && operands.iter().zip(self.operands).all(|(operand, mine)| **operand == *mine)
    }
}

/// The calls of functions that can fail on operands of the right types.
#[derive(Default)]
struct Calls(BTreeSet<(Arc<str>, Vec<Value>)>);

impl Observer for Calls {
    const FAULTS: bool = true;

    fn fails(&mut self, function: &str, operands: &[&Value]) -> bool {
        let can_fail = CAN_FAIL
            .iter()
            .any(|name| function == *name || name.ends_with('.') && function.starts_with(name));
        if can_fail && self.0.len() < MAX_CALLS {
            self.0.insert((Arc::from(function), operands.iter().map(|operand| (*operand).clone()).collect()));
        }
        false
    }
}

/// Functions whose failure depends on the world or on what a text says, and families of them.
const CAN_FAIL: [&str; 17] = [
    "base64.decode",
    "base64url.decode",
    "crypto.x509.",
    "div",
    "graphql.",
    "hex.decode",
    "http.send",
    "io.jwt.",
    "json.unmarshal",
    "net.",
    "opa.runtime",
    "rem",
    "time.parse_",
    "to_number",
    "units.",
    "urlquery.decode",
    "yaml.unmarshal",
];

/// How many calls of one evaluation are tried.
const MAX_CALLS: usize = 32;
