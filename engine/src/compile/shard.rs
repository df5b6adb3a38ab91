//! Runs stages on each module for itself: the tree of one module stays in the cache from stage to stage, and threads
//! share nothing that they write to.
//!
//! What comes out is what running each stage on all modules would give: errors are put in the order of stages and
//! modules, and those of stages after one that stops are dropped.

use std::sync::Arc;

use super::report::{Entry, Report};
use super::stages::Stage;
use super::state::{FoundBefore, State};
use crate::parallel;

/// Runs stages that, of the rules, look at those of the module only; errors keep later stages from running.
/// `first` is the number of the first stage among all.
pub(super) fn run(state: &mut State<'_>, stages: &[(&str, Stage)], first: usize) {
    let shards = split(state);
    let done = parallel::map(state.options.threads, shards, |mut shard| {
        run_one(&mut shard, stages, first);
        shard
    });
    join(state, done);
}

/// The same for one module.
pub(super) fn run_one(shard: &mut State<'_>, stages: &[(&str, Stage)], first: usize) {
    for (number, (_, stage)) in stages.iter().enumerate() {
        shard.report.enter(number);
        shard.locals.enter(first + number);
        stage(shard);
        if shard.report.is_stopped() {
            break;
        }
    }
}

/// Takes note of what variables of the one module here were generated for.
pub(super) fn note_names(shard: &mut State<'_>) {
    let (renamed, heads) = (std::mem::take(&mut shard.renamed), std::mem::take(&mut shard.locals.heads));
    let rewritten = Arc::make_mut(&mut shard.rewritten);
    rewritten.add(renamed);
    rewritten.add_heads(heads);
}

/// One state for each module, in the order of the modules' ids.
fn split<'a>(state: &mut State<'a>) -> Vec<Box<State<'a>>> {
    let modules = std::mem::take(&mut state.modules).split();
    let rules = std::mem::take(&mut state.rules).split();
    let locals = std::mem::take(&mut state.module_locals);
    let mut waiting = std::mem::take(&mut state.waiting);
    let first = state.order.first().copied();
    let mut found_before = std::mem::take(&mut state.found_before);
    let parts = modules.zip(rules).zip(locals).enumerate();
    let mut shard = |(index, ((modules, rules), locals))| State {
        modules,
        rules,
        locals,
        waiting: waiting.remove_entry(&index).into_iter().collect(),
        order: vec![index],
        // They are about all modules: one of them reports them.
        found_before: if Some(index) == first {
            std::mem::take(&mut found_before)
        } else {
            FoundBefore::default()
        },
        report: Report::new(None),
        rewritten: Arc::clone(&state.rewritten),
        tree: Arc::clone(&state.tree),
        graph_index: Arc::clone(&state.graph_index),
        annotations: Arc::clone(&state.annotations),
        ..State::new(state.sources, state.options)
    };
    // Each is moved from list to list several times.
    parts.map(|part| Box::new(shard(part))).collect()
}

/// Takes the modules back, with what was found in each.
fn join<'a>(state: &mut State<'a>, shards: Vec<Box<State<'a>>>) {
    let mut rank = vec![0; shards.len()];
    for (place, index) in state.order.iter().enumerate() {
        if let Some(slot) = rank.get_mut(*index) {
            *slot = place;
        }
    }
    state.own_index.reserve(shards.iter().map(|shard| shard.own_index.len()).sum());
    state.graph.reserve(shards.iter().map(|shard| shard.graph.len()).sum());
    let mut entries: Vec<((usize, usize), Entry)> = Vec::new();
    let (mut renamed, mut heads) = (Vec::new(), Vec::new());
    for (shard, rank) in shards.into_iter().zip(&rank) {
        let mut shard = *shard;
        heads.push(std::mem::take(&mut shard.locals.heads));
        state.modules.join(shard.modules);
        state.rules.join(shard.rules);
        state.module_locals.push(shard.locals);
        state.graph.join(shard.graph);
        state.own_index.join(shard.own_index);
        state.replaced.extend(shard.replaced);
        renamed.push(shard.renamed);
        state.report.take_moves(&mut shard.report);
        entries.extend(shard.report.take().into_iter().map(|entry| ((entry.stage, *rank), entry)));
    }
    if renamed.iter().any(|list| !list.is_empty()) || heads.iter().any(|list| !list.is_empty()) {
        let rewritten = Arc::make_mut(&mut state.rewritten);
        for list in renamed {
            rewritten.add(list);
        }
        for list in heads {
            rewritten.add_heads(list);
        }
    }
    entries.sort_by_key(|(key, _)| *key);
    state.report.replay(entries.into_iter().map(|(_, entry)| entry));
}
