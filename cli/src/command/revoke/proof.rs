//! What a change of the list means: every call of the agent that grants name, before and after.

use std::sync::Arc;

use portcullis::audit::{Call, Grants, Verdict};
use portcullis::value::Value;

use crate::policy_set::Failure;
use crate::refusal::Refusal;

/// A call before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proven {
    /// The name of the grant.
    pub(crate) grant: Arc<str>,
    /// The call.
    pub(crate) call: Call,
    /// What was said of it before.
    pub(crate) before: Verdict,
    /// What is said of it now.
    pub(crate) after: Verdict,
}

/// The calls of the agent, and those of others that are decided otherwise now.
#[derive(Debug, Default)]
pub(super) struct Proof {
    pub(super) list: Vec<Proven>,
    pub(super) others: Vec<Proven>,
}

/// What was said before.
#[derive(Debug, Clone)]
pub(super) struct Before {
    own: Vec<(Arc<str>, Call, Verdict)>,
    others: Vec<(Arc<str>, Call, Verdict)>,
}

impl Proof {
    /// Whether anything of the agent is allowed.
    pub(super) fn allows(&self) -> bool {
        self.list.iter().any(|proven| proven.after.allowed)
    }
}

impl Before {
    /// Asks for every call of an agent that grants name, and for so many calls of others.
    ///
    /// # Errors
    /// When there are no grants to look at, or a decision can't be had.
    pub(super) fn ask(
        data: &Value,
        id: &str,
        others: usize,
        mut decide: impl FnMut(&Call) -> Result<Verdict, Refusal>,
    ) -> Result<Self, Failure> {
        let grants = Grants::of(data).map_err(|error| {
            let refusal = Refusal::new(format!("it can't be known what the agent may do: {error}"));
            Failure::of_refusal(refusal.with_help("load the data with the grants, too"))
        })?;
        let mut ask = |calls: Vec<(Arc<str>, Call)>| -> Result<Vec<_>, Failure> {
            let asked = calls.into_iter().map(|(grant, call)| {
                let verdict = decide(&call).map_err(Failure::of_refusal)?;
                Ok((grant, call, verdict))
            });
            asked.collect()
        };
        let is_own = |call: &Call| &*call.caller == id || &*call.callee == id;
        let other = grants.calls().filter(|(_, call)| !is_own(call)).take(others).collect();
        Ok(Self { own: ask(grants.of_agent(id))?, others: ask(other)? })
    }

    /// Asks again.
    ///
    /// # Errors
    /// When a decision can't be had.
    pub(super) fn prove(
        self,
        mut decide: impl FnMut(&Call) -> Result<Verdict, Refusal>,
    ) -> Result<Proof, Failure> {
        let mut ask = |calls: Vec<(Arc<str>, Call, Verdict)>| -> Result<Vec<Proven>, Failure> {
            let asked = calls.into_iter().map(|(grant, call, before)| {
                let after = decide(&call).map_err(Failure::of_refusal)?;
                Ok(Proven { grant, call, before, after })
            });
            asked.collect()
        };
        let list = ask(self.own)?;
        let mut others = ask(self.others)?;
        others.retain(|proven| proven.before.allowed != proven.after.allowed);
        Ok(Proof { list, others })
    }
}
