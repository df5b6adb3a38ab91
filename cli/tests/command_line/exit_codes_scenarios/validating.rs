//! How the exit codes of checking configuration files come about.

use super::Scenario;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        command: "validate",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted",
        files: &[GOOD],
        lines: &[
            "portcullis validate -f xml good.yaml",
            "portcullis validate --overlay good.yaml",
            "portcullis validate --report tap= good.yaml",
            "portcullis validate -n a --all-namespaces good.yaml",
        ],
    },
    Scenario {
        command: "validate",
        code: 2,
        when: "there is nothing to check, or a file, the configuration or a report can't be read or written",
        files: &[GOOD, ("broken.yaml", "a: ["), ("bad.toml", "[validate]\npack = 1\n"), ("x.conf", "a")],
        lines: &[
            "portcullis validate",
            "mkdir empty && portcullis validate empty",
            "portcullis validate missing.yaml",
            "portcullis validate good.yaml broken.yaml",
            "portcullis validate x.conf",
            "portcullis validate --config bad.toml good.yaml",
            "portcullis validate --report tap=nowhere/x good.yaml",
            "portcullis validate --report tap --report sarif good.yaml",
            "printf '\\377' > binary.yaml && portcullis validate good.yaml binary.yaml",
        ],
    },
    Scenario {
        command: "validate",
        code: 2,
        when: "a pack can't be read, compiled or asked, has no rules, or answers with something else than findings",
        files: &[
            GOOD,
            ("unsafe.rego", "package main\n\ndeny contains x\n"),
            ("none.rego", "package main\n\nallow := true\n"),
            ("undefined.rego", "package main\n\ndeny := set() if input.nothing\n"),
            ("true.rego", "package main\n\nwarn := true\n"),
            ("slow.rego", "package main\n\ndeny contains x if some x in numbers.range(1, 1000000000)\n"),
        ],
        lines: &[
            "portcullis validate --pack nowhere good.yaml",
            "portcullis validate --pack unsafe.rego good.yaml",
            "portcullis validate --pack none.rego good.yaml",
            "portcullis validate --pack undefined.rego good.yaml",
            "portcullis validate --pack true.rego good.yaml",
            "portcullis validate --pack slow.rego --timeout 50ms good.yaml",
        ],
    },
    Scenario {
        command: "validate",
        code: 2,
        when: "no pack is for any of the documents",
        files: &[("a.yaml", "name: x\n")],
        lines: &["portcullis validate a.yaml"],
    },
    Scenario {
        command: "validate",
        code: 1,
        when: "something is denied, a key is unknown or stands twice, or a value has the wrong type",
        files: &[
            GOOD,
            ("bad.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n"),
            (
                "twice.yaml",
                "apiVersion: v1\nkind: ServiceAccount\nkind: ServiceAccount\nmetadata: {name: x, namespace: y}\n",
            ),
            ("unknown.yaml", "groups: [{name: a, rules: [], intervall: 1m}]\n"),
            ("type.yaml", "decision_logs: {console: 1}\n"),
        ],
        lines: &[
            "portcullis validate good.yaml bad.yaml",
            "portcullis validate twice.yaml",
            "portcullis validate unknown.yaml",
            "portcullis validate type.yaml",
        ],
    },
    Scenario {
        command: "validate",
        code: 1,
        when: "`--strict`, and there is a warning",
        files: &[GOOD, WARNING],
        lines: &[
            "portcullis validate --strict --pack warning.rego good.yaml",
            "portcullis validate --fail-on-warn --pack warning.rego good.yaml",
        ],
    },
    Scenario {
        command: "validate",
        code: 0,
        when: "nothing is denied; warnings alone are no failure",
        files: &[GOOD, WARNING],
        lines: &[
            "portcullis validate good.yaml",
            "portcullis validate --strict good.yaml",
            "portcullis validate --pack warning.rego good.yaml",
            "portcullis validate - < good.yaml",
        ],
    },
];

const GOOD: (&str, &str) =
    ("good.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x, namespace: y}\n");

const WARNING: (&str, &str) = ("warning.rego", "package main\n\nwarn contains \"look\"\n");
