//! How the exit codes of the commands around tests come about.

use super::{BASELINE, COVERED, DEMANDS, DIVERGES, EMPTY, OTHER_REVISION, PASSES, SKIPS, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        command: "init",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted",
        files: &[],
        lines: &["portcullis init --force", "portcullis init a b"],
    },
    Scenario {
        command: "init",
        code: 1,
        when: "a file is there already, and nothing was written; or one can't be written",
        files: &[("portcullis.toml", ""), ("taken", "")],
        lines: &["portcullis init", "portcullis init taken"],
    },
    Scenario {
        command: "init",
        code: 0,
        when: "everything was written",
        files: &[],
        lines: &["portcullis init", "portcullis init a/b"],
    },
    Scenario {
        command: "test",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted: nothing was loaded; usage on stderr",
        files: &[],
        lines: &["portcullis test", "portcullis test --frobnicate .", "portcullis test . --timeout never"],
    },
    Scenario {
        command: "test",
        code: 1,
        when: "a report can't go where it should: two want stdout or one file, or a file can't be written",
        files: &[PASSES, ("file", "")],
        lines: &[
            "portcullis test . -f json --report tap",
            "portcullis test . --report tap=out --report junit=out",
            "portcullis test . --report tap=missing/out",
            "portcullis test . --report tap=file/out",
        ],
    },
    Scenario {
        command: "test",
        code: 1,
        when: "`--bench` together with coverage or `--benchmem`, or the format `gobench` without `--bench`",
        files: &[PASSES],
        lines: &[
            "portcullis test . --bench --coverage",
            "portcullis test . --bench --benchmem",
            "portcullis test . -f gobench",
        ],
    },
    Scenario {
        command: "test",
        code: 1,
        when: "the regular expression of `--run` or `--skip` does not parse",
        files: &[PASSES],
        lines: &["portcullis test . --run '('", "portcullis test . --skip '('"],
    },
    Scenario {
        command: "test",
        code: 1,
        when: "no test is at a `FILE:LINE`, the configuration is wrong, or `--changed` or `--baseline` can't compare",
        files: &[PASSES, ("wrong.toml", "[test]\nnothing = 1\n")],
        lines: &[
            "portcullis test pass_test.rego:1",
            "portcullis test . --config wrong.toml",
            "portcullis test . --changed no-such-revision",
            "portcullis test . --baseline no-such-revision",
        ],
    },
    Scenario {
        command: "test",
        code: 1,
        when: "a policy, data file or suite can't be read, parsed or compiled: no test was run",
        files: &[PASSES, ("bad.rego", "package"), ("bad.json", "{"), ("bad.suite.yaml", "suite: []")],
        lines: &[
            "portcullis test missing",
            "portcullis test pass_test.rego bad.rego",
            "portcullis test pass_test.rego bad.json",
            "portcullis test pass_test.rego bad.suite.yaml",
        ],
    },
    Scenario {
        command: "test",
        code: 1,
        when: "`--fail-on-empty`, and no test was run",
        files: &[("p.rego", "package p"), PASSES],
        lines: &["portcullis test p.rego --fail-on-empty", "portcullis test . --fail-on-empty --run nothing"],
    },
    Scenario {
        command: "test",
        code: 0,
        when: "`--exit-zero-on-skipped`, and tests were skipped, but none failed or ended with an error",
        files: &[PASSES, SKIPS],
        lines: &["portcullis test . --exit-zero-on-skipped", "portcullis test skip_test.rego -z"],
    },
    Scenario {
        command: "test",
        code: 2,
        when: "at least one test failed, ended with an error or was skipped",
        files: &[
            PASSES,
            SKIPS,
            ("fail_test.rego", "package f\n\ntest_f if false\n"),
            ("error_test.rego", "package e\n\np := 1\n\np := 2\n\ntest_e if p\n"),
            ("t.suite.yaml", "suite: t\nquery: data.f.x\ncases: [{name: n, expect: allow}]\n"),
        ],
        lines: &[
            "portcullis test pass_test.rego skip_test.rego",
            "portcullis test pass_test.rego fail_test.rego",
            "portcullis test pass_test.rego fail_test.rego -z",
            "portcullis test pass_test.rego error_test.rego",
            "portcullis test pass_test.rego t.suite.yaml -f json",
        ],
    },
    Scenario {
        command: "test",
        code: 1,
        when: "the baseline of `--coverage-baseline` can't be read, or could not be written with `--update-baseline`",
        files: &[PASSES, ("bad", "{}")],
        lines: &[
            "portcullis test . --coverage-baseline missing",
            "portcullis test . --coverage-baseline bad",
            "portcullis test . --coverage-baseline missing/new --update-baseline",
        ],
    },
    Scenario {
        command: "test",
        code: 1,
        when: "the configuration demands coverage of a package that is not measured",
        files: &[PASSES, DEMANDS],
        lines: &["portcullis test . --coverage", "portcullis test . --report lcov=lcov.info"],
    },
    Scenario {
        command: "test",
        code: 2,
        when: "less is covered than a `--threshold` or the configuration demands, or than the baseline says",
        files: &[PASSES, ("p.rego", "package p\n\nx := 1\n"), BASELINE, DEMANDS],
        lines: &[
            "portcullis test . --coverage",
            "portcullis test . --threshold 90",
            "portcullis test . --threshold rule=90",
            "portcullis test . --coverage-baseline baseline",
        ],
    },
    Scenario {
        command: "test",
        code: 2,
        when: "`--engine both`, and the engines disagree on a test",
        files: &[DIVERGES],
        lines: &["portcullis test --engine both ."],
    },
    Scenario {
        command: "test",
        code: 2,
        when: "an input breaks a property, or none tests it",
        files: &[
            ("open.rego", "package x\n\ndefault allow := true\n"),
            (
                "shut.properties.yaml",
                "version: 1\nentrypoint: data.x.allow\nproperties: [{id: shut, expect: deny}]\n",
            ),
            (
                "none.properties.yaml",
                "version: 1\nentrypoint: data.x.allow\nproperties: [{id: none, assume: input == data.none, expect: allow}]\n",
            ),
        ],
        lines: &[
            "portcullis test open.rego shut.properties.yaml",
            "portcullis test open.rego none.properties.yaml --cases 10",
        ],
    },
    Scenario {
        command: "test",
        code: 0,
        when: "every test passed",
        files: &[PASSES],
        lines: &[
            "portcullis test .",
            "portcullis test . -f json",
            "portcullis test . --fail-on-empty --count 2",
        ],
    },
    Scenario {
        command: "test",
        code: 0,
        when: "no test was found, or none was chosen, and `--fail-on-empty` was not given",
        files: &[("p.rego", "package p"), PASSES],
        lines: &[
            "portcullis test p.rego",
            "portcullis test . --run nothing",
            "portcullis test p.rego -f json",
        ],
    },
    Scenario {
        command: "coverage merge",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or no file was given",
        files: &[EMPTY],
        lines: &[
            "portcullis coverage",
            "portcullis coverage merge",
            "portcullis coverage merge empty --report tap",
        ],
    },
    Scenario {
        command: "coverage merge",
        code: 1,
        when: "a file or the baseline can't be read, or the files are not of the same revision",
        files: &[EMPTY, COVERED, ("other", OTHER_REVISION), ("bad", "[]")],
        lines: &[
            "portcullis coverage merge missing",
            "portcullis coverage merge empty bad",
            "portcullis coverage merge empty --coverage-baseline bad",
            "portcullis coverage merge covered other",
        ],
    },
    Scenario {
        command: "coverage merge",
        code: 1,
        when: "a report or the baseline can't be written",
        files: &[EMPTY],
        lines: &[
            "portcullis coverage merge empty --report lcov=missing/out",
            "portcullis coverage merge empty --coverage-baseline missing/out --update-baseline",
        ],
    },
    Scenario {
        command: "coverage merge",
        code: 1,
        when: "the configuration is wrong, or demands coverage of a package that is not measured",
        files: &[EMPTY, DEMANDS, ("wrong.toml", "[cover]\n")],
        lines: &["portcullis coverage merge empty", "portcullis coverage merge empty --config wrong.toml"],
    },
    Scenario {
        command: "coverage merge",
        code: 2,
        when: "less is covered than a `--threshold` or the configuration demands, or than the baseline says",
        files: &[EMPTY, COVERED, BASELINE],
        lines: &[
            "portcullis coverage merge empty --threshold 50",
            "portcullis coverage merge empty covered --threshold rule=50",
            "portcullis coverage merge covered --coverage-baseline baseline",
        ],
    },
    Scenario {
        command: "coverage merge",
        code: 0,
        when: "the files were put together, and what they cover is enough",
        files: &[EMPTY, COVERED],
        lines: &[
            "portcullis coverage merge empty",
            "portcullis coverage merge covered covered empty",
            "portcullis coverage merge empty --threshold rule=100",
        ],
    },
    Scenario {
        command: "probe",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted",
        files: &[],
        lines: &[
            "portcullis probe --frobnicate",
            "portcullis probe . --probe H9",
            "portcullis probe . --cases many",
        ],
    },
    Scenario {
        command: "probe",
        code: 2,
        when: "a policy, data file, suite or the configuration can't be read or compiled, it can't be told which rule decides, or `--baseline` can't compare",
        files: &[("broken.rego", "package x\n\np if\n"), ("helper.rego", "package x\n\nhelper := 1\n")],
        lines: &[
            "portcullis probe broken.rego",
            "portcullis probe missing",
            "portcullis probe helper.rego",
            "portcullis probe helper.rego --decision data.x.allow",
            "portcullis probe helper.rego --decision data.x.helper --baseline no-such-revision",
        ],
    },
    Scenario {
        command: "probe",
        code: 1,
        when: "there is a hard finding that nobody accepted, or with `--strict` one to review",
        files: &[
            (
                "open.rego",
                "package x\n\ndefault allow := true\n\ntest_x if allow with input as {\"user\": \"ann\"}\n",
            ),
            STAFF,
        ],
        lines: &["portcullis probe open.rego", "portcullis probe staff.rego --strict"],
    },
    Scenario {
        command: "probe",
        code: 1,
        when: "an input breaks a property, or none tests it",
        files: &[
            STAFF,
            (
                "shut.properties.yaml",
                "version: 1\nentrypoint: data.x.allow\nproperties: [{id: shut, expect: deny}]\n",
            ),
        ],
        lines: &["portcullis probe staff.rego shut.properties.yaml --cases 100"],
    },
    Scenario {
        command: "probe",
        code: 0,
        when: "there is none",
        files: &[STAFF],
        lines: &["portcullis probe staff.rego", "portcullis probe staff.rego --explain-input"],
    },
    Scenario {
        command: "mutate",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted",
        files: &[],
        lines: &[
            "portcullis mutate . --operator everything",
            "portcullis mutate . --threshold 101",
            "portcullis mutate . --shard 3/2",
            "portcullis mutate . -f tap",
        ],
    },
    Scenario {
        command: "mutate",
        code: 1,
        when: "a policy, data file or suite can't be read, parsed or compiled, or it can't be told which rule decides",
        files: &[("bad.rego", "package"), ("none.rego", "package p\n\nq := 1\n")],
        lines: &[
            "portcullis mutate bad.rego",
            "portcullis mutate missing",
            "portcullis mutate none.rego",
            "portcullis mutate none.rego --decision data.p.r",
        ],
    },
    Scenario {
        command: "mutate",
        code: 1,
        when: "a test does not pass before anything is changed",
        files: &[
            MUTATED,
            ("p_test.rego", "package p_test\n\ntest_bob if data.p.allow with input.user as \"bob\"\n"),
        ],
        lines: &["portcullis mutate ."],
    },
    Scenario {
        command: "mutate",
        code: 1,
        when: "`--changed`, and git knows no such revision",
        files: &[MUTATED],
        lines: &["git init -q . && portcullis mutate . --changed nowhere"],
    },
    Scenario {
        command: "mutate",
        code: 2,
        when: "the deny strength is below `--threshold`",
        files: &[MUTATED],
        lines: &["portcullis mutate . --threshold 1", "portcullis mutate . --threshold 100 -f json"],
    },
    Scenario {
        command: "mutate",
        code: 2,
        when: "a mutant is not noticed that `--baseline` doesn't list",
        files: &[MUTATED, ("none.json", "{\"version\": 1, \"survivors\": []}")],
        lines: &["portcullis mutate . --baseline none.json"],
    },
    Scenario {
        command: "mutate",
        code: 1,
        when: "the file of `--baseline` can't be read, or written with `--update-baseline`",
        files: &[MUTATED],
        lines: &[
            "portcullis mutate . --baseline missing.json",
            "portcullis mutate . --baseline p.rego",
            "portcullis mutate . --baseline missing/b.json --update-baseline",
        ],
    },
    Scenario {
        command: "mutate",
        code: 0,
        when: "the mutants were tried, or listed",
        files: &[
            MUTATED,
            (
                "p_test.rego",
                "package p_test\n\ntest_ann if data.p.allow with input.user as \"ann\"\n\ntest_bob if not data.p.allow with input.user as \"bob\"\n",
            ),
        ],
        lines: &[
            "portcullis mutate .",
            "portcullis mutate . --list --threshold 100",
            "portcullis mutate . --operator default-flip --threshold 100",
        ],
    },
];

/// Whoever is called staff may read.
const STAFF: (&str, &str) = (
    "staff.rego",
    "package x\n\ndefault allow := false\n\nallow if {\n\tstartswith(input.user, \"staff:\")\n\tinput.action == \"read\"\n}\n\n\
     test_x if allow with input as {\"user\": \"staff:ann\", \"action\": \"read\"}\n",
);

/// A policy that lets one user in.
const MUTATED: (&str, &str) =
    ("p.rego", "package p\n\ndefault allow := false\n\nallow if input.user == \"ann\"\n");
