//! Bundles that were signed and then changed, each with the reason against it.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

use super::super::sign::{Signer, sign};
use super::super::signatures::{SignatureStyle, write};
use super::super::{Claims, DigestAlgorithm, SigningKey, file_digest};
use super::*;

const RSA: &[u8] = include_bytes!("../../../testcases/keys/rsa-pkcs8.pem");
const RSA_PUBLIC: &[u8] = include_bytes!("../../../testcases/keys/rsa-public.pem");

fn algorithm(name: &str) -> Algorithm {
    Algorithm::from_name(name).unwrap()
}

fn member(path: &str, content: &str) -> Member {
    Member { path: path.to_owned(), bytes: content.as_bytes().to_vec() }
}

fn files() -> Vec<Member> {
    vec![
        member("/data.json", "{\"users\": [\"alice\"], \"limit\": 1.0}"),
        member("/authz/policy.rego", "package authz\n\nallow if input.x\n"),
        member("/.manifest", "{\"revision\": \"1\"}"),
    ]
}

fn key() -> SigningKey {
    SigningKey::new(algorithm("RS256"), RSA, None).unwrap()
}

fn trusted(id: Option<&str>) -> TrustedKey {
    let key = VerificationKey::new(algorithm("RS256"), RSA_PUBLIC).unwrap();
    TrustedKey { id: id.map(str::to_owned), key, scope: None }
}

fn verification() -> Verification {
    Verification { keys: vec![trusted(None)], ..Verification::default() }
}

fn signer<'a>(key: &'a SigningKey, claims: Option<&'a Claims>) -> Signer<'a> {
    Signer { key, key_id: None, claims, style: SignatureStyle::Sign }
}

fn with_signature(mut members: Vec<Member>, signature: Vec<u8>) -> Vec<Member> {
    members.push(Member { path: "/.signatures.json".to_owned(), bytes: signature });
    members
}

fn signed() -> Vec<Member> {
    let signature = sign(&files(), &signer(&key(), None)).unwrap();
    with_signature(files(), signature)
}

fn claiming(claims: &str) -> Vec<Member> {
    let claims = Claims::parse(claims.as_bytes()).unwrap();
    with_signature(files(), sign(&files(), &signer(&key(), Some(&claims))).unwrap())
}

/// The files with a token of this header and payload, rightly signed by this key.
fn token(key: &SigningKey, header: &str, payload: &str) -> Vec<Member> {
    let message = [header, payload].map(|part| BASE64URL_NOPAD.encode(part.as_bytes())).join(".");
    let signature = BASE64URL_NOPAD.encode(&key.sign(message.as_bytes()).unwrap());
    with_signature(files(), write(&format!("{message}.{signature}"), SignatureStyle::Sign))
}

/// The list of files, with each entry changed as wanted.
fn list(algorithm: DigestAlgorithm, change: impl Fn(String) -> String) -> String {
    let entry = |member: Member| {
        let digest = file_digest(algorithm, &member.path, &member.bytes).unwrap();
        let (name, hash) = (member.path.trim_start_matches('/'), HEXLOWER.encode(&digest));
        let algorithm = algorithm.name();
        change(format!("{{\"name\":\"{name}\",\"hash\":\"{hash}\",\"algorithm\":\"{algorithm}\"}}"))
    };
    files().into_iter().map(entry).collect::<Vec<_>>().join(",")
}

fn listing(algorithm: DigestAlgorithm, change: impl Fn(String) -> String) -> Vec<Member> {
    token(&key(), "{\"alg\":\"RS256\"}", &format!("{{\"files\":[{}]}}", list(algorithm, change)))
}

#[track_caller]
fn refused(members: Vec<Member>, verification: &Verification, message: &str) {
    let error = verify(members, verification).expect_err(message);
    assert!(error.to_string().starts_with(message), "{message}\n{error}");
    // Help is no repetition.
    assert!(error.help().is_none_or(|help| !error.to_string().contains(&help)));
}

#[test]
fn a_signed_bundle_is_verified() {
    let bundle = verify(signed(), &verification()).unwrap();
    assert_eq!(bundle.members().len(), 4);
    let Standing::Signed(signed) = bundle.standing() else { panic!("{bundle:?}") };
    assert_eq!((signed.files, signed.scope.as_str(), signed.algorithm.name()), (3, "", "RS256"));
    assert_eq!((signed.key_id.as_deref(), signed.naming), (None, Naming::Relative));
}

#[test]
fn white_space_and_the_order_of_keys_of_documents_may_change() {
    let mut members = signed();
    members[0].bytes = b"{\"limit\":1.0,\n\"users\":[\"\\u0061lice\"]}".to_vec();
    assert!(verify(members.clone(), &verification()).is_ok());
    members[0].bytes = b"{\"limit\":1,\"users\":[\"alice\"]}".to_vec();
    refused(members, &verification(), "data.json: digest mismatch (want: ");
}

#[test]
fn every_single_byte_counts() {
    for (index, name) in [(1, "authz/policy.rego"), (2, ".manifest")] {
        for at in 0..files()[index].bytes.len() {
            let mut members = signed();
            members[index].bytes[at] ^= 1;
            let error = verify(members, &verification()).unwrap_err().to_string();
            let unreadable = error.starts_with("`.manifest` is neither");
            assert!(unreadable || error.starts_with(&format!("{name}: digest mismatch")), "{error}");
        }
    }
    let signature = signed().pop().unwrap();
    for at in 0..signature.bytes.len() {
        let mut members = files();
        let mut changed = signature.clone();
        changed.bytes[at] ^= 1;
        members.push(changed);
        assert!(verify(members, &verification()).is_err(), "byte {at}");
    }
}

#[test]
fn files_can_not_be_added_removed_or_renamed() {
    let mut members = signed();
    members.push(member("/more.rego", "package more\n"));
    refused(members, &verification(), "file more.rego not included in bundle signature");
    let mut members = signed();
    members.push(member("/._data.json", ""));
    let error = verify(members, &verification()).unwrap_err();
    assert!(error.help().unwrap().starts_with("macOS put it there"), "{error:?}");
    let mut members = signed();
    members.remove(1);
    refused(
        members,
        &verification(),
        "file(s) [authz/policy.rego] specified in bundle signatures but not found in the target bundle",
    );
    let mut members = signed();
    members[1].path = "/authz/other.rego".to_owned();
    refused(members, &verification(), "file authz/other.rego not included in bundle signature");
    let mut members = signed();
    members[1].path = "/./authz/policy.rego".to_owned();
    refused(members, &verification(), "file ./authz/policy.rego not included in bundle signature");
    for path in ["/data.json", "data.json"] {
        let mut members = signed();
        members.push(member(path, "{}"));
        refused(members, &verification(), "file data.json is there twice");
    }
    // Files that OPA took for signatures once are files.
    let mut members = signed();
    members.push(member("/x.signatures.json", ""));
    refused(members, &verification(), "file x.signatures.json not included in bundle signature");
    let mut members = signed();
    members.push(member("/sub/.signatures.json", "{}"));
    refused(
        members,
        &verification(),
        "bundle contains multiple signatures files: \"/.signatures.json\" and \"/sub/.signatures.json\"",
    );
}

#[test]
fn the_digests_of_a_signature_are_read_with_care() {
    let sha256 = DigestAlgorithm::Sha256;
    for algorithm in DigestAlgorithm::ALL {
        let members = listing(algorithm, |entry| entry);
        if algorithm.is_broken() {
            let lenient = Verification { broken_digests: BrokenDigests::Allow, ..verification() };
            assert!(verify(members.clone(), &lenient).is_ok());
            let name = algorithm.name();
            let message = format!("the digest of file data.json proves nothing: {name} is broken");
            refused(members, &verification(), &message);
        } else {
            assert!(verify(members, &verification()).is_ok(), "{algorithm:?}");
        }
    }
    let upper = |entry: String| {
        let (before, hash) = entry.split_once("hash\":\"").unwrap();
        let (hash, after) = hash.split_at(64);
        format!("{before}hash\":\"{}{after}", hash.to_uppercase())
    };
    assert!(verify(listing(sha256, upper), &verification()).is_ok());
    for (from, to, message) in [
        ("SHA-256", "SHA-3", "unsupported hashing algorithm: SHA-3 (file data.json)"),
        ("SHA-256", "sha-256", "unsupported hashing algorithm: sha-256 (file data.json)"),
        ("SHA-256", "", "no hashing algorithm provided for file data.json"),
        ("hash\":\"", "hash\":\"0", "the digest of file data.json is no hexadecimal"),
        ("hash\":\"", "hash\":\"00", "data.json: digest mismatch"),
        ("hash\":", "hash\":\"\",\"x\":", "data.json: digest mismatch (want: , got: "),
        ("{\"name\":\".manifest\"", "{\"name\":\"data.json\"", "file data.json is listed twice"),
        (
            "{\"name\":",
            "{\"name\":1,\"x\":",
            "malformed signature: json: cannot unmarshal number 1 into Go struct field",
        ),
        ("{\"name\":", "{\"name\":\"\",\"name\":", "malformed signature: the key `name` stands twice"),
    ] {
        refused(listing(sha256, |entry| entry.replace(from, to)), &verification(), message);
    }
}

#[test]
fn the_algorithm_is_that_of_the_key_whatever_the_token_says() {
    let payload = format!("{{\"files\":[{}]}}", list(DigestAlgorithm::Sha256, |entry| entry));
    // Whoever has the public key could make this one.
    let hmac = SigningKey::new(algorithm("HS256"), b"x", None).unwrap();
    let members = token(&hmac, "{\"alg\":\"HS256\"}", &payload);
    refused(members, &verification(), "the signature is of HS256, but the key is for RS256");
    let secret = VerificationKey::new(algorithm("HS256"), RSA_PUBLIC).unwrap_err();
    assert!(secret.to_string().starts_with("the secret is a public key"));
    // Rightly signed, but the header lies.
    for (header, message) in [
        ("{\"alg\":\"none\"}", "unknown signature algorithm: none"),
        ("{\"alg\":\"NONE\"}", "unknown signature algorithm: NONE"),
        ("{}", "unknown signature algorithm: "),
        ("{\"alg\":\"PS256\"}", "the signature is of PS256, but the key is for RS256"),
        ("{\"alg\":1}", "malformed signature: json: cannot unmarshal number 1"),
        ("{\"alg\":\"RS256\",\"alg\":\"RS256\"}", "malformed signature: the key `alg` stands twice"),
        ("{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}", "malformed signature: it demands what"),
        ("[]", "malformed signature: it is an array and no object"),
        ("{\"alg\":\"RS256\"", "malformed signature: unexpected EOF"),
    ] {
        refused(token(&key(), header, &payload), &verification(), message);
    }
    // A signature of another key on the same list.
    let other = super::super::generate(algorithm("RS256"), super::super::RsaSize::Bits2048, None).unwrap();
    let other = SigningKey::new(algorithm("RS256"), &other.private, None).unwrap();
    refused(
        token(&other, "{\"alg\":\"RS256\"}", &payload),
        &verification(),
        "failed to verify JWT signature",
    );
}

#[test]
fn there_is_exactly_one_token() {
    let good = String::from_utf8(signed().pop().unwrap().bytes).unwrap();
    let one = good.split('"').nth(3).unwrap();
    for (content, message) in [
        (String::new(), "bundle load failed on signatures decode: unexpected EOF"),
        ("{}".to_owned(), ".signatures.json: missing JWT (expected exactly one)"),
        ("{\"signatures\":null}".to_owned(), ".signatures.json: missing JWT (expected exactly one)"),
        ("{\"signatures\":[]}".to_owned(), ".signatures.json: missing JWT (expected exactly one)"),
        (
            format!("{{\"signatures\":[\"{one}\",\"{one}\"]}}"),
            ".signatures.json: multiple JWTs not supported",
        ),
        (
            format!("{{\"signatures\":\"{one}\"}}"),
            "bundle load failed on signatures decode: `signatures` is no array",
        ),
        (
            "{\"signatures\":[1]}".to_owned(),
            "bundle load failed on signatures decode: a signature is no string",
        ),
        (format!("{{\"signatures\":[\"{one}\"],\"plugin\":\"x\"}}"), "no verifier exists under id x"),
        (
            format!("{{\"signatures\":[],\"signatures\":[\"{one}\"]}}"),
            "bundle load failed on signatures decode: the key",
        ),
        ("{\"signatures\":[\"\"]}".to_owned(), "malformed signature: it has 1 parts and not 3"),
        ("{\"signatures\":[\"a.b.c.d\"]}".to_owned(), "malformed signature: it has 4 parts and not 3"),
        ("{\"signatures\":[\"=.b.c\"]}".to_owned(), "malformed signature: its header is no base64url"),
        ("{\"signatures\":[\"..\"]}".to_owned(), "malformed signature: unexpected EOF"),
        (good.replace(one, &format!("{one}!")), "malformed signature: its signature is no base64url"),
    ] {
        refused(with_signature(files(), content.into_bytes()), &verification(), message);
    }
}

#[test]
fn a_bundle_that_nobody_signed_is_refused_unless_that_is_allowed() {
    refused(files(), &verification(), "bundle missing .signatures.json file");
    let lenient = Verification { unsigned: Unsigned::Allow, ..verification() };
    assert_eq!(*verify(files(), &lenient).unwrap().standing(), Standing::Unsigned);
    // A signature that is there has to be right all the same.
    let mut members = signed();
    members[1].bytes.push(b'\n');
    refused(members, &lenient, "authz/policy.rego: digest mismatch");
    let unverified = VerifiedBundle::danger_unverified(files());
    assert_eq!(*unverified.standing(), Standing::Unverified);
}

#[test]
fn a_delta_bundle_is_refused_even_with_a_signature() {
    let patch = member("/patch.json", "{\"data\":[{\"op\":\"remove\",\"path\":\"/a\"}]}");
    let signature = sign(std::slice::from_ref(&patch), &signer(&key(), None)).unwrap();
    let members = with_signature(vec![patch.clone()], signature);
    refused(members, &verification(), "delta bundles do not support signature verification");
    let lenient = Verification { unsigned: Unsigned::Allow, ..verification() };
    assert!(verify(vec![patch], &lenient).is_ok());
}

#[test]
fn a_signature_names_its_key_or_is_of_any() {
    let signed_by = |id: Option<&str>| {
        let key = key();
        let signer = Signer { key: &key, key_id: id, claims: None, style: SignatureStyle::Build };
        with_signature(files(), sign(&files(), &signer).unwrap())
    };
    let keys = |ids: &[&str]| Verification {
        keys: ids.iter().map(|id| trusted(Some(id))).collect(),
        ..Verification::default()
    };
    let who = |members, verification: &Verification| {
        let bundle = verify(members, verification).unwrap();
        let Standing::Signed(signed) = bundle.standing() else { panic!("{bundle:?}") };
        signed.key_id.clone()
    };
    assert_eq!(who(signed_by(Some("b")), &keys(&["a", "b"])).as_deref(), Some("b"));
    assert_eq!(who(signed_by(None), &keys(&["a", "b"])).as_deref(), Some("a"));
    assert_eq!(who(signed_by(Some("b")), &verification()).as_deref(), Some("b"));
    let error = verify(signed_by(Some("rotated")), &keys(&["rotate"])).unwrap_err();
    assert_eq!(error.to_string(), "verification key corresponding to ID rotated not found");
    assert_eq!(error.help().as_deref(), Some("did you mean `rotate`?"));
    // A key without id is not tried when another has the id that is asked for.
    let other = super::super::generate(algorithm("RS256"), super::super::RsaSize::Bits2048, None).unwrap();
    let other = VerificationKey::new(algorithm("RS256"), other.public.unwrap().as_bytes()).unwrap();
    let other = TrustedKey { id: Some("b".to_owned()), key: other, scope: None };
    let mixed = Verification { keys: vec![trusted(None), other], ..Verification::default() };
    assert!(verify(signed_by(Some("a")), &mixed).is_ok());
    refused(signed_by(Some("b")), &mixed, "failed to verify JWT signature");
    let pinned = Verification { key_id: Some("b".to_owned()), ..mixed };
    refused(signed_by(Some("a")), &pinned, "failed to verify JWT signature");
    // The id that is asked for counts more than that of the signature, as in OPA.
    let pinned = Verification { key_id: Some("a".to_owned()), ..keys(&["a"]) };
    assert_eq!(who(signed_by(Some("b")), &pinned).as_deref(), Some("a"));
    refused(signed(), &Verification::default(), "verification key not provided");
    // The deprecated claim names a key too.
    refused(claiming("{\"keyid\":\"c\"}"), &keys(&["a"]), "verification key corresponding to ID c not found");
}

#[test]
fn the_scope_is_the_one_asked_for() {
    let scope = |scope: &str| Verification { scope: Some(scope.to_owned()), ..verification() };
    assert!(verify(claiming("{\"scope\":\"write\"}"), &scope("write")).is_ok());
    refused(
        claiming("{\"scope\":\"write\"}"),
        &verification(),
        "scope mismatch (want: \"\", got: \"write\")",
    );
    refused(
        claiming("{\"scope\":\"write\"}"),
        &scope("read"),
        "scope mismatch (want: \"read\", got: \"write\")",
    );
    refused(signed(), &scope("read"), "scope mismatch (want: \"read\", got: \"\")");
    let of_key = TrustedKey { scope: Some("write".to_owned()), ..trusted(None) };
    let of_key = Verification { keys: vec![of_key], ..Verification::default() };
    assert!(verify(claiming("{\"scope\":\"write\"}"), &of_key).is_ok());
    refused(signed(), &of_key, "scope mismatch");
}

#[test]
fn times_count_when_the_time_is_known() {
    let at = |now| Verification { now: Some(now), ..verification() };
    let members = claiming("{\"exp\":200,\"nbf\":\"100\",\"iat\":50}");
    assert!(verify(members.clone(), &verification()).is_ok());
    assert!(verify(members.clone(), &at(100)).is_ok());
    assert!(verify(members.clone(), &at(199)).is_ok());
    refused(members.clone(), &at(200), "the signature expired: `exp` is 200, and now is 200");
    refused(members, &at(99), "the signature is not valid yet: `nbf` is 100, and now is 99");
    let payload = |claim: &str| {
        let list = list(DigestAlgorithm::Sha256, |entry| entry);
        token(&key(), "{\"alg\":\"RS256\"}", &format!("{{\"files\":[{list}],{claim}}}"))
    };
    assert!(verify(payload("\"iat\":1.0e1"), &verification()).is_err());
    for (claim, message) in [
        ("\"iat\":\"5\"", "cannot unmarshal string into Go struct field DecodedSignature.iat of type int64"),
        (
            "\"exp\":\"never\"",
            "cannot unmarshal string into Go struct field DecodedSignature.exp of type int64",
        ),
        (
            "\"scope\":1",
            "cannot unmarshal number 1 into Go struct field DecodedSignature.scope of type string",
        ),
        ("\"iss\":[]", "cannot unmarshal array into Go struct field DecodedSignature.iss of type string"),
    ] {
        refused(payload(claim), &verification(), &format!("malformed signature: json: {message}"));
    }
}

#[test]
fn excluded_files_are_not_verified_and_named() {
    let excluding = |pattern: &str| Verification {
        exclude_files: vec![FilePattern::parse(pattern).unwrap()],
        ..verification()
    };
    let mut members = signed();
    members.push(member("/docs/readme.md", "hello"));
    members[1].bytes.push(b'\n');
    members.swap_remove(1);
    refused(members, &excluding("docs/*"), "file(s) [authz/policy.rego]");
    let mut members = signed();
    members.push(member("/docs/readme.md", "hello"));
    refused(members.clone(), &excluding("readme.md"), "file docs/readme.md not included");
    refused(members.clone(), &excluding("*"), "file docs/readme.md not included");
    let bundle = verify(members, &excluding("docs/*")).unwrap();
    let Standing::Signed(signed) = bundle.standing() else { panic!("{bundle:?}") };
    assert_eq!(signed.excluded, ["docs/readme.md"]);
}

#[test]
fn the_files_of_a_directory_may_be_named_with_it() {
    let in_directory: Vec<Member> =
        files().into_iter().map(|file| Member { path: format!("pol/b{}", file.path), ..file }).collect();
    let signature = sign(&in_directory, &signer(&key(), None)).unwrap();
    let members = with_signature(files(), signature);
    refused(members.clone(), &verification(), "file data.json not included in bundle signature");
    for (directory, members, naming) in [
        ("pol/b", members.clone(), Naming::WithDirectory),
        ("/pol/b", members, Naming::WithDirectory),
        ("pol/b", signed(), Naming::Relative),
    ] {
        let verification = Verification { directory: Some(directory.to_owned()), ..verification() };
        let bundle = verify(members, &verification).unwrap();
        let Standing::Signed(signed) = bundle.standing() else { panic!("{bundle:?}") };
        assert_eq!(signed.naming, naming);
    }
}
