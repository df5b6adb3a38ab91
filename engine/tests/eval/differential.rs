//! The evaluator against OPA, on policies with data and inputs that are made at random: values, undefined, errors,
//! and what `print` writes; with shortcuts and without; with strict errors of built-in functions and without.
//!
//! The policies are the same in each run. For a longer run by hand, with other policies:
//!
//! ```sh
//! PORTCULLIS_EVAL_COUNT=20000 PORTCULLIS_EVAL_SEED=7 cargo test -p portcullis --test eval differential -- --nocapture
//! ```
//!
//! A case that differs is made small and printed with both answers, in the form of a file of `engine/testcases/eval`,
//! where it belongs once the difference is understood.

#[path = "differential/generate.rs"]
mod generate;
#[path = "differential/random.rs"]
mod random;
#[path = "differential/shrink.rs"]
mod shrink;

use std::fmt::Write as _;

use crate::case::{Answers, Case, Compiled, compile, questions};
use crate::server::{CRASHED, Server};

/// How many policies are compared.
const COUNT: u64 = 3_000;

/// After how many differences to stop.
const ENOUGH: usize = 12;

#[test]
fn random_policies_get_the_same_answers_as_from_opa() {
    let count = setting("PORTCULLIS_EVAL_COUNT", COUNT);
    let seed = setting("PORTCULLIS_EVAL_SEED", 0x5eed);
    let half = count.div_ceil(2);
    let runs: Vec<Option<Run>> = std::thread::scope(|scope| {
        let parts = [(seed, half), (seed + half, count - half)];
        let parts: Vec<_> = parts
            .into_iter()
            .map(|(first, count)| {
                let work = move || compare(first, count);
                std::thread::Builder::new()
                    .stack_size(portcullis::stack::SIZE)
                    .spawn_scoped(scope, work)
                    .unwrap()
            })
            .collect();
        parts.into_iter().map(|part| part.join().unwrap()).collect()
    });
    let Some(runs) = runs.into_iter().collect::<Option<Vec<Run>>>() else { return };
    let sum = |part: fn(&Run) -> usize| runs.iter().map(part).sum::<usize>();
    let different: Vec<&str> = runs.iter().flat_map(|run| &run.different).map(String::as_str).collect();
    println!(
        "{} policies, {} refused by both; {} inputs, {} answers: {} values, {} undefined, {} errors, {} with prints; {} \
         accepted, {} made OPA panic, {} different",
        sum(|run| run.policies),
        sum(|run| run.refused),
        sum(|run| run.asked),
        sum(|run| run.values + run.undefined + run.errors),
        sum(|run| run.values),
        sum(|run| run.undefined),
        sum(|run| run.errors),
        sum(|run| run.printed),
        sum(|run| run.accepted),
        sum(|run| run.crashed),
        different.len(),
    );
    assert!(different.is_empty(), "{} policies differ:\n{}", different.len(), different.join("\n"));
    assert!(sum(|run| run.refused) * 3 < sum(|run| run.policies) * 2, "too many policies are refused");
    assert!(sum(|run| run.values) > 0 && sum(|run| run.errors) > 0 && sum(|run| run.printed) > 0);
}

#[test]
fn the_policies_call_every_function_and_have_every_construct() {
    let policies: Vec<Case> =
        (0..COUNT).filter_map(|seed| generate::cases(0x5eed + seed).into_iter().next()).collect();
    let texts: Vec<&str> =
        policies.iter().flat_map(|case| &case.modules).map(|(_, text)| text.as_str()).collect();
    let part_of_name = |char: char| char.is_ascii_alphanumeric() || char == '.' || char == '_';
    let calls = |text: &str, name: &str| {
        text.match_indices(name)
            .any(|(at, _)| text[at + name.len()..].starts_with('(') && !text[..at].ends_with(part_of_name))
    };
    let functions = portcullis::builtins::all().filter(|signature| {
        !signature.nondeterministic && !signature.deprecated && !NOT_CALLED.contains(&signature.name)
    });
    let functions =
        functions.map(|signature| signature.name).filter(|name| !texts.iter().any(|text| calls(text, name)));
    let constructs =
        CONSTRUCTS.iter().copied().filter(|construct| !texts.iter().any(|text| text.contains(construct)));
    let missing: Vec<&str> = functions.chain(constructs).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Functions that policies can't name, and those of a rule's metadata, whose cases are files.
const NOT_CALLED: &[&str] = &[
    "assign",
    "eq",
    "internal.member_2",
    "internal.member_3",
    "internal.print",
    "internal.template_string",
    "internal.test_case",
    "rego.metadata.chain",
    "rego.metadata.rule",
];

/// What stands in a policy where the language has something of its own.
const CONSTRUCTS: &[&str] = &[
    "default ",
    "else := ",
    " contains ",
    "some ",
    " in ",
    "every ",
    "not ",
    "not {",
    " with input",
    " with data.",
    " as count",
    "walk(",
    "print(",
    "$\"",
    "`",
    "[x",
    "set()",
    " or ",
    " and ",
    "] := ",
    "_",
    " | ",
    " & ",
    "if {",
    ":= {",
    "}, ",
    "data[",
    "!= ",
    "<= ",
    ">= ",
    " + ",
    " * ",
    " / ",
    " % ",
];

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
    values: usize,
    undefined: usize,
    errors: usize,
    printed: usize,
    accepted: usize,
    different: Vec<String>,
}

fn compare(first: u64, count: u64) -> Option<Run> {
    let mut server = Server::start()?;
    let accepted = accepted_differences();
    let mut run = Run::default();
    for seed in first..first + count {
        let cases = generate::cases(seed);
        let ours = both_ways(&cases[0]);
        run.policies += 1;
        for case in cases {
            let verdict = judge(&case, &ours, &mut server);
            match &verdict {
                Verdict::Same(Err(_)) => {
                    run.refused += 1;
                    // It is so for each input.
                    break;
                }
                Verdict::Crashed => run.crashed += 1,
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
                Verdict::Different { text, .. } if accepted.iter().any(|known| text.contains(known)) => {
                    run.accepted += 1;
                    break;
                }
                Verdict::Different { kind, .. } => {
                    let small = shrink::shrink(
                        &case,
                        |smaller| matches!(judge(smaller, &both_ways(smaller), &mut server), Verdict::Different { kind: other, .. } if other == *kind),
                    );
                    let Verdict::Different { text, .. } = judge(&small, &both_ways(&small), &mut server)
                    else {
                        panic!("{small:?}")
                    };
                    println!("==== seed {seed}\n{text}");
                    run.different.push(format!("==== seed {seed}\n{text}"));
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

enum Verdict {
    Same(Result<Answers, Vec<String>>),
    /// OPA panicked.
    Crashed,
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
    if theirs.as_ref().is_ok_and(|answers| answers.iter().any(|(_, answer)| answer.contains(CRASHED))) {
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
    let same = |((question, ours), (other, theirs)): (&(String, String), &(String, String))| {
        let both_fail = ours.starts_with("error ") && theirs.starts_with("error ");
        let conflict = ours.starts_with(CONFLICT) || theirs.starts_with(CONFLICT);
        // Where both met the same conflict it has the same values, but for the one of equal numbers that a set keeps.
        let told = |answer: &str| answer.split("\nprint ").next().unwrap_or_default().replace("-0", "0");
        let first = |answer: &str| answer.lines().next().unwrap_or_default().to_owned();
        let may_differ = first(ours) != first(theirs) || told(ours) == told(theirs);
        question == other && (lines(ours) == lines(theirs) || both_fail && conflict && may_differ)
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

/// Parts of reports that may differ, one a line, each after a line that says why.
fn accepted_differences() -> Vec<String> {
    let text = include_str!("differential/accepted.txt");
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(ToOwned::to_owned).collect()
}
