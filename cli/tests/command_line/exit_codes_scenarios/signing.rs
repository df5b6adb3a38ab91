//! The rows of the commands that sign and verify bundles.

use super::Scenario;

pub(crate) const SIGNING: &[Scenario] = &[
    Scenario {
        command: "sign",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or the key or the path is missing",
        files: &[POLICY],
        lines: &[
            "portcullis sign . -b",
            "portcullis sign --signing-key k.pem",
            "portcullis sign . --signing-key k.pem --signing-alg none",
        ],
    },
    Scenario {
        command: "sign",
        code: 1,
        when: "the key, its passphrase, the claims or the bundle can't be read, or are not what they should be",
        files: &[POLICY, ("list", "[]"), ("short", "x")],
        lines: &[
            "portcullis sign . --signing-key missing.pem",
            "portcullis sign . --signing-key p.rego",
            "portcullis sign . --signing-key short --signing-alg HS256 --claims-file list",
            "portcullis sign missing --signing-key short --signing-alg HS256",
            "portcullis sign p.rego --signing-key short --signing-alg HS256",
            "portcullis keygen -o k && portcullis sign . --signing-key k.pem --signing-alg RS256",
            "echo y > y && portcullis keygen -o e --encrypt --passphrase-file y \
             && portcullis sign . --signing-key e.pem --signing-key-passphrase-file short",
        ],
    },
    Scenario {
        command: "sign",
        code: 1,
        when: "the signature can't be written, or the private key would be packed with the bundle",
        files: &[POLICY, ("secret", "0123456789abcdef0123456789abcdef")],
        lines: &[
            "portcullis sign . --signing-key secret --signing-alg HS256 -o b.tar.gz",
            "portcullis sign . --signing-key secret --signing-alg HS256 -o missing",
            "portcullis sign . --signing-key secret --signing-alg HS256 -o missing/b.tar.gz",
        ],
    },
    Scenario {
        command: "sign",
        code: 0,
        when: "the signature was written",
        files: &[POLICY],
        lines: &[
            "portcullis keygen -o k && portcullis sign -b . --signing-key k.pem",
            "mkdir b && cp p.rego b && portcullis sign b --signing-key k.pem -o b.tar.gz",
            "portcullis sign b.tar.gz --signing-key k.pem -o c.tar.gz",
        ],
    },
    Scenario {
        command: "verify",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or the bundle or the key is missing",
        files: &[POLICY],
        lines: &[
            "portcullis verify .",
            "portcullis verify --key k.pem",
            "portcullis verify . --key k.pem --exclude-files '['",
            "portcullis verify . --key k.pem --signing-alg none",
        ],
    },
    Scenario {
        command: "verify",
        code: 2,
        when: "a key or the bundle can't be read, or a key is none for the algorithm",
        files: &[POLICY, ("secret", "0123456789abcdef0123456789abcdef")],
        lines: &[
            "portcullis verify . --key missing.pem",
            "portcullis verify . --key p.rego",
            "portcullis verify . --key env:MISSING",
            "portcullis verify missing --key secret --signing-alg HS256",
            "portcullis verify p.rego --key secret --signing-alg HS256",
            "portcullis keygen -o k && portcullis verify . --key k.pub.pem --signing-alg HS256",
        ],
    },
    Scenario {
        command: "verify",
        code: 1,
        when: "the bundle is not verified: nobody signed it, or somebody else did, or it was changed",
        files: &[
            POLICY,
            ("secret", "0123456789abcdef0123456789abcdef"),
            ("other", "another secret that is long enough"),
        ],
        lines: &[
            "portcullis verify . --key secret --signing-alg HS256",
            "portcullis sign . --signing-key secret --signing-alg HS256 && portcullis verify . --key other --signing-alg HS256",
            "echo >> p.rego && portcullis verify . --key secret --signing-alg HS256 -f json",
        ],
    },
    Scenario {
        command: "verify",
        code: 0,
        when: "the bundle is verified, or nobody signed it and `--allow-unsigned` was given",
        files: &[POLICY, ("secret", "0123456789abcdef0123456789abcdef")],
        lines: &[
            "portcullis verify . --allow-unsigned",
            "portcullis sign . --signing-key secret --signing-alg HS256 && portcullis verify . --key secret --signing-alg HS256",
            "SECRET=$(cat secret) portcullis verify . --key new=env:SECRET --signing-alg HS256 -f json",
            "portcullis verify . --key - --signing-alg HS256 < secret",
        ],
    },
    Scenario {
        command: "keygen",
        code: 1,
        when: "a flag, a flag value or an argument is not accepted, or the prefix is missing",
        files: &[],
        lines: &[
            "portcullis keygen",
            "portcullis keygen --algorithm none -o k",
            "portcullis keygen --bits 1024 -o k",
        ],
    },
    Scenario {
        command: "keygen",
        code: 1,
        when: "a file is there already, or can't be written, or the key can't be encrypted",
        files: &[("k.pub.pem", "")],
        lines: &[
            "portcullis keygen -o k",
            "portcullis keygen -o missing/k",
            "portcullis keygen -o n --encrypt",
            "portcullis keygen -o n --encrypt --passphrase-file missing",
            "portcullis keygen -o n --encrypt --algorithm HS256",
        ],
    },
    Scenario {
        command: "keygen",
        code: 0,
        when: "the key was written",
        files: &[],
        lines: &[
            "portcullis keygen -o k && test -f k.pem -a -f k.pub.pem",
            "portcullis keygen -o k --force --algorithm EdDSA",
            "portcullis keygen -o s --algorithm HS512 && test -f s.secret -a ! -f s.pub.pem",
            "PORTCULLIS_KEY_PASSPHRASE=long portcullis keygen -o e --encrypt && grep ENCRYPTED e.pem",
        ],
    },
];

const POLICY: (&str, &str) = ("p.rego", "package p\n");
