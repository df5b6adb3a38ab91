//! Differences that are accepted, each for a reason.

use super::scan;

/// What says that a report tells an accepted difference.
pub(super) struct Accepted {
    /// Parts of reports.
    parts: Vec<&'static str>,
}

impl Accepted {
    /// The parts in `accepted.txt`, one a line, each after a line that says why.
    pub(super) fn read() -> Self {
        let lines = include_str!("accepted.txt").lines();
        Self { parts: lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect() }
    }

    /// Whether this report tells an accepted difference.
    pub(super) fn accept(&self, report: &str) -> bool {
        let Some((case, ours, theirs)) = sections(report) else { return false };
        self.parts.iter().any(|part| report.contains(part))
            || theirs.lines().any(has_a_key_twice)
            || leaves_walk_early(case, ours, theirs)
            || refuses_the_path(ours, theirs)
            || has_equal_keys_in_heads(case, theirs)
            || has_other_errors_in_operands(case, ours, theirs)
            || shows_generated_variables(ours, theirs)
            || changes_a_base_document(case)
            || writes_no_zero(case, ours, theirs)
            || calls_without_a_value(theirs)
            || says_what_is_wrong_with_yaml(ours, theirs)
    }
}

/// The case, our answers and OPA's.
fn sections(report: &str) -> Option<(&str, &str, &str)> {
    let (case, answers) = report.split_once("-- ours")?;
    let (ours, theirs) = answers.split_once("-- OPA's --")?;
    Some((case, ours, theirs))
}

/// Whether an object in a text has one entry twice. OPA loses an entry out of sight when it puts another one with the same
/// hash into an object again, as `1` and `true` have, or `0`, `false`, `null`, `0.5` and `{}`; so it adds the first a second time.
fn has_a_key_twice(text: &str) -> bool {
    let text = text.replace("\\\"", "\"");
    text.match_indices('{').any(|(start, _)| {
        let inside = &text[start + 1..];
        let depths = scan::depths(inside);
        let mut depth = 0_usize;
        let end = inside.char_indices().find_map(|(at, char)| {
            depths[at]?;
            match char {
                '{' | '[' | '(' => depth += 1,
                '}' | ']' | ')' if depth == 0 => return Some(at),
                '}' | ']' | ')' => depth -= 1,
                _ => {}
            }
            None
        });
        let Some(end) = end else { return false };
        let parts = scan::parts(&inside[..end]);
        let entries: Vec<&&str> = parts.iter().filter(|part| part.contains(": ")).collect();
        entries.iter().enumerate().any(|(at, entry)| entries[..at].contains(entry))
    })
}

/// Whether both refuse YAML, each in the words of its reader.
fn says_what_is_wrong_with_yaml(ours: &str, theirs: &str) -> bool {
    let (ours, theirs) = (answers(ours), answers(theirs));
    let refuses =
        |(_, answer): &(&str, &str)| answer.starts_with("error eval_builtin_error: yaml.unmarshal: yaml: ");
    !ours.is_empty() && ours.len() == theirs.len() && ours.iter().chain(&theirs).all(refuses)
}

/// Whether a rule goes through `walk` and would have a second value, which OPA does not look for when who asked needs one only:
/// `walk` alone is left at once then. OPA may meet the conflict of another rule afterwards, of which both say the same.
fn leaves_walk_early(case: &str, ours: &str, theirs: &str) -> bool {
    let walks = |path: &str| {
        let is_it = |clause: &&String| {
            let head = clause.trim_start().split([' ', '\n']).next().unwrap_or_default();
            let head = head.replace("[\"", ".").replace("\"]", "");
            path.strip_suffix(head.as_str()).is_some_and(|above| above.ends_with('.'))
        };
        clauses(case).iter().filter(is_it).any(|clause| clause.contains("walk("))
    };
    let (ours, theirs) = (answers(ours), answers(theirs));
    let is_alike = |path: &str| {
        let asks = |(question, _): &(&str, &str)| question.trim_start_matches("strict ") == path;
        !walks(path) && !ours.iter().any(asks)
    };
    ours.iter().all(|(_, answer)| conflict(answer).is_some_and(walks))
        && theirs
            .iter()
            .all(|(_, answer)| !answer.starts_with("error ") || conflict(answer).is_some_and(is_alike))
}

/// The rule of which an answer says that it has conflicting values.
fn conflict(answer: &str) -> Option<&str> {
    let of = answer.strip_prefix("error eval_conflict_error: ")?.split_once(' ')?.1;
    of.split_once(" produced ").map(|(path, _)| path)
}

/// Whether OPA refuses the path that is asked for, as it knows the types of documents: the command refuses such a query too, but
/// who asks the engine for a path gets no error.
fn refuses_the_path(ours: &str, theirs: &str) -> bool {
    let (ours, theirs) = (answers(ours), answers(theirs));
    !theirs.is_empty()
        && ours.iter().all(|(_, answer)| *answer == "undefined")
        && theirs.iter().all(|(question, answer)| {
            let path = question.strip_prefix("strict ").unwrap_or(question);
            answer.starts_with("error ")
                && answer.ends_with(&format!("rego_type_error: undefined ref: {path}"))
        })
}

/// Whether heads have equal numbers in them that are written in different ways, as `r[3].a` and `r[3.0].a`. OPA has two rules
/// then, but remembers one value for both; where it puts their documents together they may contradict each other, and then
/// what is around them is empty or missing. Here the last one counts.
fn has_equal_keys_in_heads(case: &str, theirs: &str) -> bool {
    let clauses = clauses(case);
    let numbers: Vec<&str> = clauses
        .iter()
        .filter_map(|clause| clause.split([' ', '\n']).next())
        .flat_map(|head| head.split('[').skip(1).filter_map(|part| part.split(']').next()))
        .map(|key| key.trim_matches(['(', ')']))
        .filter(|key| key.parse::<f64>().is_ok())
        .collect();
    let is_same = |left: &&str, right: &&str| left != right && left.parse::<f64>() == right.parse::<f64>();
    !theirs.starts_with("rego_")
        && numbers.iter().enumerate().any(|(at, left)| numbers[..at].iter().any(|right| is_same(left, right)))
}

/// Whether OPA tells other errors of parsing a module than we do, in which `and` and `or` are keywords and braces stand in
/// brackets: it reads `({` as the begin of an operand first, then as a term, and may keep or lose an error on the way. One that
/// it keeps of a comprehension over several lines is about the keyword after the bar.
fn has_other_errors_in_operands(case: &str, ours: &str, theirs: &str) -> bool {
    let is_parse_error =
        |line: &str| line.is_empty() || line == " --" || line.starts_with("rego_parse_error: ");
    let is_kept = |line: &str| {
        line.is_empty()
            || ["some", "not", "every"]
                .iter()
                .any(|word| line == format!("rego_parse_error: unexpected {word} keyword"))
    };
    let code = case.lines().filter_map(|line| line.split('#').next());
    let dense: String = code.flat_map(str::split_whitespace).collect();
    ["and", "or"].iter().any(|word| case.contains(&format!("import future.keywords.{word}")))
        && dense.contains("({")
        && (ours.lines().chain(theirs.lines()).all(is_parse_error) || theirs.lines().all(is_kept))
}

/// Whether nothing differs but the zero before a point: OPA keeps `.5` as it was written, and can't write it as JSON then.
fn writes_no_zero(case: &str, ours: &str, theirs: &str) -> bool {
    let points = |text: &str, start: &str| -> Vec<usize> {
        let is_start = |at: &usize| {
            let before = text[..*at].chars().next_back();
            let after = text[at + start.len()..].chars().next();
            !before.is_some_and(|char| char.is_alphanumeric() || "._])}\"`".contains(char))
                && after.is_some_and(|char| char.is_ascii_digit())
        };
        text.match_indices(start).map(|(at, _)| at).filter(is_start).collect()
    };
    let without = |text: &str| -> String {
        points(text, "0.").iter().rev().fold(text.to_owned(), |mut text, at| {
            text.remove(*at);
            text
        })
    };
    let is_same = |((question, ours), (other, theirs)): ((&str, &str), (&str, &str))| {
        question == other && without(ours) == without(theirs)
    };
    let (ours, theirs) = (answers(ours), answers(theirs));
    !points(case, ".").is_empty()
        && ours != theirs
        && ours.len() == theirs.len()
        && ours.into_iter().zip(theirs).all(is_same)
}

/// Whether OPA says of all answers that differ that it is at fault: it remembers comprehensions by the variables that they take from
/// outside, also those that they hand to a function before they unify them, and then calls the function without a value.
fn calls_without_a_value(theirs: &str) -> bool {
    let is_fault = |(_, answer): &(&str, &str)| {
        answer.starts_with("error eval_internal_error: built-in function ")
            && answer.contains(" that requires evaluation: ")
    };
    let theirs = answers(theirs);
    !theirs.is_empty() && theirs.iter().all(is_fault)
}

/// Whether both refuse the policies for the same, and only words differ in which variables are shown that nobody wrote.
fn shows_generated_variables(ours: &str, theirs: &str) -> bool {
    fn errors(part: &str) -> Vec<&str> {
        part.lines().filter(|line| line.starts_with("rego_")).collect()
    }
    let code = |line: &str| line.split(':').next().map(str::to_owned);
    let is_alike = |(ours, theirs): (&&str, &&str)| {
        ours == theirs
            || (code(ours) == code(theirs) && [ours, theirs].iter().all(|line| line.contains("__local")))
    };
    let (ours, theirs) = (errors(ours), errors(theirs));
    !ours.is_empty() && ours.len() == theirs.len() && ours.iter().zip(&theirs).all(is_alike)
}

/// Whether an input or a document is replaced by one of the base documents and then changed further down. OPA changes the base
/// document itself then, so that later evaluations see it too, or loses the change; here each has its own.
fn changes_a_base_document(case: &str) -> bool {
    case.lines().any(|line| {
        let mut withs =
            line.split(" with ").skip(1).map(|with| with.split_once(" as ").unwrap_or((with, "")));
        withs.clone().any(|(target, value)| {
            value.contains("data.") && withs.any(|(other, _)| other.starts_with(&format!("{target}.")))
        })
    })
}

/// The clauses of all modules of a case.
fn clauses(case: &str) -> Vec<String> {
    case.split("\n-- ").flat_map(|module| scan::blocks(module).1).collect()
}

/// The questions of a part of a report, each with the first line of its answer.
fn answers(part: &str) -> Vec<(&str, &str)> {
    let lines = part.lines().filter(|line| !line.starts_with(' ') && !line.starts_with("print "));
    lines.filter_map(|line| line.split_once(": ")).collect()
}
