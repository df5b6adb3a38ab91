//! The evaluator against OPA, on policies with data and inputs that are made at random: values, undefined, errors,
//! and what `print` writes; with shortcuts and without; with strict errors of built-in functions and without.
//!
//! The policies are the same in each run. For a longer run by hand, with other policies:
//!
//! ```sh
//! PORTCULLIS_EVAL_COUNT=20000 PORTCULLIS_EVAL_SEED=7 cargo test -p portcullis --test eval differential -- --nocapture
//! ```
//!
//! `PORTCULLIS_EVAL_FAMILY=Forms` compares only the policies of one family.
//!
//! A case that differs is made small and printed with both answers, in the form of a file of `engine/testcases/eval`,
//! where it belongs once the difference is understood.

#[path = "differential/accepted.rs"]
mod accepted;
#[path = "differential/calls_of_cases.rs"]
mod calls_of_cases;
#[path = "differential/covers.rs"]
mod covers;
#[path = "differential/decorate.rs"]
mod decorate;
#[path = "differential/family.rs"]
mod family;
#[path = "differential/generate.rs"]
mod generate;
#[path = "differential/guarded.rs"]
mod guarded;
#[path = "differential/joins.rs"]
mod joins;
#[path = "differential/mend.rs"]
mod mend;
#[path = "differential/numbering.rs"]
mod numbering;
#[path = "differential/parts.rs"]
mod parts;
#[path = "differential/random.rs"]
mod random;
#[path = "differential/scan.rs"]
mod scan;
#[path = "differential/shrink.rs"]
mod shrink;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use accepted::Accepted;
use family::Family;

use crate::case::{Answers, Case, Compiled, compile, questions};
use crate::server::{CRASHED, Server};

/// How many policies of the first family are compared; of the others there are fewer.
const COUNT: u64 = 3_000;

/// The seed of the first policy of each family.
const SEED: u64 = 0x5eed;

/// After how many differences to stop.
const ENOUGH: usize = 12;

#[test]
fn random_policies_get_the_same_answers_as_from_opa() {
    let count = setting("PORTCULLIS_EVAL_COUNT", COUNT);
    let seed = setting("PORTCULLIS_EVAL_SEED", SEED);
    let families: Vec<Family> = match std::env::var("PORTCULLIS_EVAL_FAMILY") {
        Ok(name) => Family::ALL.iter().copied().filter(|family| format!("{family:?}") == name).collect(),
        Err(_) => Family::ALL.to_vec(),
    };
    assert!(!families.is_empty(), "there is no such family among {:?}", Family::ALL);
    let work = |part: u64| {
        let compare = move |family: Family| {
            let count = (count * family.share()).div_ceil(100);
            let half = count.div_ceil(2);
            let (first, count) = if part == 0 { (seed, half) } else { (seed + half, count - half) };
            compare(family, first, count)
        };
        families.iter().copied().map(compare).collect::<Option<Vec<Run>>>()
    };
    let runs: Vec<Option<Vec<Run>>> = std::thread::scope(|scope| {
        let start = |part| {
            let thread = std::thread::Builder::new().stack_size(portcullis::stack::SIZE);
            thread.spawn_scoped(scope, move || work(part)).unwrap()
        };
        let parts = [0, 1].map(start);
        parts.into_iter().map(|part| part.join().unwrap()).collect()
    });
    let Some(runs) = runs.into_iter().collect::<Option<Vec<Vec<Run>>>>() else { return };
    let mut different: Vec<&str> = Vec::new();
    for (at, family) in families.iter().enumerate() {
        let runs: Vec<&Run> = runs.iter().map(|part| &part[at]).collect();
        tell(*family, &runs);
        different.extend(runs.iter().flat_map(|run| &run.different).map(String::as_str));
    }
    assert!(different.is_empty(), "{} policies differ:\n{}", different.len(), different.join("\n"));
}

/// Prints what came of a family, and sees to it that it compares something.
fn tell(family: Family, runs: &[&Run]) {
    let sum = |part: fn(&Run) -> usize| runs.iter().map(|run| part(run)).sum::<usize>();
    println!(
        "{family:?}: {} policies, {} refused by both; {} inputs, {} answers: {} values, {} undefined, {} errors, {} with \
         prints; {} taken together only, {} accepted, {} unsteady, {} made OPA panic, {} different",
        sum(|run| run.policies),
        sum(|run| run.refused),
        sum(|run| run.asked),
        sum(|run| run.values + run.undefined + run.errors),
        sum(|run| run.values),
        sum(|run| run.undefined),
        sum(|run| run.errors),
        sum(|run| run.printed),
        sum(|run| run.apart),
        sum(|run| run.accepted),
        sum(|run| run.unsteady),
        sum(|run| run.crashed),
        sum(|run| run.different.len()),
    );
    assert!(sum(|run| run.refused) * 4 < sum(|run| run.policies) * 3, "too many policies are refused");
    assert!(sum(|run| run.values) > 0 && sum(|run| run.errors) > 0);
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect(name))
}

/// What came of comparing.
#[derive(Debug, Default)]
struct Run {
    policies: usize,
    /// Policies with an input that were asked about.
    asked: usize,
    refused: usize,
    crashed: usize,
    apart: usize,
    values: usize,
    undefined: usize,
    errors: usize,
    printed: usize,
    accepted: usize,
    /// Policies of which an OPA that had just started said something else.
    unsteady: usize,
    different: Vec<String>,
}

fn compare(family: Family, first: u64, count: u64) -> Option<Run> {
    let mut server = Server::start(family.version())?;
    let accepted = Accepted::read();
    let mut run = Run::default();
    for seed in first..first + count {
        let cases = family.cases(seed);
        let ours = both_ways(&cases[0]);
        run.policies += 1;
        for case in cases {
            let mut verdict = judge(&case, &ours, &mut server);
            if matches!(verdict, Verdict::Different { .. }) {
                // What an OPA has compiled before can change what it says of types: one that has just started is right.
                server = Server::start(family.version())?;
                verdict = judge(&case, &ours, &mut server);
                run.unsteady += usize::from(!matches!(verdict, Verdict::Different { .. }));
            }
            match &verdict {
                Verdict::Same(Err(_)) => {
                    run.refused += 1;
                    // It is so for each input.
                    break;
                }
                Verdict::Crashed => run.crashed += 1,
                Verdict::Apart => {
                    run.apart += 1;
                    break;
                }
                Verdict::Same(Ok(answers)) => {
                    run.asked += 1;
                    for (_, outcome) in answers {
                        run.printed += usize::from(outcome.contains("\nprint "));
                        match outcome.as_str() {
                            "undefined" => run.undefined += 1,
                            text if text.starts_with("error ") => run.errors += 1,
                            _ => run.values += 1,
                        }
                    }
                }
                Verdict::Different { kind, text } if accept(&accepted, &case, *kind, text, &mut server) => {
                    run.accepted += 1;
                    break;
                }
                Verdict::Different { kind, .. } => {
                    let small = shrink::shrink(&case, |smaller| {
                        match judge(smaller, &both_ways(smaller), &mut server) {
                            Verdict::Different { kind: other, text } => {
                                other == *kind && !accept(&accepted, smaller, other, &text, &mut server)
                            }
                            Verdict::Same(_) | Verdict::Crashed | Verdict::Apart => false,
                        }
                    });
                    let Verdict::Different { text, .. } = judge(&small, &both_ways(&small), &mut server)
                    else {
                        panic!("{small:?}")
                    };
                    println!("==== {family:?}, seed {seed}\n{text}");
                    run.different.push(format!("==== {family:?}, seed {seed}\n{text}"));
                    break;
                }
            }
        }
        if run.different.len() >= ENOUGH {
            break;
        }
    }
    Some(run)
}

/// Whether a difference is accepted.
fn accept(accepted: &Accepted, case: &Case, kind: Kind, report: &str, server: &mut Server) -> bool {
    accepted.accept(report) || kind != Kind::Panic && numbering::accept(case, server)
}

enum Verdict {
    Same(Result<Answers, Vec<String>>),
    /// OPA panicked.
    Crashed,
    /// OPA says so of the modules together, but not where it gets one after the other and takes no notice of annotations.
    Apart,
    Different {
        kind: Kind,
        text: String,
    },
}

/// How answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One refuses the modules, or both with other errors.
    Refusal,
    /// The answers are others.
    Answer,
    /// We panic.
    Panic,
}

/// What came of compiling a case here; none if we panicked.
type Ours = Option<Result<Compiled, Vec<String>>>;

/// With shortcuts and, unless the policy is refused, without.
fn both_ways(case: &Case) -> Vec<(bool, Ours)> {
    let compile = |optimise| (optimise, std::panic::catch_unwind(|| compile(case, optimise)).ok());
    let with = compile(true);
    if matches!(with.1, Some(Ok(_))) { vec![with, compile(false)] } else { vec![with] }
}

fn judge(case: &Case, ours: &[(bool, Ours)], server: &mut Server) -> Verdict {
    let questions = questions(case);
    let theirs = server.answers(case, &questions);
    let crashed = match &theirs {
        Ok(answers) => answers.iter().any(|(_, answer)| answer.contains(CRASHED)),
        Err(errors) => errors.iter().any(|error| error.contains(CRASHED)),
    };
    if crashed {
        return Verdict::Crashed;
    }
    for (optimise, compiled) in ours {
        let ask = |compiled: &Compiled| {
            let ask = || compiled.answers(case.input.as_deref(), &questions);
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(ask)).ok()
        };
        let ours = match compiled {
            None => None,
            Some(Err(errors)) => Some(Err(errors.clone())),
            Some(Ok(compiled)) => ask(compiled).map(Ok),
        };
        let kind = match (&ours, &theirs) {
            (None, _) => Kind::Panic,
            (Some(Ok(ours)), Ok(theirs)) if same_answers(ours, theirs) => continue,
            (Some(Ok(_)), Ok(_)) => Kind::Answer,
            (Some(Ok(_)), Err(_)) if case.modules.len() > 1 && server.takes_together(case) => {
                return Verdict::Apart;
            }
            (Some(Err(ours)), Ok(_))
                if case.modules.iter().any(|(_, text)| text.contains("# METADATA"))
                    && server.check(case).is_err_and(|theirs| same_errors(case, ours, &theirs)) =>
            {
                return Verdict::Apart;
            }
            (Some(Err(ours)), Err(theirs)) if same_errors(case, ours, theirs) => continue,
            (Some(_), _) => Kind::Refusal,
        };
        let ours = ours.unwrap_or_else(|| Err(vec!["panicked".to_owned()]));
        return Verdict::Different { kind, text: report(case, &ours, &theirs, *optimise) };
    }
    Verdict::Same(theirs)
}

/// OPA goes on with the first value of a rule before it looks for a second one, and keeps other values than we do from
/// being computed again. So printed lines may come in another order and number, and when a rule has conflicting values
/// another error may be met first.
fn same_answers(ours: &Answers, theirs: &Answers) -> bool {
    let lines = |answer: &str| {
        let mut lines: Vec<String> = answer.split("\nprint ").map(ToOwned::to_owned).collect();
        lines[1..].sort();
        lines.dedup();
        lines
    };
    let conflicts: BTreeSet<&str> = ours
        .iter()
        .filter(|(_, answer)| answer.starts_with(CONFLICT))
        .map(|(question, _)| question.as_str())
        .collect();
    let same = |((question, ours), (other, theirs)): (&(String, String), &(String, String))| {
        let both_fail = ours.starts_with("error ") && theirs.starts_with("error ");
        let conflict = ours.starts_with(CONFLICT) || theirs.starts_with(CONFLICT);
        // Where both met the same conflict it has the same values, but for the one of equal numbers that a set keeps. OPA
        // tells them twice if the conflict comes out of two evaluations.
        let told = |answer: &str| answer.split("\nprint ").next().unwrap_or_default().replace("-0", "0");
        let first = |answer: &str| answer.lines().next().unwrap_or_default().to_owned();
        // Of a function it may be the conflict of another call.
        let of_function = first(ours).starts_with(&format!("{CONFLICT}function "));
        // What failed before a conflict is met stands for it when errors are strict.
        let strict = question.strip_prefix("strict ").is_some_and(|plain| conflicts.contains(plain));
        let may_differ = first(ours) != first(theirs) || told(theirs).starts_with(&told(ours)) || of_function;
        question == other && (lines(ours) == lines(theirs) || both_fail && (strict || conflict && may_differ))
    };
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(same)
}

const CONFLICT: &str = "error eval_conflict_error: ";

/// OPA compiles one module after the other and stops at the first with errors: what we say of all may be others.
fn same_errors(case: &Case, ours: &[String], theirs: &[String]) -> bool {
    // The lines after the first explain an error, and of several ways around a cycle OPA takes any.
    let first = |error: &String| {
        let line = error.lines().next().unwrap_or_default();
        let line = line.split(" is recursive: ").next().unwrap_or_default();
        // What stands for the value of an expression in a template string has a name of its own.
        let line = line.split("internal.template_string(").next().unwrap_or_default();
        // The numbers of generated variables are counted differently.
        line.split("__local")
            .map(|part| part.trim_start_matches(|char: char| char.is_ascii_digit()))
            .collect()
    };
    let ours: Vec<String> = ours.iter().map(first).collect();
    case.modules.len() > 1 || theirs.iter().all(|error| ours.contains(&first(error)))
}

fn report(
    case: &Case,
    ours: &Result<Answers, Vec<String>>,
    theirs: &Result<Answers, Vec<String>>,
    optimise: bool,
) -> String {
    let mut text = case.to_text();
    let lines = |answers: &Result<Answers, Vec<String>>| match answers {
        Ok(answers) => answers.iter().map(|(question, answer)| format!("{question}: {answer}")).collect(),
        Err(errors) => errors.clone(),
    };
    let (ours, theirs): (Vec<String>, Vec<String>) = (lines(ours), lines(theirs));
    let _ = writeln!(text, "-- ours{} --", if optimise { "" } else { ", without shortcuts" });
    for line in ours.iter().filter(|line| !theirs.contains(line)) {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(text, "-- OPA's --");
    for line in theirs.iter().filter(|line| !ours.contains(line)) {
        let _ = writeln!(text, "{line}");
    }
    text
}
