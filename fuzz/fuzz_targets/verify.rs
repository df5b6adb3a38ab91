//! Any bundle: verifying it ends, and nothing is verified but what was signed. The canonical text is a fixed point.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::bundle::{
    Algorithm, Claims, DigestAlgorithm, FilePattern, Member, Naming, SignatureStyle, Signer, SigningKey, Standing,
    TrustedKey, Unsigned, Verification, VerificationKey, file_digest, sign, verify,
};
use portcullis::document;
use portcullis::source::SourceId;
use portcullis::value::JsonStyle;

// Parts with zero bytes between them: the signature file, claims, a pattern, and then pairs of a path and a content.
fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.split(|byte| *byte == 0);
    let mut next = || parts.next().unwrap_or_default();
    let (signature, claims, pattern) = (next(), next(), next());
    let rest: Vec<&[u8]> = parts.collect();
    let mut members = Vec::new();
    for pair in rest.chunks(2) {
        let [path, content] = pair else { break };
        let path = String::from_utf8_lossy(path).into_owned();
        digests(&path, content);
        members.push(Member { path, bytes: content.to_vec() });
    }

    let hs256 = Algorithm::from_name("HS256").expect("a known algorithm");
    let key = VerificationKey::new(hs256, SECRET).expect("a secret");
    let verification = Verification {
        keys: vec![TrustedKey { id: None, key, scope: None }],
        exclude_files: FilePattern::parse(&String::from_utf8_lossy(pattern)).into_iter().collect(),
        now: Some(0),
        ..Verification::default()
    };
    let mut forged = members.clone();
    forged.push(Member { path: ".signatures.json".to_owned(), bytes: signature.to_vec() });
    assert!(verify(forged, &verification).is_err(), "verified without the secret");

    let key = SigningKey::new(hs256, SECRET, None).expect("a secret");
    let claims = Claims::parse(claims).ok();
    let signer = Signer { key: &key, key_id: None, claims: claims.as_ref(), style: SignatureStyle::Sign };
    let Ok(signature) = sign(&members, &signer) else { return };
    let is_other = members.iter().any(|member| member.path.rsplit('/').next() == Some(".signatures.json"));
    members.push(Member { path: ".signatures.json".to_owned(), bytes: signature });
    let scope = claims.as_ref().and_then(|claims| claims.text("scope")).map(str::to_owned);
    let verification = Verification { scope, now: None, unsigned: Unsigned::Allow, ..verification };
    match verify(members, &verification) {
        Ok(bundle) => match bundle.standing() {
            Standing::Signed(signed) => assert_eq!(signed.naming, Naming::Relative),
            other => panic!("{other:?}"),
        },
        Err(error) => assert!(is_other, "what was signed is not verified: {error}"),
    }
});

fn digests(path: &str, content: &[u8]) {
    let _ = file_digest(DigestAlgorithm::Sha512With224, path, content);
    let Ok(text) = std::str::from_utf8(content) else { return };
    let Ok(node) = document::json(SourceId::default(), text) else { return };
    let canonical = node.to_value().to_json_with(JsonStyle::Plain);
    let digest = |path, content: &str| file_digest(DigestAlgorithm::Sha256, path, content.as_bytes());
    assert_eq!(digest("data.json", text), digest("x", &canonical));
}

const SECRET: &[u8] = b"a secret of thirty-two bytes, ok";
