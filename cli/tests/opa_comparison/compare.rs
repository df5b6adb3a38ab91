//! What counts as the same answer, and what as a difference.

use std::collections::{BTreeMap, BTreeSet};

use crate::command::{Answer, CommandLine};
use crate::fixture::{Allowances, Part};
use crate::report::{Outcome, canonical, outcomes, slowest_first};

/// The answers of both tools to one command.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) command: CommandLine,
    pub(crate) opa: Answer,
    pub(crate) ours: Answer,
    /// What OPA says without the variables before the command, where we have to answer like that.
    pub(crate) opa_without_environment: Option<Answer>,
}

/// The complaints about the answers to the commands of one fixture; none if all is as its header says.
pub(crate) fn complaints(pairs: &[Pair], allowances: &Allowances) -> Vec<String> {
    if allowances.reference_engine.is_some() {
        return complaints_about_reference_engine(pairs, allowances);
    }
    if allowances.wrong_answer.is_some() {
        return complaints_about_wrong_answer(pairs, allowances);
    }
    if allowances.unsupported_flag.is_some() {
        return complaints_about_unsupported_flag(pairs, allowances);
    }
    if allowances.unread_environment.is_some() {
        return complaints_about_environment(pairs, allowances);
    }
    let excused: BTreeSet<Part> =
        allowances.differs.keys().chain(allowances.unstable.keys()).copied().collect();
    let mut found: Vec<String> = Vec::new();
    for pair in pairs {
        found.extend(
            differences(pair, &excused, allowances.exact_stderr).into_iter().map(|what| about(pair, &what)),
        );
    }
    for (part, reason) in &allowances.differs {
        let others: BTreeSet<Part> = excused.iter().copied().filter(|other| other != part).collect();
        if pairs.iter().all(|pair| differences(pair, &others, allowances.exact_stderr).is_empty()) {
            found.push(format!(
                "the header says `differs in {}: {reason}`, but nothing differs there",
                part.name()
            ));
        }
    }
    found
}

/// What differs between two answers, apart from the parts that may.
fn differences(pair: &Pair, excused: &BTreeSet<Part>, exact_stderr: bool) -> Vec<String> {
    let Pair { command, opa, ours, .. } = pair;
    let mut found = Vec::new();
    if opa.exit_code.is_none() || ours.exit_code.is_none() {
        found.push("a tool did not end by itself".to_owned());
    }
    if opa.exit_code != ours.exit_code && !excused.contains(&Part::ExitCode) {
        found.push("the exit codes differ".to_owned());
    }
    if !excused.contains(&Part::Stdout) {
        if canonical(&opa.stdout, excused) != canonical(&ours.stdout, excused) {
            found.push("stdout differs".to_owned());
        }
        if command.sorts_by_duration() && !(slowest_first(&opa.stdout) && slowest_first(&ours.stdout)) {
            found.push("the results are not ordered by their durations".to_owned());
        }
    }
    if !excused.contains(&Part::Stderr) {
        if opa.stderr.trim().is_empty() != ours.stderr.trim().is_empty() {
            found.push("only one tool wrote to stderr".to_owned());
        } else if exact_stderr && opa.stderr.trim() != ours.stderr.trim() {
            found.push("the texts on stderr differ".to_owned());
        }
    }
    found
}

/// Checks the claim that an engine can't run a fixture: it has to say so, and must not answer wrongly instead.
fn complaints_about_reference_engine(pairs: &[Pair], allowances: &Allowances) -> Vec<String> {
    if pairs.iter().all(|pair| agrees(pair, allowances)) {
        return vec![
            "the header says that the reference engine can't run this, but nothing differs".to_owned(),
        ];
    }
    let mut found = Vec::new();
    for pair in pairs {
        found.extend(wrong_answers(pair).into_iter().map(|what| about(pair, &what)));
    }
    found
}

/// Checks the claim that an engine answers wrongly: it has to do so, or the claim is of yesterday.
fn complaints_about_wrong_answer(pairs: &[Pair], allowances: &Allowances) -> Vec<String> {
    let ended = |pair: &&Pair| pair.ours.exit_code.is_none();
    if let Some(pair) = pairs.iter().find(ended) {
        return vec![about(pair, "the engine did not end by itself")];
    }
    if pairs.iter().all(|pair| agrees(pair, allowances)) {
        return vec!["the header says that the answer is wrong, but nothing differs".to_owned()];
    }
    if pairs.iter().all(|pair| wrong_answers(pair).is_empty()) {
        return vec![
            "the header says that the answer is wrong, but the engine says that it can't answer: \
             `reference engine` without `wrong answer` is enough"
                .to_owned(),
        ];
    }
    Vec::new()
}

/// Checks the claim that a flag is refused: with exit code 1 and words on stderr wherever the answer is not OPA's.
fn complaints_about_unsupported_flag(pairs: &[Pair], allowances: &Allowances) -> Vec<String> {
    let differing: Vec<&Pair> = pairs.iter().filter(|pair| !agrees(pair, allowances)).collect();
    if differing.is_empty() {
        return vec!["the header says that a flag is not supported, but nothing differs".to_owned()];
    }
    let refused = |pair: &&Pair| {
        let Answer { exit_code, stdout, stderr } = &pair.ours;
        *exit_code == Some(1) && stdout.is_empty() && !stderr.trim().is_empty()
    };
    let not_refused = differing.into_iter().filter(|pair| !refused(pair));
    not_refused.map(|pair| about(pair, "the command is neither refused nor answered as OPA does")).collect()
}

/// Checks the claim that variables mean nothing to us: the answer has to be OPA's without them.
fn complaints_about_environment(pairs: &[Pair], allowances: &Allowances) -> Vec<String> {
    if pairs.iter().all(|pair| agrees(pair, allowances)) {
        return vec!["the header says that variables are not read, but nothing differs".to_owned()];
    }
    let unstable: BTreeSet<Part> = allowances.unstable.keys().copied().collect();
    let mut found = Vec::new();
    for pair in pairs {
        let Some(opa) = pair.opa_without_environment.clone() else {
            found.push(about(pair, "OPA was not asked without the variables"));
            continue;
        };
        let without = Pair { opa, ..pair.clone() };
        let differences = differences(&without, &unstable, allowances.exact_stderr);
        found.extend(differences.into_iter().map(|what| about(&without, &what)));
    }
    found
}

fn agrees(pair: &Pair, allowances: &Allowances) -> bool {
    let unstable: BTreeSet<Part> = allowances.unstable.keys().copied().collect();
    differences(pair, &unstable, false).is_empty()
}

/// The tests that got another outcome than in OPA without an error or a skip that says why.
fn wrong_answers(pair: &Pair) -> Vec<String> {
    let Pair { opa, ours, .. } = pair;
    if ours.exit_code.is_none() {
        return vec!["the engine did not end by itself".to_owned()];
    }
    let refused = ours.exit_code != Some(0) && ours.stdout.is_empty() && !ours.stderr.trim().is_empty();
    if refused {
        return Vec::new();
    }
    let mut found = Vec::new();
    if ours.exit_code == Some(0) && opa.exit_code != Some(0) {
        found.push("the exit code is 0 where OPA's is not".to_owned());
    }
    let (theirs, ours) = (outcomes(&opa.stdout), outcomes(&ours.stdout));
    for name in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
        // What a pretty report does not show has passed.
        let outcome_in =
            |report: &BTreeMap<String, Outcome>| report.get(name).copied().unwrap_or(Outcome::Pass);
        let (theirs, ours) = (outcome_in(&theirs), outcome_in(&ours));
        if theirs != ours && !matches!(ours, Outcome::Error | Outcome::Skip) {
            found.push(format!("`{name}` is {ours:?} where OPA says {theirs:?}"));
        }
    }
    found
}

fn about(pair: &Pair, what: &str) -> String {
    let Pair { command, opa, ours, .. } = pair;
    format!("$ {}\n{what}\n{}{}", command.text, shown("opa", opa), shown("portcullis", ours))
}

fn shown(tool: &str, answer: &Answer) -> String {
    let code = answer.exit_code.map_or_else(|| "no exit code".to_owned(), |code| format!("exit code {code}"));
    let indented = |text: &str| text.lines().fold(String::new(), |all, line| all + "    " + line + "\n");
    let (stdout, stderr) = (indented(&answer.stdout), indented(&answer.stderr));
    format!("  {tool}: {code}\n  {tool} stdout:\n{stdout}  {tool} stderr:\n{stderr}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"[
  {"location": {"file": "a_test.rego", "row": 3, "col": 1}, "package": "data.a", "name": "test_x", "duration": 400},
  {"location": {"file": "a_test.rego", "row": 5, "col": 1}, "package": "data.a", "name": "test_y", "fail": true,
   "duration": 300, "output": "aGVsbG8K", "sub_results": {"k": {"name": "k", "fail": true}}},
  {"location": {"file": "a_test.rego", "row": 9, "col": 1}, "package": "data.a", "name": "test_z",
   "error": {"code": "eval_conflict_error", "message": "two values"}, "duration": 200, "trace": [{"Op": "Fail"}]}
]
"#;

    const PRETTY: &str = "\
a_test.rego:5:
data.a.test_y: FAIL (1.25ms)
  k: FAIL

  hello

a_test.rego:9:
data.a.test_z: ERROR (12.5µs)
  a_test.rego:11: eval_conflict_error: two values
--------------------------------------------------------------------------------
PASS: 1/3
FAIL: 1/3
ERROR: 1/3
";

    fn answer(exit_code: i32, stdout: &str, stderr: &str) -> Answer {
        Answer { exit_code: Some(exit_code), stdout: stdout.to_owned(), stderr: stderr.to_owned() }
    }

    fn pair(opa: Answer, ours: Answer) -> Pair {
        let command = CommandLine::from_arguments(&["test", "."]);
        Pair { command, opa, ours, opa_without_environment: None }
    }

    fn differing(part: Part) -> Allowances {
        Allowances { differs: [(part, "why".to_owned())].into(), ..Allowances::default() }
    }

    #[test]
    fn each_change_of_a_report_is_a_difference() {
        for (report, before, after) in [
            (JSON, "a_test.rego", "b_test.rego"),
            (JSON, r#""row": 3"#, r#""row": 4"#),
            (JSON, r#""row": 3, "col": 1"#, r#""row": 3, "col": 2"#),
            (JSON, "data.a", "data.b"),
            (JSON, "test_x", "test_w"),
            (JSON, r#""name": "test_x""#, r#""name": "test_x", "fail": true"#),
            (JSON, r#""fail": true,"#, r#""skip": true,"#),
            (JSON, r#""fail": true,"#, ""),
            (JSON, "eval_conflict_error", "eval_cancel_error"),
            (JSON, "two values", "many values"),
            (JSON, "aGVsbG8K", "aGVsbG8"),
            (JSON, r#""output": "aGVsbG8K", "#, ""),
            (JSON, r#"{"name": "k", "fail": true}"#, r#"{"name": "k"}"#),
            (JSON, r#"{"name": "k", "fail": true}"#, r#"{"fail": true}"#),
            (JSON, r#""trace": [{"Op": "Fail"}]"#, r#""trace": []"#),
            (JSON, r#""duration": 400"#, r#""duration": 0"#),
            (JSON, r#""duration": 400"#, r#""duration": "1ms""#),
            (JSON, r#", "duration": 400"#, ""),
            (JSON, "]\n", "]\n[]\n"),
            (PRETTY, "a_test.rego:5:", "a_test.rego:6:"),
            (PRETTY, "test_y", "test_w"),
            (PRETTY, ": FAIL (1.25ms)", ": FAIL"),
            (PRETTY, "test_y: FAIL", "test_y: PASS"),
            (PRETTY, "  k: FAIL\n", ""),
            (PRETTY, "  k: FAIL", "    k: FAIL"),
            (PRETTY, "  hello", "hello"),
            (PRETTY, "  hello\n\n", "  hello\n"),
            (PRETTY, "two values", "many values"),
            (PRETTY, "-----\nPASS", "----\nPASS"),
            (PRETTY, "PASS: 1/3\n", ""),
            (PRETTY, "PASS: 1/3\nFAIL: 1/3", "FAIL: 1/3\nPASS: 1/3"),
            (PRETTY, "ERROR: 1/3\n", "ERROR: 1/3\n\n"),
        ] {
            let changed = report.replacen(before, after, 1);
            assert_ne!(changed, report, "`{before}` is not in the report");
            for (opa, ours) in [(report, &*changed), (&*changed, report)] {
                let pairs = [pair(answer(2, opa, ""), answer(2, ours, ""))];
                let found = complaints(&pairs, &Allowances::default());
                assert!(
                    found.len() == 1 && found[0].contains("stdout differs"),
                    "{before} -> {after}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn neither_durations_nor_order_are_a_difference() {
        for (report, before, after) in [
            (JSON, "400", "5"),
            (JSON, r#""package": "data.a", "name": "test_x""#, r#""name": "test_x", "package": "data.a""#),
            (PRETTY, "1.25ms", "3m2.000001s"),
        ] {
            let pairs = [pair(answer(2, report, ""), answer(2, &report.replace(before, after), ""))];
            assert_eq!(complaints(&pairs, &Allowances::default()), [""; 0]);
        }
        let (head, tail) = PRETTY.split_at(PRETTY.find("a_test.rego:9:").unwrap());
        let (second, rest) = tail.split_at(tail.find("----").unwrap());
        let pairs = [pair(answer(2, PRETTY, ""), answer(2, &[second, head, rest].concat(), ""))];
        assert_eq!(complaints(&pairs, &Allowances::default()), [""; 0]);
    }

    #[test]
    fn exit_codes_and_the_presence_of_stderr_are_compared() {
        for (opa, ours, message) in [
            (answer(2, "", ""), answer(1, "", ""), Some("the exit codes differ")),
            (
                answer(0, "", ""),
                Answer { exit_code: None, ..answer(0, "", "") },
                Some("did not end by itself"),
            ),
            (answer(1, "", "why"), answer(1, "", "\n"), Some("only one tool wrote to stderr")),
            (answer(1, "", ""), answer(1, "", "why"), Some("only one tool wrote to stderr")),
            (answer(1, "", "why"), answer(1, "", "because"), None),
        ] {
            let found = complaints(&[pair(opa, ours)], &Allowances::default());
            assert_eq!(found.is_empty(), message.is_none(), "{found:?}");
            assert!(message.is_none_or(|message| found[0].contains(message)), "{found:?}");
        }
        let exact = Allowances { exact_stderr: true, ..Allowances::default() };
        assert_eq!(complaints(&[pair(answer(1, "", "why\n"), answer(1, "", "why"))], &exact), [""; 0]);
        assert_eq!(complaints(&[pair(answer(1, "", "why"), answer(1, "", "because"))], &exact).len(), 1);
    }

    #[test]
    fn results_by_duration_have_to_be_in_that_order() {
        let unordered = JSON.replace("400", "250");
        let sorted = |ours: &str| Pair {
            command: CommandLine::from_arguments(&["test", ".", "--sort", "duration"]),
            ..pair(answer(2, JSON, ""), answer(2, ours, ""))
        };
        assert_eq!(complaints(&[sorted(JSON)], &Allowances::default()), [""; 0]);
        assert_eq!(complaints(&[sorted(&unordered)], &Allowances::default()).len(), 1);
    }

    #[test]
    fn a_part_that_differs_excuses_nothing_else() {
        for (part, report, before, after) in [
            (Part::Location, JSON, r#""row": 3"#, r#""row": 4"#),
            (Part::Trace, JSON, r#""Op": "Fail""#, r#""Op": "Exit""#),
            (Part::Output, JSON, "aGVsbG8K", ""),
            (Part::ErrorText, JSON, "two values", "many values"),
            (Part::Output, PRETTY, "hello", "bye"),
            (Part::ErrorText, PRETTY, "two values", "many values"),
            (Part::Location, PRETTY, "a_test.rego:5:", "a_test.rego:4:"),
        ] {
            let changed = report.replacen(before, after, 1);
            let pairs = |ours: &str| [pair(answer(2, report, ""), answer(2, ours, ""))];
            assert_eq!(complaints(&pairs(&changed), &differing(part)), [""; 0], "{before} -> {after}");
            let worse = changed.replace("test_y", "test_w");
            assert_eq!(complaints(&pairs(&worse), &differing(part)).len(), 1, "{before} -> {after}");
            let stale = complaints(&pairs(report), &differing(part));
            assert!(stale.len() == 1 && stale[0].contains("but nothing differs there"), "{stale:?}");
        }
        let codes = [pair(
            answer(2, JSON, ""),
            answer(2, &JSON.replace("eval_conflict_error", "eval_cancel_error"), ""),
        )];
        assert_eq!(complaints(&codes, &differing(Part::ErrorText)).len(), 1);
    }

    #[test]
    fn an_unstable_part_may_also_agree() {
        let unstable = Allowances {
            unstable: [(Part::ErrorText, "it races".to_owned())].into(),
            ..Allowances::default()
        };
        for ours in [JSON.to_owned(), JSON.replace("two values", "many values")] {
            assert_eq!(complaints(&[pair(answer(2, JSON, ""), answer(2, &ours, ""))], &unstable), [""; 0]);
        }
    }

    #[test]
    fn an_engine_that_cannot_has_to_say_so() {
        let claim = Allowances { reference_engine: Some("it can't".to_owned()), ..Allowances::default() };
        let failing = JSON.replacen(r#""name": "test_x""#, r#""name": "test_x", "fail": true"#, 1);
        let erring = JSON.replacen(r#""name": "test_x""#, r#""name": "test_x", "error": {"code": "x"}"#, 1);
        let passing = JSON.replace(r#""fail": true,"#, "");
        for (ours, expected) in [
            (answer(1, "", "can't take `every`"), None),
            (answer(2, &erring, ""), None),
            (answer(2, JSON, ""), Some("but nothing differs")),
            (answer(1, "", ""), Some("`data.a.test_y` is Pass where OPA says Fail")),
            (answer(2, &failing, ""), Some("`data.a.test_x` is Fail where OPA says Pass")),
            (answer(2, &passing, ""), Some("`data.a.test_y` is Pass where OPA says Fail")),
            (answer(0, &erring, ""), Some("the exit code is 0 where OPA's is not")),
            (Answer { exit_code: None, ..answer(0, &erring, "") }, Some("the engine did not end by itself")),
        ] {
            let found = complaints(&[pair(answer(2, JSON, ""), ours)], &claim);
            assert_eq!(found.is_empty(), expected.is_none(), "{found:?}");
            assert!(
                expected.is_none_or(|expected| found.iter().any(|one| one.contains(expected))),
                "{found:?}"
            );
        }
        let hidden = PRETTY.replacen("a_test.rego:5:\ndata.a.test_y: FAIL (1.25ms)\n", "", 1);
        let found = complaints(&[pair(answer(2, PRETTY, ""), answer(2, &hidden, ""))], &claim);
        assert!(
            found.iter().any(|one| one.contains("`data.a.test_y` is Pass where OPA says Fail")),
            "{found:?}"
        );
    }
    #[test]
    fn a_wrong_answer_has_to_be_wrong() {
        let claim = Allowances { wrong_answer: Some("it is".to_owned()), ..Allowances::default() };
        let passing = JSON.replace(r#""fail": true,"#, "");
        let erring = JSON.replacen(r#""name": "test_x""#, r#""name": "test_x", "error": {"code": "x"}"#, 1);
        for (ours, expected) in [
            (answer(2, &passing, ""), None),
            (answer(0, &erring, ""), None),
            (answer(2, JSON, ""), Some("but nothing differs")),
            (answer(2, &erring, ""), Some("the engine says that it can't answer")),
            (answer(1, "", "can't take `every`"), Some("the engine says that it can't answer")),
            (Answer { exit_code: None, ..answer(2, &passing, "") }, Some("did not end by itself")),
        ] {
            let found = complaints(&[pair(answer(2, JSON, ""), ours)], &claim);
            assert_eq!(found.is_empty(), expected.is_none(), "{found:?}");
            assert!(expected.is_none_or(|expected| found[0].contains(expected)), "{found:?}");
        }
    }

    #[test]
    fn an_unsupported_flag_is_refused_and_not_ignored() {
        let claim = Allowances { unsupported_flag: Some("it isn't".to_owned()), ..Allowances::default() };
        let refusal = || pair(answer(2, JSON, ""), answer(1, "", "no such flag"));
        let same = || pair(answer(2, JSON, ""), answer(2, JSON, ""));
        assert_eq!(complaints(&[refusal(), same()], &claim), [""; 0]);
        let stale = complaints(&[same()], &claim);
        assert!(stale.len() == 1 && stale[0].contains("but nothing differs"), "{stale:?}");
        for ours in [
            answer(2, &JSON.replace("test_x", "test_w"), ""),
            answer(1, "", ""),
            answer(2, "", "no such flag"),
            answer(0, "", "warning: ignored"),
            answer(1, JSON, "no such flag"),
            Answer { exit_code: None, ..answer(1, "", "no such flag") },
        ] {
            let found = complaints(&[refusal(), pair(answer(2, JSON, ""), ours.clone())], &claim);
            assert!(found.len() == 1 && found[0].contains("neither refused nor answered"), "{ours:?}");
        }
    }

    #[test]
    fn variables_that_are_not_read_change_nothing() {
        let claim =
            Allowances { unread_environment: Some("they aren't".to_owned()), ..Allowances::default() };
        let without = |ours: &str, opa: &str, without: Option<&str>| Pair {
            opa_without_environment: without.map(|stdout| answer(2, stdout, "")),
            ..pair(answer(2, opa, ""), answer(2, ours, ""))
        };
        assert_eq!(complaints(&[without(PRETTY, JSON, Some(PRETTY))], &claim), [""; 0]);
        for (ours, opa, plain, expected) in [
            (PRETTY, PRETTY, Some(PRETTY), "but nothing differs"),
            (PRETTY, JSON, None, "OPA was not asked"),
            ("", JSON, Some(PRETTY), "stdout differs"),
        ] {
            let found = complaints(&[without(ours, opa, plain)], &claim);
            assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
        }
    }
}
