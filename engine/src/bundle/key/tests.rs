//! Keys in all their forms: what can be read and what is said about the others.

use super::super::algorithm::Algorithm;
use super::{KeyWarning, RsaSize, SigningKey, VerificationKey, generate, usual_algorithm};

macro_rules! key {
    ($name:literal) => {
        include_bytes!(concat!("../../../testcases/keys/", $name, ".pem")).as_slice()
    };
}

fn algorithm(name: &str) -> Algorithm {
    Algorithm::from_name(name).unwrap()
}

#[test]
fn private_keys_sign_and_the_public_half_verifies() {
    for (name, private, public) in [
        ("RS256", key!("rsa-pkcs1"), key!("rsa-public")),
        ("RS384", key!("rsa-pkcs8"), key!("rsa-public-pkcs1")),
        ("RS512", key!("rsa-pkcs8"), key!("rsa-certificate")),
        ("PS256", key!("rsa-pkcs8"), key!("rsa-public")),
        ("PS384", key!("rsa-pkcs8"), key!("rsa-public")),
        ("PS512", key!("rsa-pkcs8"), key!("rsa-public")),
        // OpenSSL writes the curve before the key; OPA reads no such file.
        ("ES256", key!("p256-sec1"), key!("p256-public")),
        ("ES256", key!("p256-pkcs8"), key!("p256-public")),
        // Verifying takes private keys too, as in OPA.
        ("ES384", key!("p384-sec1"), key!("p384-sec1")),
        ("ES512", key!("p521-sec1"), key!("p521-sec1")),
        ("EdDSA", key!("ed25519"), key!("ed25519-public")),
        ("HS512", b"secret", b"secret"),
    ] {
        let signing = SigningKey::new(algorithm(name), private, None).unwrap();
        let verifying = VerificationKey::new(algorithm(name), public).unwrap();
        let mut signature = signing.sign(b"message").unwrap();
        assert!(verifying.verify(b"message", &signature), "{name}");
        assert!(!verifying.verify(b"massage", &signature), "{name}");
        signature[0] ^= 1;
        assert!(!verifying.verify(b"message", &signature), "{name}");
        assert!(!verifying.verify(b"message", b""), "{name}");
    }
}

#[test]
fn encrypted_keys_need_their_passphrase() {
    let public = VerificationKey::new(algorithm("ES256"), key!("p256-public")).unwrap();
    for text in [key!("p256-encrypted"), key!("p256-encrypted-scrypt"), key!("p256-encrypted-sha512")] {
        let key = |passphrase| SigningKey::new(algorithm("ES256"), text, passphrase);
        let signature = key(Some(b"secret")).unwrap().sign(b"message").unwrap();
        assert!(public.verify(b"message", &signature));
        assert_eq!(key(None).unwrap_err().to_string(), "the key is encrypted");
        let error = key(Some(b"other")).unwrap_err();
        assert_eq!(error.to_string(), "the key can't be decrypted with this passphrase");
    }
}

#[test]
fn what_is_wrong_with_a_key_is_said() {
    let signing = |name, text: &[u8]| SigningKey::new(algorithm(name), text, Some(b"secret")).map(drop);
    let verifying = |name, text: &[u8]| VerificationKey::new(algorithm(name), text).map(drop);
    let cut = &key!("rsa-pkcs8")[..300];
    let damaged = String::from_utf8(key!("p256-pkcs8").to_vec()).unwrap().replace("MIG", "MIH");
    for (result, message, help) in [
        (signing("RS256", b"nosuch.pem"), "failed to parse PEM block containing the key", "PEM text"),
        (signing("RS256", cut), "failed to parse PEM block containing the key", "PEM text"),
        (signing("ES256", damaged.as_bytes()), "`PRIVATE KEY` holds no key: asn1", "make the file again"),
        (signing("RS256", key!("rsa-public")), "a public key can't sign", "private key"),
        (
            signing("EdDSA", key!("openssh")),
            "unsupported key type: OPENSSH PRIVATE KEY",
            "ssh-keygen -p -m PKCS8",
        ),
        (
            signing("ES256", key!("p256-encrypted-legacy")),
            "the key is encrypted in the old form of PEM",
            "pkcs8 -topk8",
        ),
        (
            signing("ES256", key!("p256-encrypted-pbes1")),
            "the encryption of the key is not supported",
            "-v2 aes-256-cbc",
        ),
        (
            signing("ES256", key!("rsa-pkcs8")),
            "ES256 takes a key on P-256, but this is an RSA key",
            "choose another",
        ),
        (
            signing("RS256", key!("p256-pkcs8")),
            "RS256 takes an RSA key, but this is a key on P-256",
            "choose another",
        ),
        // OPA signs this, and nobody else verifies it.
        (
            signing("ES384", key!("p256-pkcs8")),
            "ES384 takes a key on P-384, but this is a key on P-256",
            "choose another",
        ),
        (
            signing("ES256", key!("secp256k1")),
            "`EC PRIVATE KEY` holds no key: x509: unknown elliptic curve",
            "make",
        ),
        (
            signing("EdDSA", key!("x25519")),
            "EdDSA takes an Ed25519 key, but this is an X25519 key",
            "choose another",
        ),
        (
            signing("RS256", key!("rsa-1024")),
            "an RSA key of 1024 bits is too short to sign with: it needs 2048",
            "keygen",
        ),
        (signing("HS256", b""), "the secret is empty", "random"),
        (
            signing("HS256", key!("rsa-public")),
            "the secret is a public key: a PEM text `PUBLIC KEY`",
            "everyone",
        ),
        (
            verifying("HS256", key!("rsa-public-pkcs1")),
            "the secret is a public key: a PEM text `RSA PUBLIC KEY`",
            "everyone",
        ),
        (
            verifying("HS256", key!("rsa-certificate")),
            "the secret is a public key: a PEM text `CERTIFICATE`",
            "everyone",
        ),
        (
            verifying("PS256", key!("ed25519-public")),
            "PS256 takes an RSA key, but this is an Ed25519 key",
            "choose another",
        ),
        (verifying("RS256", key!("p256-encrypted")), "the key is encrypted", "passphrase"),
    ] {
        let error = result.unwrap_err();
        assert!(error.to_string().starts_with(message), "{message}: {error}");
        assert!(error.help().unwrap().contains(help), "{message}: {:?}", error.help());
    }
}

#[test]
fn weak_keys_are_told() {
    let of = |name, key: &[u8]| VerificationKey::new(algorithm(name), key).unwrap().warnings();
    assert_eq!(of("RS256", key!("rsa-1024-public")), [KeyWarning::ShortRsa { bits: 1024 }]);
    assert_eq!(of("RS256", key!("rsa-public")), []);
    assert_eq!(
        of("HS384", b"secret\n"),
        [KeyWarning::ShortSecret { bytes: 7, wanted: 48 }, KeyWarning::TrailingLineBreak]
    );
    assert_eq!(of("HS256", &[7; 32]), []);
}

#[test]
fn keys_do_not_show_when_they_are_debugged() {
    let secret = SigningKey::new(algorithm("HS256"), b"confidential", None).unwrap();
    assert_eq!(format!("{secret:?}"), "SigningKey { algorithm: \"HS256\", .. }");
    let secret = VerificationKey::new(algorithm("HS256"), b"confidential").unwrap();
    assert_eq!(format!("{secret:?}"), "VerificationKey { algorithm: \"HS256\", .. }");
}

#[test]
fn new_keys_can_be_read_again() {
    for one in Algorithm::ALL {
        let key = generate(one, RsaSize::Bits2048, None).unwrap();
        let signature = SigningKey::new(one, &key.private, None).unwrap().sign(b"message").unwrap();
        let public = key.public.as_ref().map_or(key.private.as_slice(), |public| public.as_bytes());
        let public = VerificationKey::new(one, public).unwrap();
        assert!(public.verify(b"message", &signature), "{}", one.name());
        assert_eq!(public.warnings(), [], "{}", one.name());
        assert!(!format!("{key:?}").contains("PRIVATE"), "{key:?}");
    }
    let encrypted = generate(algorithm("EdDSA"), RsaSize::default(), Some(b"long enough")).unwrap();
    assert!(encrypted.private.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    let key = SigningKey::new(algorithm("EdDSA"), &encrypted.private, Some(b"long enough")).unwrap();
    let public = VerificationKey::new(algorithm("EdDSA"), encrypted.public.unwrap().as_bytes()).unwrap();
    assert!(public.verify(b"message", &key.sign(b"message").unwrap()));
}

#[test]
fn a_key_has_an_algorithm_when_nobody_names_one() {
    for (key, name) in [
        (key!("rsa-certificate"), "RS256"),
        (key!("p256-encrypted"), "ES256"),
        (key!("p384-sec1"), "ES384"),
        (key!("p521-sec1"), "ES512"),
        (key!("ed25519-public"), "EdDSA"),
    ] {
        assert_eq!(usual_algorithm(key, Some(b"secret")).unwrap().name(), name);
    }
    let error = usual_algorithm(key!("x25519"), None).unwrap_err();
    assert_eq!(error.to_string(), "no algorithm signs with such a key");
}
