//! `portcullis revoke`: bans an agent, and proves that nothing is allowed any more that grants gave it.

mod file;
mod lock;
pub(super) mod proof;
mod record;
mod server;

use std::path::PathBuf;

use portcullis::audit::ban::Change;

use self::proof::Proof;
use self::record::{Outcome, Record};
use super::authz::are_agents;
use super::decider::DeciderArgs;
use crate::clock;
use crate::exit::Exit;
use crate::io::Io;
use crate::policy_set::Failure;
use crate::report::revocation::{self, Entry, Format};

/// Ban an agent, and prove that it is
///
/// The agent goes on the list `banned_agents`, in a data file or on a server, and every call that a grant names it in, as caller
/// or callee, is asked for before and after. A second time changes nothing. Exit codes: 0 it is banned and everything is denied, or
/// with --undo the ban is lifted; 1 it is banned and something is still allowed, or wrong arguments; 2 it could not be done, or not
/// be proven.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("target").required(true).args(["data_file", "server"])),
    after_help = "Examples:\n  portcullis revoke spiffe://agentweave.example/agent/ledger/production --data policies/agentweave/data.json --reason 'key lost' --record revocations.jsonl\n  portcullis revoke spiffe://agentweave.example/agent/ledger/production --data policies/agentweave/data.json --undo\n  portcullis revoke spiffe://agentweave.example/agent/ledger/production --server http://localhost:8181"
)]
pub(crate) struct Args {
    /// The SPIFFE ID of the agent
    #[arg(value_name = "ID")]
    id: String,
    /// The data file with the list: JSON or YAML, edited in place
    #[arg(long = "data", value_name = "FILE")]
    data_file: Option<PathBuf>,
    /// Take the ban away
    #[arg(long)]
    undo: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Append what was done and proven to this file, as a line of JSON
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    decider: DeciderArgs,
    /// How to write what was done
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// What was done, and what came of it.
#[derive(Debug)]
struct Done {
    /// Where the list is.
    target: String,
    /// Whether the list had to be changed.
    changed: bool,
    /// The digests of the file or list.
    digests: [String; 2],
    /// Every call of the agent that a grant names; or why it can't be known that the change works.
    proof: Result<Proof, Failure>,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    if !are_agents(&[("agent", &args.id)], io) {
        return Exit::Two;
    }
    match revoke(args, io) {
        Ok(exit) => exit,
        Err(failure) => {
            failure.tell(io);
            Exit::Two
        }
    }
}

fn revoke(args: &Args, io: &mut Io) -> Result<Exit, Failure> {
    let change = if args.undo { Change::Lift } else { Change::Ban };
    // That it can't be written has to be known before anything is changed.
    let record = args.record.as_deref().map(Record::open).transpose()?;
    let done = match &args.data_file {
        Some(file) => file::change(args, file, change, io)?,
        None => server::change(args, change, io)?,
    };
    let Done { target, changed, digests, proof } = done;
    let (proof, failure) = match proof {
        Ok(proof) => (proof, None),
        Err(failure) => (Proof::default(), Some(failure)),
    };
    let outcome = match (&failure, change) {
        (Some(_), _) => Outcome::Unproven,
        (None, Change::Lift) => Outcome::Lifted,
        (None, Change::Ban) if proof.allows() => Outcome::StillAllowed,
        (None, Change::Ban) => Outcome::Proven,
    };
    let entry = Entry {
        time: clock::now(),
        user: user(),
        outcome: outcome.as_str(),
        change,
        id: &args.id,
        target: &target,
        reason: args.reason.as_deref(),
        changed,
        digests: &digests,
        proof: &proof.list,
        others: &proof.others,
    };
    let recorded = match &record {
        Some(record) => record.append(&entry),
        None => Ok(false),
    };
    let written = revocation::write(&entry, args.format, io);
    if let Some(failure) = &failure {
        let what = if args.undo { "the ban is lifted" } else { "the agent is on the list" };
        io.error(format_args!("{what}, but what that means could not be asked:"));
        failure.tell(io);
    }
    if outcome == Outcome::StillAllowed {
        io.error("the agent is on the list of bans, and is allowed all the same");
        io.hint("the policy has to look at `data.banned_agents`: see --policy and --decision");
    }
    if !proof.others.is_empty() && change == Change::Ban {
        io.warning("calls of other agents are decided otherwise than before, too");
    }
    if let Err(failure) = recorded {
        io.error("the change was made, but is not in the record; the same command again puts it there");
        failure.tell(io);
        return Ok(Exit::Two);
    }
    Ok(match outcome {
        _ if written != Exit::Success => Exit::Two,
        Outcome::Unproven => Exit::Two,
        Outcome::StillAllowed => Exit::One,
        Outcome::Proven | Outcome::Lifted => Exit::Success,
    })
}

/// Who is logged in, as far as the environment says.
fn user() -> Option<String> {
    let variable = |name: &&str| std::env::var(name).ok().filter(|user| !user.is_empty());
    ["USER", "LOGNAME", "USERNAME"].iter().find_map(variable)
}
