//! How the exit codes of the commands that make and publish bundles come about.

use super::{PASSES, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        command: "build",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or no path was given",
        files: &[PASSES],
        lines: &["portcullis build", "portcullis build --frobnicate .", "portcullis build . --metadata x"],
    },
    Scenario {
        command: "build",
        code: 1,
        when: "the tests don't show what `--require-tests` or `--require-coverage` demands",
        files: &[
            ("fail_test.rego", "package b_test\n\ntest_b if false\n"),
            ("x.rego", "package x\n\np if input.x\n"),
        ],
        lines: &[
            "portcullis build . --require-tests",
            "portcullis build x.rego --require-tests",
            "portcullis build x.rego --require-coverage 50",
        ],
    },
    Scenario {
        command: "build",
        code: 1,
        when: "a policy, data file or bundle can't be read or compiled, or the roots don't hold everything",
        files: &[("broken.rego", "package x\n\np if\n"), ("y.rego", "package y\n")],
        lines: &[
            "portcullis build broken.rego",
            "portcullis build missing",
            "portcullis build y.rego --root z",
            "portcullis build y.rego -e y/p",
        ],
    },
    Scenario {
        command: "build",
        code: 1,
        when: "no delta bundle makes this of the bundle of `--delta`",
        files: &[("y.rego", "package y\n")],
        lines: &["portcullis build y.rego && portcullis build y.rego -o new.tar.gz --delta bundle.tar.gz"],
    },
    Scenario {
        command: "build",
        code: 1,
        when: "the bundle can't be written",
        files: &[("y.rego", "package y\n")],
        lines: &["portcullis build y.rego -o missing/out.tar.gz"],
    },
    Scenario {
        command: "build",
        code: 0,
        when: "the bundle was written",
        files: &[PASSES],
        lines: &["portcullis build .", "portcullis build . --require-tests -o other.tar.gz"],
    },
    Scenario {
        command: "bundle diff",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or there are not two bundles",
        files: &[],
        lines: &["portcullis bundle", "portcullis bundle diff a", "portcullis bundle diff a b -f table"],
    },
    Scenario {
        command: "bundle diff",
        code: 2,
        when: "a bundle can't be read, or a policy in it can't be parsed",
        files: &[("bad.rego", "package")],
        lines: &[
            "portcullis bundle diff . missing",
            "portcullis bundle diff . . -f json",
            "portcullis bundle diff bad.rego bad.rego",
        ],
    },
    Scenario {
        command: "bundle diff",
        code: 1,
        when: "the bundles differ",
        files: &[PASSES],
        lines: &[
            "mkdir -p empty && portcullis bundle diff . empty",
            "mkdir -p other && echo 'package p' > other/p.rego && portcullis bundle diff other . -f markdown",
        ],
    },
    Scenario {
        command: "bundle diff",
        code: 0,
        when: "the bundles have the same files",
        files: &[PASSES],
        lines: &[
            "portcullis bundle diff . .",
            "portcullis build . && portcullis bundle diff bundle.tar.gz bundle.tar.gz",
        ],
    },
    Scenario {
        command: "publish",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or DEST is no destination",
        files: &[PASSES],
        lines: &[
            "portcullis publish",
            "portcullis publish bundle.tar.gz",
            "portcullis publish bundle.tar.gz srv/x --keep 0",
            "portcullis publish bundle.tar.gz ftp://host/x --allow-unsigned",
            "portcullis publish bundle.tar.gz srv --name ../x --allow-unsigned",
            "portcullis publish bundle.tar.gz srv/x --allow-unsigned --created yesterday",
        ],
    },
    Scenario {
        command: "publish",
        code: 2,
        when: "the bundle can't be read",
        files: &[],
        lines: &[
            "portcullis publish missing srv/x --allow-unsigned",
            "portcullis publish . srv/x --allow-unsigned",
        ],
    },
    Scenario {
        command: "publish",
        code: 1,
        when: "the archive is no bundle, or nobody vouches for it",
        files: &[PASSES, ("text", "no archive")],
        lines: &[
            "portcullis publish text srv/x --allow-unsigned",
            "portcullis build . && portcullis publish bundle.tar.gz srv/x",
        ],
    },
    Scenario {
        command: "publish",
        code: 2,
        when: "DEST can't be reached or written, or has the revision with other content",
        files: &[PASSES, ("other.rego", "package other\n"), ("taken", "")],
        lines: &[
            "portcullis build . -o a && portcullis publish a taken/x --allow-unsigned",
            "portcullis build . -o a && portcullis publish a http://127.0.0.1:1/x --allow-unsigned --retries 0",
            "portcullis build other.rego -r 1 -o a && portcullis publish a srv/x --allow-unsigned \
             && portcullis build pass_test.rego --include-tests -r 1 -o b && portcullis publish b srv/x --allow-unsigned",
        ],
    },
    Scenario {
        command: "publish",
        code: 0,
        when: "the bundle was published, or was there already, or would be (`--dry-run`)",
        files: &[PASSES],
        lines: &[
            "portcullis build . -o a && portcullis publish a srv/x --allow-unsigned --dry-run && test ! -e srv",
            "portcullis publish a srv/x --allow-unsigned && portcullis publish a srv/x --allow-unsigned",
        ],
    },
];
