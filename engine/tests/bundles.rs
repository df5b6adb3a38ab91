//! Digests and signatures of bundles beside OPA's, on documents that are made up.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read and write files, run OPA, and fail loudly"
)]

#[path = "types_support/opa.rs"]
mod opa;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis::bundle::{
    Algorithm, Claims, DigestAlgorithm, Member, SignatureStyle, Signer, SigningKey, Standing, TrustedKey,
    Verification, VerificationKey, file_digest, sign, verify,
};
use portcullis::document;
use portcullis::source::SourceId;
use portcullis::value::JsonStyle;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

proptest! {
    /// The digest is made of the text; here are the two ways to it: by the text, and by the value.
    #[test]
    fn a_document_has_the_digest_of_its_canonical_text(text in json()) {
        let node = document::json(SourceId::default(), &text).unwrap();
        let canonical = node.to_value().to_json_with(JsonStyle::Plain);
        let digest = |path, text: &str| file_digest(DigestAlgorithm::Sha256, path, text.as_bytes()).unwrap();
        prop_assert_eq!(digest("data.json", &text), digest("x", &canonical), "{}", canonical);
    }
}

#[test]
fn opa_signs_made_up_documents_with_the_same_bytes() {
    if opa::run(&["version"]).is_none() {
        return;
    }
    let folder = Folder::new("documents");
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, b"documents of signed bundles, 32 b"[..32].as_ref()),
    );
    let mut members = Vec::new();
    for index in 0..DOCUMENTS {
        let text = json().new_tree(&mut runner).unwrap().current();
        let name = match index % 4 {
            0 => "data.yaml",
            1 => ".manifest",
            _ => "data.json",
        };
        members.push(member(&format!("b/d{index:04}/{name}"), text.into_bytes()));
    }
    for (index, text) in AWKWARD.iter().enumerate() {
        members.push(member(&format!("b/e{index:04}/data.json"), text.to_vec()));
        members.push(member(&format!("b/e{index:04}/other.json"), text.to_vec()));
    }
    for (index, text) in YAML.iter().enumerate() {
        members.push(member(&format!("b/f{index:04}/data.yml"), text.as_bytes().to_vec()));
    }
    for member in &members {
        folder.write(&member.path, &member.bytes);
    }
    let key = include_bytes!("../testcases/keys/ed25519.pem");
    folder.write("key.pem", key);
    let claims =
        br#"{"iat": "1600000000", "scope": "a<b", "aud": "x", "z": {"b": 1.0, "a": "\u2028"}, "A": [null]}"#;
    folder.write("claims.json", claims);
    let claims = Claims::parse(claims).unwrap();

    let key = SigningKey::new(eddsa(), key, None).unwrap();
    for claims in [None, Some(&claims)] {
        let mut arguments =
            vec!["sign", "--bundle", "b", "--signing-key", "key.pem", "--signing-alg", "EdDSA"];
        if claims.is_some() {
            arguments.extend(["--claims-file", "claims.json"]);
        }
        folder.opa(&arguments);
        let theirs = std::fs::read(folder.path.join(".signatures.json")).unwrap();
        let signer = Signer { key: &key, key_id: None, claims, style: SignatureStyle::Sign };
        let ours = sign(&members, &signer).unwrap();
        assert!(ours == theirs, "OPA signs otherwise:\n{}", differences(&ours, &theirs));
    }
}

/// Every algorithm, with a signature that OPA made in `opa sign`.
#[test]
fn signatures_of_opa_are_verified() {
    if opa::run(&["version"]).is_none() {
        return;
    }
    let folder = Folder::new("algorithms");
    let members =
        vec![member("b/data.json", b"{\"a\": 1}".to_vec()), member("b/p.rego", b"package p\n".to_vec())];
    for member in &members {
        folder.write(&member.path, &member.bytes);
    }
    for algorithm in Algorithm::ALL {
        let name = algorithm.name();
        let (private, public): (&[u8], &[u8]) = match name.get(..2).unwrap() {
            "RS" | "PS" => (
                include_bytes!("../testcases/keys/rsa-pkcs1.pem"),
                include_bytes!("../testcases/keys/rsa-certificate.pem"),
            ),
            "Ed" => (
                include_bytes!("../testcases/keys/ed25519.pem"),
                include_bytes!("../testcases/keys/ed25519-public.pem"),
            ),
            "HS" => (b"a secret with a line break\n", b"a secret with a line break\n"),
            _ if name == "ES256" => (
                include_bytes!("../testcases/keys/p256-pkcs8.pem"),
                include_bytes!("../testcases/keys/p256-public.pem"),
            ),
            _ if name == "ES384" => (
                include_bytes!("../testcases/keys/p384-sec1.pem"),
                include_bytes!("../testcases/keys/p384-sec1.pem"),
            ),
            _ => (
                include_bytes!("../testcases/keys/p521-sec1.pem"),
                include_bytes!("../testcases/keys/p521-sec1.pem"),
            ),
        };
        folder.write("key.pem", private);
        folder.opa(&["sign", "--bundle", "b", "--signing-key", "key.pem", "--signing-alg", name]);
        let signature = std::fs::read(folder.path.join(".signatures.json")).unwrap();
        let mut members = members.clone();
        members.push(member("b/.signatures.json", signature));
        let key = VerificationKey::new(algorithm, public).unwrap();
        let verification =
            Verification { keys: vec![TrustedKey { id: None, key, scope: None }], ..Verification::default() };
        let bundle = verify(members, &verification).unwrap_or_else(|error| panic!("{name}: {error}"));
        let Standing::Signed(signed) = bundle.standing() else { panic!("{name}: {bundle:?}") };
        assert_eq!((signed.algorithm, signed.files), (algorithm, 2), "{name}");
    }
}

fn eddsa() -> Algorithm {
    Algorithm::from_name("EdDSA").unwrap()
}

fn member(path: &str, bytes: Vec<u8>) -> Member {
    Member { path: path.to_owned(), bytes }
}

/// The entries of both lists that are not the same.
fn differences(ours: &[u8], theirs: &[u8]) -> String {
    let payload = |file: &[u8]| {
        let file: serde_json::Value = serde_json::from_slice(file).unwrap();
        let token = file.pointer("/signatures/0").unwrap().as_str().unwrap().to_owned();
        let payload = token.split('.').nth(1).unwrap().to_owned();
        let bytes = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let (ours, theirs) = (payload(ours), payload(theirs));
    let mut text = String::new();
    for (ours, theirs) in ours.split("},{").zip(theirs.split("},{")).filter(|(ours, theirs)| ours != theirs) {
        let _ = writeln!(text, "  ours {ours}\ntheirs {theirs}");
    }
    text
}

/// JSON with white space, escapes, repeated keys and keys out of order.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("{ }".to_owned()),
        Just("[\t]".to_owned()),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,6})?([eE][+-]?[0-9]{1,3})?",
        string(),
    ];
    let space = || "[ \\n\\t\\r]{0,2}";
    leaf.prop_recursive(5, 60, 6, move |inner| {
        let item = (space(), inner.clone(), space()).prop_map(|(left, item, right)| left + &item + &right);
        let entry = (space(), string(), space(), inner)
            .prop_map(|(left, key, right, value)| format!("{left}{key}{right}: {value}"));
        prop_oneof![
            proptest::collection::vec(item, 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec(entry, 0..6).prop_map(|entries| format!("{{{}}}", entries.join(","))),
        ]
    })
}

fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-c]",
        1 => "[^\"\\\\\\x00-\\x1f]",
        1 => prop::sample::select(vec![
            "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\u001F", "\\u0061", "\\u00e9",
            "\\u2028", "\u{2029}", "\\ud83d\\ude00", "\\ud800", "\\udc00", "\\uD800\\u0061", "<", "&", "\u{7f}",
            "\u{feff}", "\\uffff",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// A folder that goes when the test ends.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("portcullis-bundles-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn opa(&self, arguments: &[&str]) {
        let output = Command::new("opa").args(arguments).current_dir(&self.path).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

const DOCUMENTS: usize = 600;
/// What is no proper text, and the ends of it.
const AWKWARD: &[&[u8]] = &[
    b"",
    b" ",
    b"\xef\xbb\xbf{\"a\": 1}",
    b"\"a\xff\xc3\x28\xe2\x82\xf0\x9f\x98b\"",
    b"{\"b\xff\": 1, \"b\xfe\": 2, \"a\": 3}",
    b"1e400",
    b"-0.0e-0",
    b"123456789012345678901234567890.5",
    b"\r\n[1]\r\n",
];
const YAML: &[&str] = &[
    "a: 1.0\nb: [yes, 010, 0x10, 1_000, 1e3, .5, ~]\n",
    "b: 1\na: 2\n",
    "- 2020-01-01\n- \"<&>\"\n- 'it''s'\n",
    "a: &x {c: 1, b: 2}\nd: *x\n",
    "1: a\ntrue: b\n",
    "text: |\n  two\n  lines\n",
    "# nothing\n",
    "a: 1\n---\nb: 2\n",
];
