//! How the exit codes of the server come about.

use super::Scenario;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        command: "serve",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or nothing says whose bundles may be served",
        files: &[],
        lines: &[
            "portcullis serve",
            "portcullis serve dist --insecure-skip-verify",
            "portcullis serve --insecure-skip-verify --max-wait forever",
        ],
    },
    Scenario {
        command: "serve",
        code: 1,
        when: "the folder, a certificate, a key or the tokens can't be read or used, or the address can't be taken",
        files: &[("tokens.toml", "tokens = []"), ("tls.pem", "")],
        lines: &[
            "portcullis serve --insecure-skip-verify -a 127.0.0.1:0 --bundles missing",
            "portcullis serve --insecure-skip-verify -a 127.0.0.1:0 --bundles . --token-file tokens.toml",
            "portcullis serve --insecure-skip-verify -a 127.0.0.1:0 --tls-cert-file tls.pem --tls-private-key-file tls.pem",
            "portcullis serve --insecure-skip-verify -a 0.0.0.0:0 --bundles .",
            "portcullis serve --insecure-skip-verify -a 127.0.0.1:99999 --bundles .",
        ],
    },
    Scenario {
        command: "serve",
        code: 1,
        when: "policies, data, the configuration or the store can't be loaded, compiled or used",
        files: &[("bad.rego", "package p\n\na := b"), ("config.yaml", "bundles: {a: {service: nobody}}")],
        lines: &[
            "portcullis serve -a 127.0.0.1:0 --policy missing",
            "portcullis serve -a 127.0.0.1:0 --policy bad.rego",
            "portcullis serve -a 127.0.0.1:0 --config config.yaml",
            "portcullis serve -a 127.0.0.1:0 --store bad.rego",
        ],
    },
    Scenario {
        command: "serve",
        code: 0,
        when: "a signal ended it",
        files: &[],
        lines: &["mkdir bundles; portcullis serve --insecure-skip-verify -a 127.0.0.1:0 2>log & \
             until grep -q listening log; do sleep 0.05; done; kill $!; wait $!"],
    },
];
