//! How the exit codes of comparing versions come about.

use super::Scenario;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        command: "test",
        code: 2,
        when: "`--baseline`, and the policies let somebody in whom the revision kept out",
        files: &[OLD, NEW],
        lines: &[concat!(
            "git init -q . && git add old.rego && git -c user.name=n -c user.email=e@localhost commit -qm one && ",
            "cp new.rego old.rego && portcullis test old.rego --baseline HEAD"
        )],
    },
    Scenario {
        command: "probe",
        code: 1,
        when: "`--baseline`, and the policy lets somebody in whom the revision kept out",
        files: &[OLD, NEW],
        lines: &[concat!(
            "git init -q . && git add old.rego && git -c user.name=n -c user.email=e@localhost commit -qm one && ",
            "cp new.rego old.rego && portcullis probe old.rego && portcullis probe old.rego --baseline HEAD"
        )],
    },
    Scenario {
        command: "diff",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or no path was given",
        files: &[],
        lines: &["portcullis diff", "portcullis diff -f xml a b", "portcullis diff a b --approve 1f3a90c2"],
    },
    Scenario {
        command: "diff",
        code: 2,
        when: "there are not two versions, or one can't be read or compiled, or nothing says which rule decides",
        files: &[OLD, NEW, ("bad.rego", "package"), ("other.rego", "package p\n\nx := 1\n")],
        lines: &[
            "portcullis diff old.rego",
            "portcullis diff old.rego new.rego new.rego",
            "portcullis diff old.rego bad.rego",
            "portcullis diff missing new.rego",
            "portcullis diff other.rego other.rego",
            "portcullis diff old.rego new.rego --decision data.p.missing",
            "portcullis diff --baseline none old.rego",
        ],
    },
    Scenario {
        command: "diff",
        code: 2,
        when: "the approvals or the log can't be read, or what is approved was not found or has no reason",
        files: &[OLD, NEW, ("approvals", "1f3a90c2\n"), ("log", "1\n")],
        lines: &[
            "portcullis diff old.rego new.rego --approvals approvals",
            "portcullis diff old.rego new.rego --approve x --reason why",
            "portcullis diff old.rego new.rego --approve x --reason ' '",
            "portcullis diff old.rego new.rego --log log",
            "portcullis diff old.rego new.rego --log missing",
        ],
    },
    Scenario {
        command: "diff",
        code: 1,
        when: "the new version lets somebody in whom the old one kept out, and nobody approved it",
        files: &[OLD, NEW, LOG],
        lines: &[
            "portcullis diff old.rego new.rego --log log",
            "portcullis diff old.rego new.rego --log log -f json",
        ],
    },
    Scenario {
        command: "diff",
        code: 0,
        when: "nobody is known to be newly let in, or somebody approved it",
        files: &[OLD, NEW, LOG],
        lines: &[
            "portcullis diff old.rego old.rego",
            "portcullis diff new.rego old.rego --log log",
            "id=$(portcullis diff old.rego new.rego --log log | sed -n 's/^NEWLY ALLOWED *\\([0-9a-f]*\\).*/\\1/p'); portcullis diff old.rego new.rego --log log --approve $id --reason meant",
        ],
    },
    Scenario {
        command: "replay",
        code: 1,
        when: "a flag or an argument is not accepted, or the ID is missing",
        files: &[],
        lines: &["portcullis replay", "portcullis replay a --as-rego-test --as-table-case"],
    },
    Scenario {
        command: "replay",
        code: 2,
        when: "there was no `diff`, or it found nothing with the ID, or a version can't be loaded any more",
        files: &[OLD, NEW, LOG],
        lines: &[
            "portcullis replay 1f3a90c2",
            "portcullis diff old.rego new.rego --log log; portcullis replay 1f3a90c2",
        ],
    },
    Scenario {
        command: "replay",
        code: 0,
        when: "both versions were asked again",
        files: &[OLD, NEW, LOG],
        lines: &[
            "id=$(portcullis diff old.rego new.rego --log log | sed -n 's/^NEWLY ALLOWED *\\([0-9a-f]*\\).*/\\1/p'); portcullis replay $id && portcullis replay $id --as-rego-test && portcullis replay $id --as-table-case",
        ],
    },
];

const OLD: (&str, &str) =
    ("old.rego", "package p\n\ndefault allow := false\n\nallow if input.role == \"admin\"\n");
const NEW: (&str, &str) = (
    "new.rego",
    "package p\n\ndefault allow := false\n\nallow if input.role == \"admin\"\n\nallow if input.role == \"clerk\"\n",
);
const LOG: (&str, &str) =
    ("log", "{\"path\": \"p/allow\", \"input\": {\"role\": \"clerk\"}, \"result\": false}\n");
