//! How each exit code comes about: the rows of `docs/exit-codes.md`, with command lines that end so.

pub(crate) mod bundles;
pub(crate) mod calls;
pub(crate) mod comparing;
pub(crate) mod server;
pub(crate) mod signing;
pub(crate) mod testing;
pub(crate) mod validating;

/// A row, and lines of a shell that show it.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) command: &'static str,
    pub(crate) code: i32,
    pub(crate) when: &'static str,
    pub(crate) files: &'static [(&'static str, &'static str)],
    pub(crate) lines: &'static [&'static str],
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        command: "eval",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or the query is missing",
        files: &[],
        lines: &[
            "portcullis eval",
            "portcullis eval 1 2",
            "portcullis eval -f xml 1",
            "portcullis eval -I -i x 1",
        ],
    },
    Scenario {
        command: "eval",
        code: 2,
        when: "the query, a policy, a data file or the input can't be read, parsed or compiled",
        files: &[("bad.rego", "package"), ("bad.json", "{"), ("unsafe.rego", "package p\n\nq if x > 1\n")],
        lines: &[
            "portcullis eval '1 +'",
            "portcullis eval x",
            "portcullis eval -d bad.rego 1",
            "portcullis eval -d unsafe.rego 1",
            "portcullis eval -d bad.json 1",
            "portcullis eval -d missing 1",
            "portcullis eval -i bad.json 1",
            "portcullis eval -i missing 1",
            "echo '{' | portcullis eval -I 1",
        ],
    },
    Scenario {
        command: "eval",
        code: 2,
        when: "evaluation ended with an error",
        files: &[("p.rego", "package p\n\nq := 1\n\nq := 2\n")],
        lines: &[
            "portcullis eval -d p.rego data.p.q",
            "portcullis eval -f raw -d p.rego data.p.q",
            "portcullis eval --timeout 50ms 'count([1 | numbers.range(1, 3000)[_] < numbers.range(1, 3000)[_]])'",
        ],
    },
    Scenario {
        command: "eval",
        code: 2,
        when: "the answer can't be written to stdout",
        files: &[],
        lines: &[
            "portcullis eval 1 > /dev/full",
            "portcullis eval -f raw 'numbers.range(1, 9999)' > /dev/full",
        ],
    },
    Scenario {
        command: "eval",
        code: 1,
        when: "`--fail` and the answer is undefined, or `--fail-defined` and it is defined",
        files: &[],
        lines: &["portcullis eval --fail input.x", "portcullis eval --fail-defined false"],
    },
    Scenario {
        command: "eval",
        code: 1,
        when: "`--engine both`, and the engines disagree",
        files: &[],
        lines: &["portcullis eval --engine both 'not count(input.roles) > 0'"],
    },
    Scenario {
        command: "eval",
        code: 0,
        when: "the query was evaluated; also when it is undefined",
        files: &[],
        lines: &[
            "portcullis eval 1",
            "portcullis eval false",
            "portcullis eval data.nothing",
            "portcullis eval 1/0",
        ],
    },
    Scenario {
        command: "bench",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or the query is missing",
        files: &[],
        lines: &["portcullis bench", "portcullis bench --count 0 true"],
    },
    Scenario {
        command: "bench",
        code: 1,
        when: "the query, a policy, a data file or the input can't be read, parsed or compiled",
        files: &[],
        lines: &[
            "portcullis bench x",
            "portcullis bench -d missing true",
            "portcullis bench -i missing true",
        ],
    },
    Scenario {
        command: "bench",
        code: 1,
        when: "evaluation ended with an error, or the query is undefined and `--fail=false` was not given",
        files: &[],
        lines: &[
            "portcullis bench input.x",
            "portcullis bench '{1: 2 | x := [1, 2][_]; y := x} == {z: x | x := [1, 2][_]; z := 1}'",
        ],
    },
    Scenario {
        command: "bench",
        code: 0,
        when: "the query was measured",
        files: &[],
        lines: &["portcullis bench --time 1ms true", "portcullis bench --time 1ms --fail=false input.x"],
    },
    Scenario {
        command: "check",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or no path was given",
        files: &[],
        lines: &["portcullis check", "portcullis check --frobnicate .", "portcullis check . --ignore '['"],
    },
    Scenario {
        command: "check",
        code: 1,
        when: "a policy can't be read, parsed or compiled",
        files: &[("bad.rego", "package"), ("unsafe.rego", "package p\n\nq if x > 1\n")],
        lines: &["portcullis check missing", "portcullis check bad.rego", "portcullis check unsafe.rego"],
    },
    Scenario {
        command: "check",
        code: 1,
        when: "the configuration can't be read, or is wrong",
        files: &[
            PASSES,
            ("pattern.toml", "[[check.exclude]]\npaths = ['[']"),
            // Found from the folders below, too.
            ("portcullis.toml", "[chek]"),
        ],
        lines: &[
            "portcullis check . --config missing.toml",
            "portcullis check . -f json",
            "portcullis check . --config pattern.toml -f sarif",
            "mkdir -p a/b && cd a/b && portcullis check ../../pass_test.rego",
        ],
    },
    Scenario {
        command: "check",
        code: 1,
        when: "every policy compiles, but a lint of level `error` has a finding",
        files: &[OPEN],
        lines: &[
            "portcullis check open.rego",
            "portcullis check open.rego -f json",
            "portcullis check open.rego -f sarif",
            "portcullis check open.rego -f github",
        ],
    },
    Scenario {
        command: "check",
        code: 0,
        when: "every policy compiles, and no lint has findings but warnings",
        files: &[PASSES, OPEN, ("warned.rego", "package w\n\nallow if input.a\n")],
        lines: &[
            "portcullis check pass_test.rego",
            "portcullis check warned.rego",
            "portcullis check warned.rego -f sarif",
            "portcullis check open.rego --no-lint",
        ],
    },
    Scenario {
        command: "rule",
        code: 1,
        when: "a flag or an argument is not accepted, or no rule has the name",
        files: &[],
        lines: &["portcullis rule frobnicate", "portcullis rule --frobnicate", "portcullis rule a b"],
    },
    Scenario {
        command: "rule",
        code: 0,
        when: "the list or the page was written",
        files: &[],
        lines: &["portcullis rule", "portcullis rule default-true"],
    },
    Scenario {
        command: "parse",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or there is not one file",
        files: &[PASSES],
        lines: &["portcullis parse", "portcullis parse pass_test.rego -f yaml", "portcullis parse a b"],
    },
    Scenario {
        command: "parse",
        code: 1,
        when: "the file can't be read, or is no Rego",
        files: &[("bad.rego", "package")],
        lines: &["portcullis parse missing", "portcullis parse bad.rego", "portcullis parse -f json ."],
    },
    Scenario {
        command: "parse",
        code: 0,
        when: "the tree was written",
        files: &[PASSES],
        lines: &["portcullis parse pass_test.rego", "portcullis parse -f json pass_test.rego"],
    },
    Scenario {
        command: "deps",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or there is not one query",
        files: &[],
        lines: &["portcullis deps", "portcullis deps data input", "portcullis deps data -f table"],
    },
    Scenario {
        command: "deps",
        code: 1,
        when: "the query or a policy can't be read, parsed or compiled",
        files: &[("unsafe.rego", "package p\n\nq if x")],
        lines: &[
            "portcullis deps 'x :='",
            "portcullis deps data -d missing",
            "portcullis deps data -d unsafe.rego -f json",
        ],
    },
    Scenario {
        command: "deps",
        code: 0,
        when: "the documents were listed, if there are any",
        files: &[PASSES],
        lines: &["portcullis deps data -d .", "portcullis deps '1 == 1'", "portcullis deps -f json input.x"],
    },
    Scenario {
        command: "inspect",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or there is not one path",
        files: &[],
        lines: &["portcullis inspect", "portcullis inspect a b", "portcullis inspect . --strict"],
    },
    Scenario {
        command: "inspect",
        code: 1,
        when: "a policy or the manifest can't be read or compiled, or annotations contradict each other",
        files: &[
            ("bad.rego", "package"),
            ("unsafe.rego", "package p\n\nq := x"),
            (".manifest", r#"{"roots": ["a", "a/b"]}"#),
            (
                "twice.rego",
                "package p\n\n# METADATA\n# scope: document\nq if input.a\n\n# METADATA\n# scope: document\nq if input.b",
            ),
        ],
        lines: &[
            "portcullis inspect missing",
            "portcullis inspect bad.rego",
            "portcullis inspect twice.rego",
            "portcullis inspect unsafe.rego",
            "rm *.rego; portcullis inspect .",
        ],
    },
    Scenario {
        command: "inspect",
        code: 0,
        when: "what is there was listed",
        files: &[PASSES],
        lines: &["portcullis inspect .", "portcullis inspect -a -f json pass_test.rego"],
    },
    Scenario {
        command: "completions",
        code: 1,
        when: "the shell is missing or not known",
        files: &[],
        lines: &["portcullis completions", "portcullis completions tcsh", "portcullis completions bash zsh"],
    },
    Scenario {
        command: "completions",
        code: 0,
        when: "the script was written",
        files: &[],
        lines: &["portcullis completions bash", "portcullis completions zsh"],
    },
    Scenario {
        command: "man",
        code: 1,
        when: "a flag or an argument is not accepted",
        files: &[],
        lines: &["portcullis man frobnicate", "portcullis man --frobnicate", "portcullis man test eval"],
    },
    Scenario {
        command: "man",
        code: 0,
        when: "the page was written",
        files: &[],
        lines: &["portcullis man", "portcullis man test"],
    },
    Scenario {
        command: "any",
        code: 1,
        when: "the command is missing or not known",
        files: &[],
        lines: &[
            "portcullis",
            "portcullis frobnicate",
            "portcullis --color never",
            "portcullis help frobnicate",
        ],
    },
    Scenario {
        command: "any",
        code: 1,
        when: "stdout can't be written to; a reader that went away is no error",
        files: &[PASSES],
        lines: &[
            "portcullis test . > /dev/full",
            "portcullis man > /dev/full",
            "portcullis completions bash > /dev/full",
            "portcullis --help > /dev/full",
        ],
    },
    Scenario {
        command: "any",
        code: 1,
        when: "the system gives no thread with the stack that deeply nested input needs",
        files: &[PASSES],
        lines: &["ulimit -v 150000; exec portcullis check .", "ulimit -v 150000; exec portcullis test ."],
    },
    Scenario {
        command: "any",
        code: 0,
        when: "`--help`, `--version` or `help`",
        files: &[],
        lines: &[
            "portcullis --help",
            "portcullis -V",
            "portcullis help",
            "portcullis help eval",
            "portcullis test --help",
            "portcullis eval --help",
            "portcullis check -h",
            "portcullis completions --help",
            "portcullis man --help",
            "portcullis rule --help",
        ],
    },
];

const PASSES: (&str, &str) = ("pass_test.rego", "package a_test\n\ntest_a if true\n");
const OPEN: (&str, &str) = ("open.rego", "package o\n\ndefault allow := true\n");
const SKIPS: (&str, &str) = ("skip_test.rego", "package s_test\n\ntodo_test_s if true\n");

/// Of which regorus has another opinion: the operand of `count` is evaluated inside of the `not`.
const DIVERGES: (&str, &str) =
    ("d_test.rego", "package d_test\n\ntest_d if count({1 | not count(input.roles) > 0}) == 0\n");

/// The coverage of nothing.
const EMPTY: (&str, &str) = ("empty", r#"{"version": 1, "files": {}}"#);

/// The coverage of a module with a rule that never held.
const COVERED: (&str, &str) = (
    "covered",
    r#"{"version": 1, "files": {"p.rego": {"package": "data.p", "text": "package p\n\nx := 1\n", "is_test": false,
    "clauses": [{"rule": "data.p.x", "part": "clause", "is_test": false, "is_decision": false,
    "range": {"start": {"row": 3, "col": 1}, "end": {"row": 3, "col": 7}}, "head": {"start": {"row": 3, "col": 1}, "end": {"row": 3, "col": 7}},
    "asked": 0, "allowed": 0, "denied": 0, "candidate": 0, "skipped": 0, "entered": 0, "held": 0, "literals": []}],
    "uncounted": [], "opa": {"written": [], "covered": [], "no_index": null, "no_early_exit": null}}}}"#,
);

const OTHER_REVISION: &str = r#"{"version": 1, "files": {"p.rego": {"package": "data.p", "text": "package p\n", "is_test": false,
    "clauses": [], "uncounted": [], "opa": {"written": [], "covered": [], "no_index": null, "no_early_exit": null}}}}"#;

/// A configuration that demands that all is covered.
const DEMANDS: (&str, &str) = ("portcullis.toml", "[[coverage.package]]\npackage = \"data.p\"\nrule = 100\n");

/// A baseline that says that all was covered.
const BASELINE: (&str, &str) = (
    "baseline",
    r#"{"version": 1, "tests": false, "all": {"rule": [1, 1]}, "files": {"p.rego": {"rule": [1, 1]}}}"#,
);
