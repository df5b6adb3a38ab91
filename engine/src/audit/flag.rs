//! What a reviewer should look at: flags, found in what is granted, decided and used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::call::Call;
use super::grant::{Grant, Grants};
use super::identity;
use super::matrix::{Cell, Matrix};
use crate::value::Value;

/// The kinds of things to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// A call is allowed, and no grant names it.
    AllowedWithoutGrant,
    /// Nothing was decided on calls.
    Undecided,
    /// A grant names somebody who does not exist.
    UnknownAgent,
    /// A grant has a wildcard in it.
    WildcardGrant,
    /// A grant can't be read.
    UnreadableGrant,
    /// A call is allowed that was not allowed at the last review.
    NewAccess,
    /// A grant names somebody who is banned.
    BannedWithGrants,
    /// A grant names calls that are denied.
    DeadGrant,
    /// A grant was not used for a long time.
    UnusedGrant,
    /// A grant has actions that were never used, and others that were.
    BroadGrant,
    /// What a partner can reach.
    PartnerReach,
    /// A call is named by several grants.
    RepeatedGrant,
    /// No test shows that a caller is denied anything.
    UntestedDenial,
}

/// How much a flag matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody may do what nobody meant, or it isn't known.
    High,
    /// Something is to be cleaned up.
    Medium,
    /// It is good to know.
    Low,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What kind.
    pub flag: Flag,
    /// What it is about: a grant, an agent, a partner or a call.
    pub subject: String,
    /// What is to be said.
    pub message: String,
}

/// How often a call was allowed, and when for the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// How often.
    pub count: u64,
    /// When for the last time, in seconds since 1970; none if the log does not say.
    pub last: Option<i64>,
}

/// What is known.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The base documents.
    pub data: &'a Value,
    /// What they grant.
    pub grants: &'a Grants,
    /// What is decided.
    pub matrix: &'a Matrix,
    /// What was allowed, if there is a log.
    pub uses: Option<&'a BTreeMap<Call, Use>>,
    /// The time of the review, in seconds since 1970.
    pub now: i64,
    /// After how many days a grant counts as unused.
    pub unused_days: u32,
    /// Who exists, if that is known.
    pub agents: Option<&'a BTreeSet<Arc<str>>>,
    /// The callers that tests show to be denied something, if tests were looked at.
    pub denied_in_tests: Option<&'a BTreeSet<Arc<str>>>,
    /// What was allowed at the last review.
    pub before: Option<&'a BTreeSet<Call>>,
}

impl Flag {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 13] = [
        Self::AllowedWithoutGrant,
        Self::Undecided,
        Self::UnknownAgent,
        Self::WildcardGrant,
        Self::UnreadableGrant,
        Self::NewAccess,
        Self::BannedWithGrants,
        Self::DeadGrant,
        Self::UnusedGrant,
        Self::BroadGrant,
        Self::PartnerReach,
        Self::RepeatedGrant,
        Self::UntestedDenial,
    ];

    /// How it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllowedWithoutGrant => "allowed-without-grant",
            Self::Undecided => "undecided",
            Self::UnknownAgent => "unknown-agent",
            Self::WildcardGrant => "wildcard-grant",
            Self::UnreadableGrant => "unreadable-grant",
            Self::NewAccess => "new-access",
            Self::BannedWithGrants => "banned-with-grants",
            Self::DeadGrant => "dead-grant",
            Self::UnusedGrant => "unused-grant",
            Self::BroadGrant => "broad-grant",
            Self::PartnerReach => "partner-reach",
            Self::RepeatedGrant => "repeated-grant",
            Self::UntestedDenial => "untested-denial",
        }
    }

    /// How much it matters.
    pub fn severity(self) -> Severity {
        match self {
            Self::AllowedWithoutGrant | Self::Undecided | Self::UnknownAgent | Self::WildcardGrant => {
                Severity::High
            }
            Self::UnreadableGrant
            | Self::NewAccess
            | Self::BannedWithGrants
            | Self::DeadGrant
            | Self::UnusedGrant
            | Self::BroadGrant => Severity::Medium,
            Self::PartnerReach | Self::RepeatedGrant | Self::UntestedDenial => Severity::Low,
        }
    }
}

impl Severity {
    /// How it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// Everything to look at, in the order of [`Flag::ALL`], and of the subjects.
pub fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    of_matrix(evidence, &mut all);
    for grant in &evidence.grants.list {
        of_grant(grant, evidence, &mut all);
        of_use(grant, evidence, &mut all);
    }
    for (grant, problem) in &evidence.grants.unreadable {
        push(&mut all, Flag::UnreadableGrant, grant, format!("the grant can't be read: {problem}"));
    }
    of_bans(evidence, &mut all);
    of_partners(evidence, &mut all);
    of_tests(evidence, &mut all);
    all.sort();
    all.dedup();
    all
}

fn push(all: &mut Vec<Finding>, flag: Flag, subject: &str, message: String) {
    all.push(Finding { flag, subject: subject.to_owned(), message });
}

fn of_matrix(evidence: &Evidence<'_>, all: &mut Vec<Finding>) {
    let mut named: BTreeMap<Call, Vec<Arc<str>>> = BTreeMap::new();
    for (grant, call) in evidence.grants.calls() {
        named.entry(call).or_default().push(grant);
    }
    for call in evidence.matrix.calls(Cell::Allowed) {
        if !named.contains_key(&call) {
            push(
                all,
                Flag::AllowedWithoutGrant,
                &call.to_string(),
                "it is allowed, and no grant names it".to_owned(),
            );
        }
        if evidence.before.is_some_and(|before| !before.contains(&call)) {
            push(all, Flag::NewAccess, &call.to_string(), "it was not allowed at the last review".to_owned());
        }
    }
    for (call, problem) in evidence.matrix.problems() {
        push(all, Flag::Undecided, &call.to_string(), format!("nothing is decided: {problem}"));
    }
    for (call, grants) in named.iter().filter(|(_, grants)| grants.len() > 1) {
        let message = format!("several grants name it: {}", grants.join(", "));
        push(all, Flag::RepeatedGrant, &call.to_string(), message);
    }
}

fn of_grant(grant: &Grant, evidence: &Evidence<'_>, all: &mut Vec<Finding>) {
    let parties = [("caller", &grant.caller), ("callee", &grant.callee)];
    for (role, id) in parties {
        if evidence.agents.is_some_and(|agents| !agents.contains(id)) {
            push(
                all,
                Flag::UnknownAgent,
                &grant.id,
                format!("its {role} {id} is not among the known agents"),
            );
        }
    }
    let texts = parties.iter().map(|(_, id)| *id).chain(&grant.actions);
    for text in texts.filter(|text| text.contains(['*', '?']) || matches!(&***text, "any" | "all" | "")) {
        push(all, Flag::WildcardGrant, &grant.id, format!("it has {text:?}, which looks like a wildcard"));
    }
    let banned = banned(evidence.data);
    if banned.contains(&grant.caller) || banned.contains(&grant.callee) {
        return;
    }
    let cell = |action: &&Arc<str>| evidence.matrix.cell(&call(grant, action)) == Some(Cell::Denied);
    let denied: Vec<&str> = grant.actions.iter().filter(cell).map(|action| &**action).collect();
    if !denied.is_empty() {
        let message =
            format!("{} -> {} is denied all the same: {}", grant.caller, grant.callee, denied.join(", "));
        push(all, Flag::DeadGrant, &grant.id, message);
    } else if grant.actions.is_empty() {
        push(all, Flag::DeadGrant, &grant.id, "it has no actions".to_owned());
    }
}

fn of_use(grant: &Grant, evidence: &Evidence<'_>, all: &mut Vec<Finding>) {
    let Some(uses) = evidence.uses else { return };
    let seen = |action: &Arc<str>| uses.get(&call(grant, action));
    let last = grant.actions.iter().filter_map(seen).map(|used| used.last).max();
    let limit = evidence.now.saturating_sub(i64::from(evidence.unused_days).saturating_mul(SECONDS_OF_DAY));
    match last {
        None if grant.actions.is_empty() => return,
        None => {
            push(all, Flag::UnusedGrant, &grant.id, "the logs have no call that it allowed".to_owned());
            return;
        }
        Some(Some(last)) if last < limit => {
            let days = evidence.now.saturating_sub(last).saturating_div(SECONDS_OF_DAY);
            push(all, Flag::UnusedGrant, &grant.id, format!("it was used {days} days ago for the last time"));
        }
        Some(_) => {}
    }
    let never: Vec<&str> =
        grant.actions.iter().filter(|action| seen(action).is_none()).map(|action| &**action).collect();
    if !never.is_empty() {
        push(
            all,
            Flag::BroadGrant,
            &grant.id,
            format!("of its actions the logs never have: {}", never.join(", ")),
        );
    }
}

fn of_bans(evidence: &Evidence<'_>, all: &mut Vec<Finding>) {
    for id in banned(evidence.data) {
        let named = evidence.grants.list.iter().filter(|grant| *grant.caller == *id || *grant.callee == *id);
        let named: Vec<&str> = named.map(|grant| &*grant.id).collect();
        if !named.is_empty() {
            push(
                all,
                Flag::BannedWithGrants,
                &id,
                format!("it is banned, and grants still name it: {}", named.join(", ")),
            );
        }
    }
}

fn of_partners(evidence: &Evidence<'_>, all: &mut Vec<Finding>) {
    let partners = evidence.data.lookup(&["federation"]).and_then(Value::as_array).into_iter().flatten();
    let partners: BTreeSet<&str> =
        partners.filter_map(|partner| partner.lookup(&["trust_domain"])?.as_str()).collect();
    if partners.is_empty() {
        return;
    }
    let mut reached: BTreeMap<&str, Vec<String>> =
        partners.iter().map(|partner| (*partner, Vec::new())).collect();
    for call in evidence.matrix.calls(Cell::Allowed) {
        let domain = identity::trust_domain(&call.caller).unwrap_or_default();
        if let Some(reached) = reached.get_mut(domain) {
            reached.push(call.to_string());
        }
    }
    for (partner, calls) in reached {
        let message = if calls.is_empty() {
            "it can reach nothing".to_owned()
        } else {
            let more = calls.len().saturating_sub(MOST_LISTED);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            format!(
                "it can reach: {}{more}",
                calls.iter().take(MOST_LISTED).cloned().collect::<Vec<_>>().join(", ")
            )
        };
        push(all, Flag::PartnerReach, partner, message);
    }
}

fn of_tests(evidence: &Evidence<'_>, all: &mut Vec<Finding>) {
    let Some(denied) = evidence.denied_in_tests else { return };
    for caller in
        evidence.grants.list.iter().map(|grant| &grant.caller).filter(|caller| !denied.contains(*caller))
    {
        push(all, Flag::UntestedDenial, caller, "no test shows that anything is denied to it".to_owned());
    }
}

fn call(grant: &Grant, action: &Arc<str>) -> Call {
    Call { caller: Arc::clone(&grant.caller), callee: Arc::clone(&grant.callee), action: Arc::clone(action) }
}

fn banned(data: &Value) -> BTreeSet<Arc<str>> {
    let list = data.lookup(&["banned_agents"]).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|entry| if let Value::String(id) = entry { Some(Arc::clone(id)) } else { None }).collect()
}

const SECONDS_OF_DAY: i64 = 86_400;
/// How many calls of a partner are listed.
const MOST_LISTED: usize = 50;
