//! Reports rules that need themselves. OPA's stage `CheckRecursion`.

use super::graph;
use super::rule::RuleId;
use super::state::{State, shown_ref};
use super::tree::NodeId;
use crate::diagnostic::{Code, Diagnostic};

/// Reports each rule on a cycle, with a path around it.
pub(super) fn run(state: &mut State<'_>) {
    let cyclic = cyclic(state);
    if !cyclic.contains(&true) {
        return;
    }
    let mut found = Vec::new();
    state.tree.depth_first(NodeId::ROOT, &mut |_, node| {
        for first in &node.rules {
            let mut next = Some(*first);
            while let Some(id) = next {
                next = state.rules.get(id.index()).and_then(|rule| rule.otherwise);
                if cyclic.get(id.index()).copied().unwrap_or_default() {
                    found.push(id);
                }
            }
        }
        false
    });
    let limit = state.options.max_errors.unwrap_or(usize::MAX);
    for id in found.into_iter().take(limit) {
        if let Some(error) = cycle_through(state, id) {
            state.report.fatal(error);
        }
    }
}

fn cycle_through(state: &State<'_>, id: RuleId) -> Option<Diagnostic> {
    let mut path = path_around(state, id, false)?;
    let certain = |path: &[RuleId]| {
        path.iter().zip(path.iter().skip(1)).all(|(from, to)| state.graph.dynamic_edge(*from, *to).is_none())
    };
    let mut word = "is";
    let mut cause = String::new();
    if !certain(&path) {
        if let Some(sure) = path_around(state, id, true) {
            path = sure;
        } else {
            word = "may be";
            cause = graph::describe(state, &path);
        }
    }
    let name = |id: &RuleId| {
        let rule = state.rules.get(id.index())?;
        Some(shown_ref(&state.rewritten, &state.full_path(rule)))
    };
    let names: Vec<_> = path.iter().filter_map(name).collect();
    let message = format!("rule {} {word} recursive: {}{cause}", name(&id)?, names.join(" -> "));
    Some(Diagnostic::error(Code::Recursion, message, state.rules.get(id.index())?.span))
}

/// A path from a rule back to itself, depth first; `certain` leaves out references that only may refer to a rule.
fn path_around(state: &State<'_>, id: RuleId, certain: bool) -> Option<Vec<RuleId>> {
    let edges = |from: RuleId| {
        let all = state.graph.dependencies(from).iter().copied();
        all.filter(move |to| !certain || state.graph.dynamic_edge(from, *to).is_none())
    };
    let mut visited = vec![false; state.rules.len()];
    let mut path = vec![(id, edges(id).collect::<Vec<_>>().into_iter())];
    if let Some(slot) = visited.get_mut(id.index()) {
        *slot = true;
    }
    while let Some((_, rest)) = path.last_mut() {
        let Some(next) = rest.next() else {
            path.pop();
            continue;
        };
        if next == id {
            return Some(path.iter().map(|(rule, _)| *rule).chain([id]).collect());
        }
        if let Some(slot) = visited.get_mut(next.index())
            && !*slot
        {
            *slot = true;
            path.push((next, edges(next).collect::<Vec<_>>().into_iter()));
        }
    }
    None
}

/// Which rules are on a cycle: those whose strongly connected component has more than one rule or an edge to
/// itself. Tarjan's algorithm, without recursion.
fn cyclic(state: &State<'_>) -> Vec<bool> {
    let count = state.rules.len();
    let mut search = Search {
        order: vec![0; count],
        lowest: vec![0; count],
        on_stack: vec![false; count],
        stack: Vec::new(),
        next: 1,
        cyclic: vec![false; count],
    };
    for id in (0..).take(count).map(RuleId) {
        search.from(state, id);
    }
    search.cyclic
}

struct Search {
    /// When each rule was met first, from 1; 0 for not yet.
    order: Vec<usize>,
    lowest: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<RuleId>,
    next: usize,
    cyclic: Vec<bool>,
}

impl Search {
    fn from(&mut self, state: &State<'_>, start: RuleId) {
        if self.order_of(start) != 0 {
            return;
        }
        let mut open = vec![(start, 0_usize)];
        self.meet(start);
        while let Some((id, at)) = open.last_mut() {
            let id = *id;
            let Some(next) = state.graph.dependencies(id).get(*at).copied() else {
                open.pop();
                self.leave(id);
                if let Some((parent, _)) = open.last() {
                    self.lower(*parent, self.lowest.get(id.index()).copied().unwrap_or_default());
                }
                continue;
            };
            *at += 1;
            if next == id {
                self.mark(id);
            }
            if self.order_of(next) == 0 {
                self.meet(next);
                open.push((next, 0));
            } else if self.on_stack.get(next.index()).copied().unwrap_or_default() {
                self.lower(id, self.order_of(next));
            }
        }
    }

    fn order_of(&self, id: RuleId) -> usize {
        self.order.get(id.index()).copied().unwrap_or_default()
    }

    fn meet(&mut self, id: RuleId) {
        for list in [&mut self.order, &mut self.lowest] {
            if let Some(slot) = list.get_mut(id.index()) {
                *slot = self.next;
            }
        }
        if let Some(slot) = self.on_stack.get_mut(id.index()) {
            *slot = true;
        }
        self.stack.push(id);
        self.next += 1;
    }

    fn lower(&mut self, id: RuleId, to: usize) {
        if let Some(slot) = self.lowest.get_mut(id.index()) {
            *slot = to.min(*slot);
        }
    }

    fn mark(&mut self, id: RuleId) {
        if let Some(slot) = self.cyclic.get_mut(id.index()) {
            *slot = true;
        }
    }

    /// Takes a component off the stack when its first rule is left.
    fn leave(&mut self, id: RuleId) {
        if self.lowest.get(id.index()) != self.order.get(id.index()) {
            return;
        }
        let start = self.stack.iter().rposition(|other| *other == id).unwrap_or_default();
        let component = self.stack.split_off(start);
        for member in &component {
            if let Some(slot) = self.on_stack.get_mut(member.index()) {
                *slot = false;
            }
            if component.len() > 1 {
                self.mark(*member);
            }
        }
    }
}
