//! Looks for inputs that two versions decide otherwise: those of tests first, then what differs from them in one respect after
//! the other, and then several changes at once.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::asker::{Asker, Goal, Key, Pair, Twins, Way};
use super::class::{Class, is_told};
use super::focus::Mention;
use super::{Answer, Start, Until, Versions, World, built, goal, worlds};
use crate::parallel;
use crate::probe::corpus::{Budget, End};
use crate::probe::edit::{Case, Edit};
use crate::probe::paste::Replaced;
use crate::probe::sweep::sweep;
use crate::suite::selection::Digest;
use crate::value::{Object, Value};

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) tried: u64,
    pub(super) end: End,
    pub(super) kept: Kept,
    pub(super) is_structured: bool,
}

/// The differences that are worth telling: of each kind, and of each set of novel values, the one that is easiest to read.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) differences: BTreeMap<(Key, Mention), Twins>,
    /// Whether there were more kinds than are kept.
    pub(super) is_full: bool,
}

/// A pair whose neighbours are looked at.
#[derive(Debug, Clone)]
pub(super) struct Node {
    seed: Arc<str>,
    origin: Pair,
    edits: Vec<Edit>,
    pub(super) pair: Pair,
}

/// Looks for differences until everything was tried, the budget is spent or `until` is reached. `focus` is what only one version has of
/// the base documents.
pub(super) fn search(
    goal: &Goal<'_>,
    starts: &[Start],
    focus: &[Value],
    budget: Budget<'_>,
    until: Until,
) -> Found {
    let mut found = Found { tried: 0, end: End::Exhausted, kept: Kept::default(), is_structured: false };
    let mut ways: BTreeMap<Way, usize> = BTreeMap::new();
    let mut open = Open::default();
    begin(goal, starts, until, &mut found, &mut ways, &mut open);
    let batch = if until == Until::Allowed { 1 } else { BATCH };
    let starts = open.all();
    for (stage, eighths) in STAGES {
        let first = |most: usize| starts.iter().take(most).map(|node| vec![node.clone()]).collect();
        let mut waiting: Vec<Vec<Node>> = match stage {
            Stage::Focused if focus.is_empty() => Vec::new(),
            Stage::Focused => own_first(goal.versions, &starts),
            Stage::Built | Stage::Suggested => first(starts.len()),
            Stage::Claims => first(MAX_SIGNED_STARTS),
            Stage::Wanted => first(MAX_WANTED_STARTS),
            Stage::Documents => worlds::worlds(&starts),
            Stage::Mixed => first(MAX_MIXED_STARTS),
            Stage::Whole => Vec::new(),
        };
        waiting.reverse();
        loop {
            if until == Until::Allowed && found.kept.lets_somebody_in() {
                return found;
            }
            if (budget.is_over)() {
                found.end = End::Stopped;
                return found;
            }
            if found.tried >= budget.inputs / 8 * eighths + budget.inputs % 8 {
                found.end = End::Budget;
                break;
            }
            // A fixed number at a time, so that the number of threads changes nothing.
            let next = |_| match stage {
                Stage::Whole => open.take().map(|node| vec![node]),
                Stage::Focused
                | Stage::Built
                | Stage::Suggested
                | Stage::Claims
                | Stage::Wanted
                | Stage::Documents
                | Stage::Mixed => waiting.pop(),
            };
            let groups: Vec<Vec<Node>> = (0..batch).filter_map(next).collect();
            if groups.is_empty() {
                break;
            }
            let work = |group: Vec<Node>| variants(goal, stage, focus, &group, budget.is_over, until);
            for more in parallel::map(budget.jobs, groups, work) {
                found.tried += more.tried;
                found.kept.is_full |= more.kept.is_full;
                for twins in more.kept.differences.into_values() {
                    found.kept.record(twins);
                }
                for (way, nearness, node) in more.nodes {
                    let count = ways.entry(way).or_default();
                    if node.edits.len() <= MAX_EDITS && *count < OF_A_WAY && open.put < MAX_NODES {
                        open.put(if *count == 0 { nearness } else { 0 }, node);
                        *count += 1;
                    }
                }
            }
        }
    }
    if found.tried < budget.inputs && open.nodes.is_empty() {
        found.end = End::Exhausted;
    }
    found
}

/// Asks about what somebody wrote down, and puts it among what is open.
fn begin(
    goal: &Goal<'_>,
    starts: &[Start],
    until: Until,
    found: &mut Found,
    ways: &mut BTreeMap<Way, usize>,
    open: &mut Open,
) {
    let mut asker = Asker::new(goal);
    let mut waiting: VecDeque<Cow<'_, Start>> = starts.iter().map(Cow::Borrowed).collect();
    while let Some(start) = waiting.pop_front() {
        let pair = pair_of(&start, goal.versions);
        let node = Node { seed: Arc::clone(&start.name), origin: pair.clone(), edits: Vec::new(), pair };
        let said = asker.ask(&node.pair);
        found.tried += 1;
        found.is_structured |= is_told_object(&said.old) || is_told_object(&said.new);
        if let Some(key) = said.key {
            found.kept.record(twins(goal, &node, key));
            if until == Until::Allowed && found.kept.lets_somebody_in() {
                return;
            }
        }
        let count = ways.entry(said.way).or_default();
        *count += 1;
        if *count == 1 {
            waiting.extend(mixtures(&start, goal.versions).into_iter().map(Cow::Owned));
        }
        let is_own = node.pair.new.data == *goal.versions.new.policy.data();
        let nearness = said.nearness + u32::from(is_own);
        // Of those that went the same way some come early and the others when nothing nearer is left.
        open.put(if *count <= STARTS_OF_A_WAY { nearness } else { 0 }, node);
    }
}

/// What is tried on a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// What base documents suggest that only one version has.
    Focused,
    /// What the clauses ask of the input that only one version has.
    Built,
    /// Rows of base documents, other letters and other names.
    Suggested,
    /// Other claims in tokens.
    Claims,
    /// Texts that base documents and other inputs have.
    Wanted,
    /// Base documents that are other ones.
    Documents,
    /// Everything that differs in one respect.
    Whole,
    /// Several of those changes at once, as chance has it.
    Mixed,
}

/// The pairs whose neighbours were not looked at: those that are near to what changed, and the oldest, take turns.
#[derive(Debug, Default)]
struct Open {
    nodes: BTreeMap<usize, Node>,
    near: BTreeSet<(u32, Reverse<usize>)>,
    put: usize,
    taken: usize,
}

impl Open {
    fn put(&mut self, nearness: u32, node: Node) {
        self.nodes.insert(self.put, node);
        self.near.insert((nearness, Reverse(self.put)));
        self.put += 1;
    }

    fn take(&mut self) -> Option<Node> {
        self.taken += 1;
        let nearest = self.near.last().copied()?;
        let (oldest, _) = self.nodes.first_key_value()?;
        let entry = if self.taken.is_multiple_of(3) {
            self.near.iter().find(|(_, Reverse(at))| at == oldest).copied().unwrap_or(nearest)
        } else {
            nearest
        };
        self.near.remove(&entry);
        self.nodes.remove(&entry.1.0)
    }

    /// All of them, the nearest first.
    fn all(&self) -> Vec<Node> {
        self.near.iter().rev().filter_map(|(_, Reverse(at))| self.nodes.get(at).cloned()).collect()
    }
}

/// What came out of one pair.
struct More {
    tried: u64,
    kept: Kept,
    nodes: Vec<(Way, u32, Node)>,
}

fn variants(
    goal: &Goal<'_>,
    stage: Stage,
    focus: &[Value],
    group: &[Node],
    is_over: &dyn Fn() -> bool,
    until: Until,
) -> More {
    let mut more = More { tried: 0, kept: Kept::default(), nodes: Vec::new() };
    let mut asker = Asker::new(goal);
    let mut seen = BTreeSet::new();
    let all = edits(goal, stage, focus, group);
    let tries = all.iter().flat_map(|edits| group.iter().map(move |node| (node, edits)));
    for (count, (node, edits)) in tries.enumerate() {
        if count % CHECK_EVERY == 0 && is_over() {
            break;
        }
        let Some(pair) = edits.iter().try_fold(node.pair.clone(), |pair, edit| pair.with(edit)) else {
            continue;
        };
        let said = asker.ask(&pair);
        more.tried += 1;
        let is_new = seen.insert(said.way);
        if !is_new && said.key.is_none() {
            continue;
        }
        let edits = node.edits.iter().chain(edits).cloned().collect();
        let next = Node { edits, pair, ..node.clone() };
        if let Some(key) = said.key {
            let is_reached = key.class == Class::NewlyAllowed && until == Until::Allowed;
            more.kept.record(twins(goal, &next, key));
            if is_reached {
                break;
            }
        }
        if is_new {
            more.nodes.push((said.way, said.nearness, next));
        }
    }
    more
}

/// Those over the documents of the versions first: the others have nothing of what only one version has.
fn own_first(versions: Versions<'_>, starts: &[Node]) -> Vec<Vec<Node>> {
    let own = versions.new.policy.data();
    let (first, rest): (Vec<&Node>, Vec<&Node>) = starts.iter().partition(|node| node.pair.new.data == *own);
    first.into_iter().chain(rest).map(|node| vec![node.clone()]).collect()
}

/// What is tried on a group: on its documents, or on the one pair that it is of.
fn edits(goal: &Goal<'_>, stage: Stage, focus: &[Value], group: &[Node]) -> Vec<Vec<Edit>> {
    let mut seen = BTreeSet::new();
    let mut all = match (stage, group) {
        (Stage::Documents, group) => worlds::edits(goal, group),
        (_, [node]) => of_pair(goal, stage, focus, node, &mut seen),
        (_, _) => Vec::new(),
    };
    all.retain(|edits| seen.insert(edits.clone()));
    all
}

/// The sweeps over the documents of both versions, what those suggest that only one has, or several at once. What is in `seen` is tried
/// elsewhere.
fn of_pair(
    goal: &Goal<'_>,
    stage: Stage,
    focus: &[Value],
    node: &Node,
    seen: &mut BTreeSet<Vec<Edit>>,
) -> Vec<Vec<Edit>> {
    let over =
        |data: &Value| sweep(&Case { input: node.pair.new.input.clone(), data: data.clone() }, goal.pools);
    match stage {
        Stage::Focused => {
            seen.extend(over(&Value::Object(Object::new())));
            let mut all = goal::novel_rows(goal, &node.pair);
            all.extend(focus.iter().flat_map(over));
            all
        }
        Stage::Built => built::edits(goal, &node.pair),
        Stage::Suggested => goal::suggested(goal, &node.pair),
        Stage::Claims => built::claims(goal, &node.pair),
        Stage::Wanted => goal::wanted(goal, &node.pair),
        Stage::Mixed => mixed(&sweep(&node.pair.new, goal.pools), &node.seed),
        Stage::Whole => {
            let mut all = sweep(&node.pair.new, goal.pools);
            if node.pair.old.data != node.pair.new.data {
                all.extend(sweep(&node.pair.old, goal.pools));
                all.extend(focus.iter().flat_map(over));
            }
            if !node.edits.is_empty() {
                all.extend(goal::suggested(goal, &node.pair));
            }
            all
        }
        Stage::Documents => Vec::new(),
    }
}

/// Two to four of the changes one after the other. The draws depend on the name alone, so that a run can be repeated.
fn mixed(single: &[Vec<Edit>], name: &str) -> Vec<Vec<Edit>> {
    let count = u64::try_from(single.len()).unwrap_or(u64::MAX);
    let draw = |at: u64, of: u64| Digest::of(name).with(&at.to_string()).number() % of.max(1);
    let chosen = (0..MIXED).map(|at| {
        let first = at * (MAX_EDITS as u64 + 1);
        let edits = (1..=2 + draw(first, 3)).filter_map(|next| {
            let index = usize::try_from(draw(first + next, count)).ok()?;
            single.get(index)
        });
        edits.flatten().cloned().collect()
    });
    chosen.collect()
}

fn pair_of(start: &Start, versions: Versions<'_>) -> Pair {
    Pair { old: start.case(versions.old), new: start.case(versions.new) }
}

/// What a test puts before the versions, over its own documents except for one, which is as each version has it.
fn mixtures(start: &Start, versions: Versions<'_>) -> Vec<Start> {
    let World::Same(data) = &start.world else { return Vec::new() };
    let replaced = Replaced::between(versions.new.policy.data(), data).documents;
    let each = replaced.iter().take(MAX_REPLACED).map(|own| {
        let others = replaced.iter().filter(|other| other.path != own.path).cloned().collect();
        let path = own.path.join(".");
        let name = Arc::from(format!("{} over the loaded data.{path}", start.name));
        Start { name, input: start.input.clone(), world: World::Over(others) }
    });
    each.collect()
}

fn twins(goal: &Goal<'_>, node: &Node, key: Key) -> Twins {
    let Node { seed, origin, edits, pair } = node.clone();
    let mention = goal.novel.mentioned(pair.new.input.as_ref());
    Twins { key, mention, seed, origin, edits, pair }
}

impl Kept {
    /// Keeps of the differences of the same kind and with the same novel values the one that is easiest to read.
    fn record(&mut self, twins: Twins) {
        let kind = (twins.key.clone(), twins.mention.clone());
        let is_better = if let Some(known) = self.differences.get(&kind) {
            twins.weight() < known.weight()
        } else {
            let first = (twins.key.clone(), Mention::new());
            let alike = self.differences.range(first..).take_while(|((key, _), _)| *key == twins.key);
            let has_room = alike.count() < MAX_ALIKE && self.differences.len() < MAX_DIFFERENCES;
            self.is_full |= !has_room;
            has_room
        };
        if is_better {
            self.differences.insert(kind, twins);
        }
    }

    fn lets_somebody_in(&self) -> bool {
        self.differences.keys().any(|(key, _)| key.class == Class::NewlyAllowed)
    }
}

fn is_told_object(answer: &Answer) -> bool {
    is_told(answer.value.as_ref())
}

/// What is tried, in this order, until so many eighths of all inputs are spent: what costs little and finds much comes first. What the
/// later ones lead to is looked at again.
const STAGES: [(Stage, u64); 10] = [
    (Stage::Focused, 1),
    (Stage::Built, 2),
    (Stage::Whole, 3),
    (Stage::Suggested, 4),
    (Stage::Claims, 5),
    (Stage::Wanted, 5),
    (Stage::Documents, 6),
    (Stage::Whole, 7),
    (Stage::Mixed, 8),
    (Stage::Whole, 8),
];

/// How many starts that go the same way are near, how many others of a way are kept, and how many in all.
const STARTS_OF_A_WAY: usize = 3;
const OF_A_WAY: usize = 4;
const MAX_NODES: usize = 6_000;
const MAX_EDITS: usize = 4;

/// How many differences of a kind are kept, and how many in all.
const MAX_ALIKE: usize = 64;
const MAX_DIFFERENCES: usize = 800;

const BATCH: usize = 16;
const CHECK_EVERY: usize = 256;

/// How many documents of a test are left as they are loaded, one at a time, and for how many starts it is tried what documents want.
const MAX_REPLACED: usize = 8;
const MAX_WANTED_STARTS: usize = 48;

/// For how many starts it is tried what tokens could claim.
const MAX_SIGNED_STARTS: usize = 8;

/// Of how many starts several changes at once are tried, and how many for each.
const MAX_MIXED_STARTS: usize = 64;
const MIXED: u64 = 150;
