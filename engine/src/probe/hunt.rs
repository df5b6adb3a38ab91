//! The hunt: looks for inputs, runs the probes on them, and keeps of what they report what holds up.

use std::collections::btree_map::Entry as MapEntry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::contract::Contract;
use super::corpus::{self, Budget, Corpus, End, Entry};
use super::decision::{Decision, Verdict};
use super::edit::{Case, Edit};
use super::finding::{Fact, Finding, Key, Pair, Twist, distinct};
use super::model::{Model, Pattern};
use super::objections::objections;
use super::place::{self, Place, Root};
use super::pool::{MAX_DEPTH, Pools, pattern_of};
use super::probes::swallowed::Guards;
use super::probes::{Ask, Near, Probe, fault::Fault, unread};
use super::reach::{Polarity, Reach, clauses};
use super::rows::{Row, Rows};
use super::seed::Seed;
use super::steps::Steps;
use super::subject::{Bench, Benches, Subject};
use super::text;
use crate::eval::NoObserver;
use crate::parallel;
use crate::program::{ClauseId, RuleId};
use crate::source::Span;
use crate::value::Value;

/// What came of a hunt.
#[derive(Debug, Clone, PartialEq)]
pub struct Hunted {
    /// The decision.
    pub decision: Decision,
    /// What was found, in the order of the probes and of the places.
    pub findings: Vec<Finding>,
    /// What needs no input to be seen.
    pub facts: Vec<Fact>,
    /// How many inputs were decided on.
    pub tried: u64,
    /// How many cases the hunt started from.
    pub seeds: usize,
    /// How many of them are allowed.
    pub allowed: usize,
    /// How many inputs go ways of their own.
    pub ways: usize,
    /// Of the literals that the decision depends on those that were seen to hold and not to hold, those seen one way, and all.
    pub literals: Reached,
    /// Why it ended.
    pub end: End,
    /// How many inputs that go ways of their own were not changed any more, or not probed, when it did.
    pub left: usize,
}

/// How far a hunt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// How many inputs were decided on.
    pub inputs: u64,
    /// What was seen of the literals that the decision depends on.
    pub literals: Reached,
}

/// How many literals were seen which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reached {
    /// Those that held and did not hold.
    pub both: usize,
    /// Those that did one of it.
    pub one: usize,
    /// All of them.
    pub all: usize,
}

/// Hunts with these probes for inputs of which the contract holds, as it has to of the seeds. `watch` is told how far it is.
pub fn hunt(
    subject: &Subject,
    seeds: &[Seed],
    probes: &[&'static Probe],
    contract: &Contract,
    budget: Budget<'_>,
    watch: &(dyn Fn(Seen) + Sync),
) -> Hunted {
    let program = subject.policy.program();
    let Some(rule) = subject.decision.rule(program) else { return nothing(subject, seeds) };
    let pools = Pools::new(Model::of(program, rule), seeds);
    let reach = Reach::of(program, rule, Polarity::Positive);
    let seen = |corpus: &Corpus| Seen { inputs: corpus.tried, literals: reached(corpus, &reach, subject) };
    let mut corpus = corpus::explore(subject, &pools, seeds, budget, &|corpus| watch(seen(corpus)));
    if *contract != Contract::default() {
        corpus.entries.retain(|entry| contract.is_met(&entry.origin, &entry.case, &subject.policy));
    }
    let asserted: BTreeSet<Option<Value>> = seeds
        .iter()
        .filter(|seed| seed.verdict == Verdict::Allow)
        .map(|seed| seed.case.input.clone())
        .collect();
    let guarded = guarded(subject, &corpus);
    let rows = Rows::of(subject, &pools, &corpus, budget.is_over);
    let wants_unread = probes.iter().any(|probe| probe.id == "R6");
    let facts = if wants_unread { unread::facts(subject, &reach, &pools, &rows.idle) } else { Vec::new() };
    let guards = Guards::of(subject, &reach);
    let objections = objections(program, &subject.decision);
    let judged = Judged {
        subject,
        rule,
        reach: &reach,
        pools: &pools,
        asserted: &asserted,
        guarded: &guarded,
        guards: &guards,
        objections: &objections,
        contract,
        rows: &rows,
    };
    let benches = Benches::new(subject);
    let batches: Vec<(usize, &Entry)> = corpus.entries.iter().enumerate().collect();
    let mut findings = Vec::new();
    let mut tried = corpus.tried;
    let mut end = corpus.end;
    let mut left = corpus.left;
    let explored = seen(&corpus);
    let asked_so_far = AtomicU64::new(tried);
    for found in parallel::map(budget.jobs, batches, |(at, entry)| {
        if (budget.is_over)() {
            return None;
        }
        let found = benches.with(|bench| judged.probe(bench, at, entry, probes));
        let before = asked_so_far.fetch_add(found.1, Ordering::Relaxed);
        watch(Seen { inputs: before.saturating_add(found.1), ..explored });
        Some(found)
    }) {
        let Some((more, asked)) = found else {
            end = End::Stopped;
            left += 1;
            continue;
        };
        findings.extend(more);
        tried += asked;
    }
    let findings = distinct(findings);
    let findings = parallel::map(budget.jobs, findings, |finding| judged.shrunk(&finding));
    let findings = distinct(findings.into_iter().flatten().collect());
    let allowed = seeds.iter().filter(|seed| seed.verdict == Verdict::Allow).count();
    Hunted {
        decision: subject.decision.clone(),
        findings,
        facts,
        tried,
        seeds: seeds.len(),
        allowed,
        ways: corpus.entries.len(),
        literals: explored.literals,
        end,
        left,
    }
}

fn nothing(subject: &Subject, seeds: &[Seed]) -> Hunted {
    Hunted {
        decision: subject.decision.clone(),
        findings: Vec::new(),
        facts: Vec::new(),
        tried: 0,
        seeds: seeds.len(),
        allowed: 0,
        ways: 0,
        literals: Reached::default(),
        end: End::Exhausted,
        left: 0,
    }
}

fn reached(corpus: &Corpus, reach: &Reach, subject: &Subject) -> Reached {
    let mut reached = Reached::default();
    for literal in reach.literals(subject.policy.program()) {
        let outcome = corpus.covered.as_ref().map(|covered| covered.outcome(literal)).unwrap_or_default();
        reached.all += 1;
        match outcome {
            (true, true) => reached.both += 1,
            (true, false) | (false, true) => reached.one += 1,
            (false, false) => {}
        }
    }
    reached
}

/// The places of the input where a text that nothing knows denies what was allowed, in the cases that somebody wrote down.
fn guarded(subject: &Subject, corpus: &Corpus) -> BTreeSet<Pattern> {
    let mut bench = Bench::new(subject);
    let mut guarded = BTreeSet::new();
    let written =
        corpus.entries.iter().filter(|entry| entry.edits.is_empty() && entry.verdict == Verdict::Allow);
    for entry in written.take(MAX_GUARDED) {
        let Some(input) = &entry.case.input else { continue };
        for (steps, value) in place::places(input, MAX_DEPTH) {
            let Some(text) = value.as_str() else { continue };
            let pattern = pattern_of(Root::Input, input, &steps);
            let edit = Edit::Put(Place::input(steps), Value::from(text::fresh(text)));
            let denies = |case: Case| bench.ask(&case) == Verdict::Deny;
            if !guarded.contains(&pattern) && edit.apply(&entry.case).is_some_and(denies) {
                guarded.insert(pattern);
            }
        }
    }
    guarded
}

/// How many allowed cases are looked at for that.
const MAX_GUARDED: usize = 50;

/// Tells what pairs are about.
struct Judged<'j> {
    subject: &'j Subject,
    rule: RuleId,
    reach: &'j Reach,
    pools: &'j Pools,
    asserted: &'j BTreeSet<Option<Value>>,
    guarded: &'j BTreeSet<Pattern>,
    guards: &'j Guards,
    objections: &'j [RuleId],
    contract: &'j Contract,
    rows: &'j Rows,
}

impl Judged<'_> {
    /// What probes report near a case, each once for each place; and how many inputs they tried.
    fn probe(
        &self,
        bench: &mut Bench<'_>,
        at: usize,
        entry: &Entry,
        probes: &[&'static Probe],
    ) -> (Vec<Finding>, u64) {
        let mut findings: BTreeMap<Key, Finding> = BTreeMap::new();
        let mut tried = 0;
        let mut steps = Steps::new(self.subject.policy.program());
        let record = bench.judge(&entry.case.data).record(entry.case.input.as_ref(), &mut steps);
        let near = Near { data: &entry.case.data, record: &record, reads: record.reads() };
        for probe in probes {
            let mut ask = Ask {
                bench: &mut *bench,
                pools: self.pools,
                asserted: self.asserted,
                guarded: self.guarded,
                guards: self.guards,
                objections: self.objections,
                contract: self.contract,
                near: &near,
                steps: &mut steps,
                pairs: Vec::new(),
                tried: 0,
            };
            (probe.run)(&mut ask, entry);
            tried += ask.tried;
            for pair in ask.pairs {
                let mut finding = self.finding(probe, &entry.seed, pair, bench);
                finding.through = self.through(at, &finding);
                match findings.entry(finding.key()) {
                    MapEntry::Vacant(entry) => _ = entry.insert(finding),
                    MapEntry::Occupied(mut entry) => entry.get_mut().through.extend(finding.through),
                }
            }
        }
        (findings.into_values().collect(), tried)
    }

    /// The rows that let a case of the corpus in, as far as they let in the case of a finding too.
    fn through(&self, at: usize, finding: &Finding) -> BTreeSet<Row> {
        let pair = &finding.pair;
        // Where nothing but the input is edited, of a case that is allowed over the loaded data.
        if pair.verdict_before != Verdict::Allow
            || pair.twist != Twist::None
            || pair.edit.root() != Some(Root::Input)
        {
            return BTreeSet::new();
        }
        let needs = |(_, without): &&(Row, Value)| {
            self.subject.judge(without).ask(pair.after.input.as_ref()) != Verdict::Allow
        };
        self.rows.through(at).filter(needs).map(|(row, _)| row.clone()).collect()
    }

    fn finding(&self, probe: &'static Probe, seed: &Arc<str>, pair: Pair, bench: &mut Bench<'_>) -> Finding {
        let program = self.subject.policy.program();
        let mut before = Steps::new(program);
        let mut after = Steps::new(program);
        bench.judge(&pair.before.data).follow(pair.before.input.as_ref(), &mut before);
        let judge = bench.judge(&pair.after.data);
        judge.follow(pair.after.input.as_ref(), &mut after);
        let span = |id: &ClauseId| program.clause(*id).map(|clause| clause.span);
        let deciding: BTreeSet<ClauseId> = clauses(program, self.rule).into_iter().collect();
        let (held_before, held_after) = (before.held_clauses(), after.held_clauses());
        let new = held_after.difference(&held_before);
        let gone = held_before.difference(&held_after);
        let pulls = |clause: &ClauseId, way: Polarity| {
            self.reach.polarity(program, *clause).is_some_and(|polarity| polarity != way)
        };
        let held: BTreeSet<Span> = deciding.intersection(&held_after).filter_map(span).collect();
        let mut granting: BTreeSet<Span> =
            new.clone().filter(|clause| deciding.contains(clause)).filter_map(span).collect();
        if granting.is_empty() {
            granting = held;
        }
        let silenced: BTreeSet<Span> = gone
            .filter(|clause| !deciding.contains(clause) && pulls(clause, Polarity::Positive))
            .filter_map(span)
            .collect();
        Finding {
            probe,
            decision: self.subject.decision.clone(),
            seed: Arc::clone(seed),
            pair,
            granting: granting.into_iter().collect(),
            silenced: silenced.into_iter().collect(),
            through: BTreeSet::new(),
            value: None,
        }
    }

    /// Whether the contract holds of both cases.
    fn is_sound(&self, pair: &Pair) -> bool {
        let is_met = |case: &Case| self.contract.is_met(&pair.origin, case, &self.subject.policy);
        is_met(&pair.before) && is_met(&pair.after)
    }

    /// The finding with as few edits as show it, if it shows in a fresh evaluation, twice.
    fn shrunk(&self, finding: &Finding) -> Option<Finding> {
        let mut bench = Bench::new(self.subject);
        let mut pair = finding.pair.clone();
        let mut at = 0;
        while at < pair.context.len() {
            let mut context = pair.context.clone();
            context.remove(at);
            match again(&pair, context, &mut bench) {
                Some(smaller) if self.is_sound(&smaller) => pair = smaller,
                Some(_) | None => at += 1,
            }
        }
        for _ in 0..2 {
            let mut bench = Bench::new(self.subject);
            again(&pair, pair.context.clone(), &mut bench)?;
        }
        let through = finding.through.clone();
        let value = self.subject.value(&pair.after);
        Some(Finding { through, value, ..self.finding(finding.probe, &finding.seed, pair, &mut bench) })
    }
}

/// The same pair with other edits before it, if it is decided in the same way.
fn again(pair: &Pair, context: Vec<Edit>, bench: &mut Bench<'_>) -> Option<Pair> {
    let before = context.iter().try_fold(pair.origin.clone(), |case, edit| edit.apply(&case))?;
    let after = match &pair.twist {
        Twist::Fault(..) | Twist::Outside | Twist::Passed(_) => before.clone(),
        Twist::None | Twist::Strict(_) => pair.edit.apply(&before)?,
    };
    let is_same = bench.ask(&before) == pair.verdict_before
        && verdict(&after, &pair.twist, bench) == Some(pair.verdict_after);
    is_same.then(|| Pair { context, before, after, ..pair.clone() })
}

/// What is decided on a case under a twist; nothing if there is no error where one belongs to it.
pub fn verdict(case: &Case, twist: &Twist, bench: &mut Bench<'_>) -> Option<Verdict> {
    let judge = bench.judge(&case.data);
    match twist {
        Twist::None | Twist::Outside => Some(judge.ask(case.input.as_ref())),
        Twist::Fault(function, operands) => {
            Some(judge.watch(case.input.as_ref(), Fault { function, operands }).0)
        }
        Twist::Strict(_) | Twist::Passed(_) => {
            let (verdict, errors, NoObserver) = judge.watch(case.input.as_ref(), NoObserver);
            (!errors.is_empty()).then_some(verdict)
        }
    }
}
