//! `portcullis replay`: asks both versions again about an input of the last `diff`.

use portcullis::diff::{Versions, ask};
use portcullis::probe::paste::{self, Expected, Replaced};

use super::diff::saved::Saved;
use super::input::PolicyArgs;
use super::trust::TrustArgs;
use crate::exit::Exit;
use crate::io::Io;
use crate::policy_set::Failure;
use crate::report::diff as report;

/// Ask both versions again about a difference of the last `diff`
///
/// Loads what was compared then, evaluates both versions, and shows the input and both answers; or the input as a test that expects
/// what the old version says. Exit codes: 0 it was asked again, whether the versions still differ or not; 2 could not ask.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis replay 1f3a90c2\n  portcullis replay 1f3a90c2 --as-rego-test >> policies/authz_test.rego"
)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// The ID that `diff` told
    id: String,
    /// Write it as a test in Rego
    #[arg(long, conflicts_with = "as_table_case")]
    as_rego_test: bool,
    /// Write it as a row of a table suite
    #[arg(long)]
    as_table_case: bool,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match replayed(args, io) {
        Ok(text) => io.write(text.as_bytes(), Exit::Two),
        Err(failure) => {
            failure.tell(io);
            Exit::Two
        }
    }
}

fn replayed(args: &Args, io: &mut Io) -> Result<String, Failure> {
    let remembered = Saved::here().find(&args.id)?;
    let trust = args.trust.trust(io).map_err(Failure::of_refusal)?;
    let policy = args.policy.clone().with_trust(trust);
    let loaded = remembered.named.load(&policy, std::slice::from_ref(&remembered.decision))?;
    let gone = || Failure::of_message(&format!("neither version has `{}` any more", remembered.decision));
    let decision = remembered.asked(&loaded).ok_or_else(gone)?;
    let (old, new) = (loaded.old.subject(decision), loaded.new.subject(decision));
    let (old_case, new_case) = remembered.cases(&loaded);
    let (class, before, after) = ask(Versions { old: &old, new: &new }, &old_case, &new_case);
    let (name, own) = (remembered.name(), new.policy.data());
    let replaced = Replaced::between(own, &new_case.data);
    // The old version says what to expect, and either what kind of value that is.
    let value = before.value.as_ref().or(after.value.as_ref());
    let expected = Expected::Verdict(before.verdict, value);
    Ok(if args.as_rego_test {
        paste::rego_test(&paste::test_name(&name), decision, &new_case, &replaced, expected)
    } else if args.as_table_case {
        paste::table_case(&name, decision, &new_case, &replaced, expected)
    } else {
        report::replayed(&args.id, decision, class, &new_case, own, [&before, &after])
    })
}
