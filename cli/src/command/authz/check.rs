//! `portcullis authz check`: may this agent call that one?

use std::sync::Arc;

use portcullis::audit::{Call, identity};

use crate::command::decider::{Decider, DeciderArgs};
use crate::exit::Exit;
use crate::io::Io;
use crate::report::authz::{self, Answer};

/// Ask whether one agent may call another
///
/// ALLOWED or DENIED goes to stdout, with the reasons of the policy and the rule that decided. Exit codes: 0 allowed; 1 denied,
/// or wrong arguments; 2 nothing was decided: an id is none, the decision is undefined or ended with an error, or the server
/// could not be asked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis authz check --caller spiffe://agentweave.example/agent/orchestrator/production --callee spiffe://agentweave.example/agent/search/production --action search\n  portcullis authz check --caller spiffe://agentweave.example/agent/ledger/production --callee spiffe://agentweave.example/agent/notifier/production --action notify --server http://localhost:8181"
)]
pub(crate) struct Args {
    /// The SPIFFE ID of who calls
    #[arg(long, value_name = "ID")]
    caller: String,
    /// The SPIFFE ID of who is called
    #[arg(long, value_name = "ID")]
    callee: String,
    /// What it is called for
    #[arg(long, value_name = "NAME")]
    action: String,
    /// Tell which rules and literals held, or the first that did not, with their values
    #[arg(long, conflicts_with = "server")]
    why: bool,
    #[command(flatten)]
    decider: DeciderArgs,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t)]
    format: authz::Format,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    if !are_agents(&[("caller", &args.caller), ("callee", &args.callee)], io) {
        return Exit::Two;
    }
    if args.action.is_empty() {
        io.error("the action is empty");
        io.hint("name what the callee is asked to do, as grants do");
        return Exit::Two;
    }
    let mut decider = match args.decider.decider(io) {
        Ok(decider) => decider,
        Err(failure) => {
            failure.tell(io);
            return Exit::Two;
        }
    };
    let [from, to, action] = [&args.caller, &args.callee, &args.action].map(|text| Arc::from(text.as_str()));
    let call = Call { caller: from, callee: to, action };
    let verdict = match decider.decide(&call) {
        Ok(verdict) => verdict,
        Err(refusal) => {
            refusal.tell(io);
            return Exit::Two;
        }
    };
    let why = match &mut decider {
        Decider::Policies(local) => local.why(&call),
        Decider::Server(_) => Vec::new(),
    };
    let decision = args.decider.policies.decision().slashed();
    let answer =
        Answer { call: &call, decision: &decision, verdict: &verdict, why: &why, tells_all: args.why };
    let written = authz::write(&answer, args.format, io);
    if verdict.reasons.iter().any(|reason| reason.starts_with("data_missing:")) {
        io.hint("the data of a folder lies below `data` by its path: name the folder with data.json itself, not one around it");
    }
    match (written, verdict.allowed) {
        (Exit::Success, true) => Exit::Success,
        (Exit::Success, false) => Exit::One,
        _ => Exit::Two,
    }
}

/// Whether the texts, each by its name, are SPIFFE IDs of agents; says what is wrong with all that are not.
pub(in crate::command) fn are_agents(texts: &[(&str, &str)], io: &mut Io) -> bool {
    let mut all = true;
    for (name, text) in texts {
        if let Err(error) = identity::trust_domain(text) {
            io.error(format_args!("the {name} `{text}` is no SPIFFE ID of an agent: {error}"));
            all = false;
        }
    }
    if !all {
        io.hint("an agent has an id such as spiffe://agentweave.example/agent/search/production");
    }
    all
}
