//! How the exit codes of the commands about calls and bans come about.

use super::Scenario;

const POLICY: &str = "package agentweave.authz

default allow := false

allow if {
	some grant in data.grants
	grant.caller == input.caller_spiffe_id
	not input.caller_spiffe_id in data.banned_agents
}
";
const DATA: &str = r#"{"banned_agents": [], "grants": [{"caller": "spiffe://a/x", "callee": "spiffe://a/y", "actions": ["z"]}]}"#;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        command: "authz check",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted",
        files: &[],
        lines: &[
            "portcullis authz",
            "portcullis authz check --caller spiffe://a/x",
            "portcullis authz check --caller spiffe://a/x --callee spiffe://a/y --action z --policy p.rego --server http://localhost",
            "portcullis authz check --caller spiffe://a/x --callee spiffe://a/y --action z --decision a//b",
        ],
    },
    Scenario {
        command: "authz check",
        code: 2,
        when: "an id is no SPIFFE ID, the policies can't be loaded, or the server can't be asked",
        files: &[("p.rego", POLICY)],
        lines: &[
            "portcullis authz check --caller x --callee spiffe://a/y --action z --policy p.rego",
            "portcullis authz check --caller spiffe://a/x --callee spiffe://a/y --action z --policy missing",
            "portcullis authz check --caller spiffe://a/x --callee spiffe://a/y --action z --server http://127.0.0.1:1",
        ],
    },
    Scenario {
        command: "authz check",
        code: 2,
        when: "the decision is undefined, ended with an error, or is neither yes nor no",
        files: &[
            ("p.rego", POLICY),
            ("c.rego", "package c\n\nallow := input.action == \"z\"\n\nallow := false\n"),
            ("t.rego", "package t\n\nallow := \"yes\"\n"),
        ],
        lines: &[
            "portcullis authz check --caller spiffe://a/x --callee spiffe://a/y --action z --policy p.rego --decision other",
            "portcullis authz check --caller spiffe://a/x --callee spiffe://a/y --action z --policy c.rego --decision c",
            "portcullis authz check --caller spiffe://a/x --callee spiffe://a/y --action z --policy t.rego --decision t",
        ],
    },
    Scenario {
        command: "authz check",
        code: 1,
        when: "the call is denied",
        files: &[("p.rego", POLICY), ("data.json", DATA)],
        lines: &[
            "portcullis authz check --caller spiffe://a/y --callee spiffe://a/x --action z --policy p.rego --policy data.json",
        ],
    },
    Scenario {
        command: "authz check",
        code: 0,
        when: "the call is allowed",
        files: &[("p.rego", POLICY), ("data.json", DATA)],
        lines: &[
            "portcullis authz check --caller spiffe://a/x --callee spiffe://a/y --action z --policy p.rego --policy data.json",
        ],
    },
    Scenario {
        command: "revoke",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or neither a data file nor a server is named",
        files: &[("p.rego", POLICY), ("data.json", DATA)],
        lines: &[
            "portcullis revoke",
            "portcullis revoke spiffe://a/x --policy p.rego",
            "portcullis revoke spiffe://a/x --data data.json --server http://localhost",
        ],
    },
    Scenario {
        command: "revoke",
        code: 2,
        when: "the id is none, others would be shut out, or the file, the policies, the record or the server can't be used, before or after",
        files: &[("p.rego", POLICY), ("data.json", DATA)],
        lines: &[
            "portcullis revoke x --policy p.rego --data data.json",
            "portcullis revoke spiffe://a/x --policy p.rego --data missing.json",
            "portcullis revoke spiffe://a/x --policy missing --data data.json",
            "portcullis revoke spiffe://a/x --policy p.rego --data data.json --record missing/record",
            "portcullis revoke spiffe://a/x --policy p.rego --data data.json --record /dev/full",
            "portcullis revoke spiffe://a/x --server http://127.0.0.1:1",
        ],
    },
    Scenario {
        command: "revoke",
        code: 1,
        when: "the agent is banned, but something is still allowed",
        files: &[("p.rego", POLICY), ("data.json", DATA)],
        lines: &["portcullis revoke spiffe://a/y --policy p.rego --data data.json"],
    },
    Scenario {
        command: "revoke",
        code: 0,
        when: "the agent is banned and everything is denied, or with `--undo` the ban is lifted; also when it was so before",
        files: &[("p.rego", POLICY), ("data.json", DATA)],
        lines: &[
            "portcullis revoke spiffe://a/x --policy p.rego --data data.json",
            "portcullis revoke spiffe://a/x --policy p.rego --data data.json",
            "portcullis revoke spiffe://a/x --policy p.rego --data data.json --undo",
        ],
    },
    Scenario {
        command: "audit",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or there is no such flag to fail on",
        files: &[],
        lines: &[
            "portcullis audit --fail-on nothing",
            "portcullis audit --now yesterday",
            "portcullis audit x",
        ],
    },
    Scenario {
        command: "audit",
        code: 2,
        when: "the policies, the data, a log, the agents, the tests or the earlier review can't be used",
        files: &[("p.rego", POLICY), ("data.json", DATA), ("bad.json", "{")],
        lines: &[
            "portcullis audit",
            "portcullis audit --policy p.rego",
            "portcullis audit --policy p.rego --policy data.json --decision-log bad.json",
            "portcullis audit --policy p.rego --policy data.json --agents missing",
            "portcullis audit --policy p.rego --policy data.json --tests missing",
            "portcullis audit --policy p.rego --policy data.json --baseline bad.json",
            "portcullis audit --policy p.rego --policy data.json --decision other",
        ],
    },
    Scenario {
        command: "audit",
        code: 2,
        when: "nothing is decided on some call",
        files: &[
            ("p.rego", "package agentweave.authz\n\nallow if input.action == \"other\"\n"),
            ("data.json", DATA),
        ],
        lines: &["portcullis audit --policy p.rego --policy data.json"],
    },
    Scenario {
        command: "audit",
        code: 1,
        when: "there is a flag that `--fail-on` names",
        files: &[
            ("p.rego", "package agentweave.authz\n\nallow := true\n"),
            (
                "data.json",
                r#"{"banned_agents": ["spiffe://a/w"], "grants": [{"caller": "spiffe://a/x", "callee": "spiffe://a/y", "actions": ["z"]}]}"#,
            ),
        ],
        lines: &["portcullis audit --policy p.rego --policy data.json --fail-on allowed-without-grant"],
    },
    Scenario {
        command: "audit",
        code: 0,
        when: "the review was written",
        files: &[("p.rego", POLICY), ("data.json", DATA)],
        lines: &[
            "portcullis audit --policy p.rego --policy data.json",
            "portcullis audit --policy p.rego --policy data.json -f html",
        ],
    },
];
