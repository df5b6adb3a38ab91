//! Digests as OPA has them; the texts behind them were found by trying.

use data_encoding::HEXLOWER;

use super::{DigestAlgorithm, file_digest};

fn hex(path: &str, content: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(&file_digest(DigestAlgorithm::Sha256, path, content.as_ref()).unwrap())
}

/// The digest of the text itself.
fn raw(text: &str) -> String {
    hex("text", text)
}

#[test]
fn the_digests_are_those_of_opa() {
    let one = "c29a44abc114a1d75486434c013102c9e736f526b4fd19658d9492b7b224de6d";
    assert_eq!(hex("a/data.json", "{\"a\":1.0}"), one);
    assert_eq!(hex("/data.yml", " { \"a\" : 1.0 }\n"), one);
    let yaml = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
    for name in ["data.json", "data.yaml", "data.yml", ".manifest"] {
        assert_eq!(hex(name, "a: 1.0\n"), yaml, "{name}");
    }
    assert_eq!(raw("{\"a\":1}"), yaml);
    assert_eq!(
        hex("d/data.json", "{\"b\":1.0,\"a\":[1, \"\\u2028<é\"]}\n"),
        "7af4b26513aec1ff371a6fba3299909ccec0da18379f6269f79738ee669504a0"
    );
    assert_eq!(hex("README", "hi\n"), "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4");
}

#[test]
fn of_a_document_the_canonical_text_counts() {
    for (document, text) in [
        ("", "null"),
        ("null", "null"),
        (" [ ] ", "[]"),
        ("{ }", "{}"),
        ("[1 ,\ttrue,\nfalse,\rnull, {} ]", "[1,true,false,null,{}]"),
        // The text of numbers stays.
        (
            "[1.0, 1E+5, -0, 0.10, 1e999999999, 10000000000000000000000]",
            "[1.0,1E+5,-0,0.10,1e999999999,10000000000000000000000]",
        ),
        // Keys are sorted by bytes, at every depth; the last of equal ones counts.
        (
            "{\"b\":{\"d\":1,\"c\":2},\"a\":[{\"y\":1,\"x\":2}]}",
            "{\"a\":[{\"x\":2,\"y\":1}],\"b\":{\"c\":2,\"d\":1}}",
        ),
        ("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"),
        ("{\"a\":{\"q\":1},\"\\u0061\":{\"z\":1,\"y\":2}}", "{\"a\":{\"y\":2,\"z\":1}}"),
        (
            "{\"\u{e000}\":1,\"\u{10000}\":2,\"z\":3,\"\":0}",
            "{\"\":0,\"z\":3,\"\u{e000}\":1,\"\u{10000}\":2}",
        ),
        // An escape sorts by what it stands for.
        ("{\"\\u0062\":1,\"a\":2}", "{\"a\":2,\"b\":1}"),
        // Escapes.
        ("\"\\u003c\\u003e\\u0026\\/\\u007f\u{7f}é\\u00e9\"", "\"<>&/\u{7f}\u{7f}éé\""),
        ("\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001F\"", "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\""),
        ("\"\u{2028}\\u2029\u{2027}\u{20ac}\"", "\"\\u2028\\u2029\u{2027}\u{20ac}\""),
        // Surrogates.
        (
            "\"\\ud83d\\ude00\\ud800\\udc00x\\ud800\\u0041\\udc00\\ud800\"",
            "\"😀\u{10000}x\u{fffd}A\u{fffd}\u{fffd}\"",
        ),
        ("\u{feff}{\"a\":1}", "{\"a\":1}"),
    ] {
        assert_eq!(hex("data.json", document), raw(text), "{document}");
    }
}

#[test]
fn a_byte_that_is_no_utf8_is_a_replacement_character_in_json() {
    assert_eq!(hex("data.json", b"\"a\xff\xe2\x82b\""), raw("\"a\u{fffd}\u{fffd}\u{fffd}b\""));
    let error = file_digest(DigestAlgorithm::Sha256, "data.yaml", b"a: \xff").unwrap_err();
    assert_eq!(error.to_string(), "`data.yaml` is neither JSON nor YAML: no UTF-8 at byte 3");
}

#[test]
fn what_is_no_document_has_no_digest() {
    for text in ["{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{1:2", "\"\\x\"", "[\"\\ud8\"]", "[01", "{} {}"] {
        let digest = file_digest(DigestAlgorithm::Sha256, "d/data.json", text.as_bytes());
        let as_yaml = crate::document::input(crate::source::SourceId::default(), text);
        assert_eq!(digest.is_ok(), as_yaml.is_ok(), "{text}: {digest:?}");
    }
    let error = file_digest(DigestAlgorithm::Sha256, "data.json", b"{").unwrap_err();
    assert_eq!(error.to_string(), "`data.json` is neither JSON nor YAML: unexpected EOF");
}

#[test]
fn deep_and_wide_documents_need_no_deep_stack() {
    let (deep, wide) = (10_000, 20_000);
    let document = "[".repeat(deep) + &"]".repeat(deep);
    assert_eq!(hex("data.json", &document), raw(&document));
    assert!(file_digest(DigestAlgorithm::Sha256, "data.json", format!("[{document}]").as_bytes()).is_err());
    // Each object is out of order, and holds the next one.
    let nested = "{\"b\":0,\"a\":".repeat(deep) + "0" + &"}".repeat(deep);
    let sorted = "{\"a\":".repeat(deep) + "0" + &",\"b\":0}".repeat(deep);
    assert_eq!(hex("data.json", nested), raw(&sorted));
    let entry = |index: usize| format!("\"k{index:06}\":{{}}");
    let (up, down): (Vec<_>, Vec<_>) = ((0..wide).map(entry).collect(), (0..wide).rev().map(entry).collect());
    assert_eq!(hex("data.json", format!("{{{}}}", down.join(","))), raw(&format!("{{{}}}", up.join(","))));
}

/// The digests of `abc`, from the publications that define them (RFC 1321, FIPS 180-4).
#[test]
fn all_algorithms_are_there() {
    for (name, digest) in [
        ("MD5", "900150983cd24fb0d6963f7d28e17f72"),
        ("SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("SHA-224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        ("SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "SHA-384",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            "SHA-512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        ("SHA-512-224", "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"),
        ("SHA-512-256", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
    ] {
        let algorithm = DigestAlgorithm::from_name(name).unwrap();
        assert_eq!(HEXLOWER.encode(&file_digest(algorithm, "x", b"abc").unwrap()), digest, "{name}");
    }
    assert_eq!(DigestAlgorithm::from_name("sha-256"), None);
}
