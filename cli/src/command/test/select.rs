//! Chooses which of the planned tests run, and how.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use portcullis::policy::Engine;
use portcullis::suite::run::AfterFailure;
use portcullis::suite::selection::{self, Choice, Chosen, Selection, Shard};

use super::Args;
use super::changed::{self, Before};
use super::fingerprint::Fingerprints;
use super::last_failed::LastFailed;
use super::plan::{Inventory, Plan, Planned};
use super::target::{Arguments, Place};
use crate::io::Io;
use crate::policy_set::Failure;

/// Which tests to run, and how.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SelectArgs {
    /// Run only tests whose full name (data.PACKAGE.TEST or SUITE/CASE) matches; TEST/CASE names cases of a Rego test
    #[arg(short, long, value_name = "REGEX", value_parser = Selection::new)]
    pub(super) run: Option<Selection>,
    /// Leave out tests whose full name matches; repeatable
    #[arg(long, value_name = "REGEX", value_parser = Selection::new)]
    pub(super) skip: Vec<Selection>,
    /// Run only tests that can tell the difference between this git revision and the files as they are
    #[arg(long, value_name = "REVISION")]
    pub(super) changed: Option<String>,
    /// Run only tests that failed the last time they ran; all if none did
    #[arg(long)]
    pub(super) last_failed: bool,
    /// Run only part I of N, which each test belongs to by its name alone
    #[arg(long, value_name = "I/N", value_parser = Shard::parse)]
    pub(super) shard: Option<Shard>,
    /// Run in an order that this number makes
    #[arg(long, value_name = "SEED")]
    pub(super) shuffle: Option<u64>,
    /// End with the first test that fails
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Run each test so many times, and let it fail when its answers differ
    #[arg(long, value_name = "N", default_value = "1", hide_default_value = true, value_parser = positive)]
    pub(super) repeat: NonZeroUsize,
    /// List so many of the slowest tests on stderr
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(super) slowest: Option<NonZeroUsize>,
    /// Stay, and run again what a change of the files can matter to; ends with Ctrl-C
    #[arg(long, conflicts_with_all = ["count", "format", "fail_on_empty", "bench"])]
    pub(super) watch: bool,
}

impl SelectArgs {
    /// The tests that names choose.
    pub(super) fn choice(&self) -> Choice {
        Choice { run: self.run.clone(), skip: self.skip.clone() }
    }

    /// What a failure means for the tests after it.
    pub(super) fn after_failure(&self) -> AfterFailure {
        if self.fail_fast { AfterFailure::Stop } else { AfterFailure::GoOn }
    }

    /// The positions of the tests that names and places choose.
    ///
    /// # Errors
    /// A place at which there is no test.
    pub(super) fn by_name_and_place(
        &self,
        inventory: &Inventory,
        places: &[Place],
    ) -> Result<BTreeSet<usize>, Failure> {
        let choice = self.choice();
        let named = |planned: &Planned| choice.of(&planned.test.id) != Chosen::Nothing;
        let all = inventory.tests.iter().enumerate();
        let chosen: BTreeSet<usize> =
            all.filter(|(_, planned)| named(planned)).map(|(position, _)| position).collect();
        if places.is_empty() {
            return Ok(chosen);
        }
        let mut at_places = BTreeSet::new();
        let mut failure = Failure::default();
        for place in places {
            match place.tests(inventory) {
                Ok(found) => at_places.extend(found),
                Err(message) => failure.extend(Some(Failure::of_message(&message))),
            }
        }
        if failure.is_any() { Err(failure) } else { Ok(&chosen & &at_places) }
    }

    /// The positions in the order in which to run, of those in the chosen part.
    pub(super) fn in_order(&self, inventory: &Inventory, positions: BTreeSet<usize>) -> Vec<usize> {
        let id = |position: &usize| inventory.tests.get(*position).map(|planned| &planned.test.id);
        let held =
            |position: &usize| self.shard.is_none_or(|shard| id(position).is_some_and(|id| shard.holds(id)));
        let mut positions: Vec<usize> = positions.into_iter().filter(held).collect();
        if let Some(seed) = self.shuffle {
            positions.sort_by_cached_key(|position| id(position).map(|id| selection::shuffled(seed, id)));
        }
        positions
    }

    /// The flags by which a run without tests can be explained.
    pub(super) fn narrowing(&self) -> Vec<&'static str> {
        let flags = [
            ("--run", self.run.is_some()),
            ("--skip", !self.skip.is_empty()),
            ("--changed", self.changed.is_some()),
            ("--last-failed", self.last_failed),
            ("--shard", self.shard.is_some()),
        ];
        flags.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag).collect()
    }
}

/// The plan of the tests that the arguments choose. Says on stderr what is to be known of the choice.
///
/// # Errors
/// A place without a test, and a revision to compare with that can't be had.
pub(super) fn plan(
    args: &Args,
    engine: &dyn Engine,
    arguments: &Arguments,
    inventory: Inventory,
    memory: &LastFailed,
    io: &mut Io,
) -> Result<Plan, Failure> {
    let select = &args.select;
    let mut chosen = select.by_name_and_place(&inventory, &arguments.places)?;
    if let Some(revision) = &select.changed {
        match changed::before(revision, &args.policy, engine, &arguments.paths, &args.properties)? {
            Before::Known(before) => {
                let now = Fingerprints::of(&inventory)?;
                chosen.retain(|position| inventory.is(*position, |id| now.differs(&before, id)));
            }
            Before::Otherwise(why) => io.note(format_args!("{why}, so all tests count as changed")),
            Before::Broken => io.warning(format_args!(
                "the tests at `{revision}` can't be compiled, so all count as changed"
            )),
        }
    }
    if select.last_failed {
        match memory.read() {
            Ok(failed) if failed.is_empty() => io.note("no test failed the last time, so all run"),
            Ok(failed) => {
                chosen.retain(|position| inventory.is(*position, |id| failed.contains(&id.to_string())));
            }
            Err(unusable) => io.warning(format_args!("{unusable}; all tests run")),
        }
    }
    let positions = select.in_order(&inventory, chosen);
    if let Some(seed) = select.shuffle {
        io.note(format_args!("the order is that of --shuffle {seed}"));
    }
    Ok(inventory.plan(&positions))
}

fn positive(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write a number from 1 on".to_owned())
}
