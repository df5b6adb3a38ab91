//! What built-in functions answer: the cases of `testcases/builtins` here and in the real OPA.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "tests read and write files, run OPA, say what they skip, and fail loudly"
)]

#[path = "builtins/call.rs"]
mod call;
#[path = "builtins/cases.rs"]
mod cases;
#[path = "builtins/live.rs"]
mod live;
#[path = "types_support/opa.rs"]
mod opa;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use portcullis::builtins;

#[test]
fn calls_have_their_recorded_outcomes() {
    if cases::updating() {
        return;
    }
    let (mut differences, mut count) = (String::new(), 0);
    for family in cases::families() {
        for case in &family.cases {
            count += 1;
            let got = call::outcome(&case.call);
            if got != case.outcome {
                let place = format!("{}:{}", family.name, case.line);
                let _ = writeln!(
                    differences,
                    "{place}: {}\n  recorded {}\n       got {got}",
                    case.call, case.outcome
                );
            }
        }
    }
    assert!(differences.is_empty(), "of {count} calls these differ:\n{differences}");
}

#[test]
fn opa_has_the_recorded_outcomes() {
    for mut family in cases::families() {
        let calls: Vec<&str> = family.cases.iter().map(|case| case.call.as_str()).collect();
        let Some(outcomes) = live::outcomes(&family.name, &calls) else {
            return;
        };
        let mut differences = String::new();
        for (case, theirs) in family.cases.iter_mut().zip(outcomes) {
            if case.outcome != theirs && !case.outcome.starts_with(cases::SEALED) {
                let _ = writeln!(
                    differences,
                    "line {}: {}\n  recorded {}\n  OPA says {theirs}",
                    case.line, case.call, case.outcome
                );
                case.outcome = theirs;
            }
        }
        if cases::updating() {
            family.write();
        } else {
            assert!(differences.is_empty(), "{}:\n{differences}", family.name);
        }
    }
}

#[test]
fn every_function_is_implemented_and_has_a_case() {
    if cases::selected().is_some() {
        return;
    }
    let families = cases::families();
    let with_case: BTreeSet<String> = families
        .iter()
        .flat_map(|family| family.cases.iter().map(|case| call::function_of(&case.call)))
        .collect();
    for name in &with_case {
        assert!(builtins::lookup(name).is_some(), "there is no function `{name}`, but it has a case");
    }
    let mut wrong = Vec::new();
    for signature in builtins::all() {
        let name = signature.name;
        let excused = EVALUATED.contains(&name) || NOT_YET.contains(&name);
        match (signature.function.is_some(), excused) {
            (false, false) => wrong.push(format!("`{name}` is not implemented")),
            (true, true) => wrong.push(format!("`{name}` is implemented: take it off the list")),
            (true, false) if !with_case.contains(name) => wrong.push(format!("`{name}` has no case")),
            (true | false, _) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the evaluator does itself: it binds variables, has many results, or knows the place of the call.
const EVALUATED: &[&str] = &[
    "assign",
    "eq",
    "internal.print",
    "internal.test_case",
    "print",
    "rego.metadata.chain",
    "rego.metadata.rule",
    "trace",
    "walk",
];

/// What is still to come, by family. The comments between keep changes of different families apart.
const NOT_YET: &[&str] = &[
    // aggregates
    "all",
    "any",
    "max",
    "min",
    "product",
    "sort",
    "sum",
    // arithmetic
    "div",
    "minus",
    "mul",
    "plus",
    "rem",
    // arrays
    "array.concat",
    "array.flatten",
    "array.reverse",
    "array.slice",
    // aws
    "providers.aws.sign_req",
    // bits
    "bits.and",
    "bits.lsh",
    "bits.negate",
    "bits.or",
    "bits.rsh",
    "bits.xor",
    // comparison
    "equal",
    "gt",
    "gte",
    "internal.member_2",
    "internal.member_3",
    "lt",
    "lte",
    "neq",
    // conversions
    "cast_array",
    "cast_boolean",
    "cast_null",
    "cast_object",
    "cast_set",
    "cast_string",
    "to_number",
    // crypto
    "crypto.hmac.equal",
    "crypto.hmac.md5",
    "crypto.hmac.sha1",
    "crypto.hmac.sha256",
    "crypto.hmac.sha512",
    "crypto.md5",
    "crypto.parse_private_keys",
    "crypto.sha1",
    "crypto.sha256",
    "crypto.x509.parse_and_verify_certificates",
    "crypto.x509.parse_and_verify_certificates_with_options",
    "crypto.x509.parse_certificate_request",
    "crypto.x509.parse_certificates",
    "crypto.x509.parse_keypair",
    "crypto.x509.parse_rsa_private_key",
    // glob
    "glob.match",
    "glob.quote_meta",
    // graph
    "graph.reachable",
    "graph.reachable_paths",
    // http
    "http.send",
    // internal
    "internal.template_string",
    // json
    // jwt
    "io.jwt.decode",
    "io.jwt.decode_verify",
    "io.jwt.encode_sign",
    "io.jwt.encode_sign_raw",
    "io.jwt.verify_eddsa",
    "io.jwt.verify_es256",
    "io.jwt.verify_es384",
    "io.jwt.verify_es512",
    "io.jwt.verify_hs256",
    "io.jwt.verify_hs384",
    "io.jwt.verify_hs512",
    "io.jwt.verify_ps256",
    "io.jwt.verify_ps384",
    "io.jwt.verify_ps512",
    "io.jwt.verify_rs256",
    "io.jwt.verify_rs384",
    "io.jwt.verify_rs512",
    // net
    "net.cidr_contains",
    "net.cidr_contains_matches",
    "net.cidr_expand",
    "net.cidr_intersects",
    "net.cidr_is_valid",
    "net.cidr_merge",
    "net.cidr_overlap",
    "net.lookup_ip_addr",
    // numbers
    "abs",
    "ceil",
    "floor",
    "numbers.range",
    "numbers.range_step",
    "rand.intn",
    "round",
    // objects
    "object.filter",
    "object.get",
    "object.keys",
    "object.remove",
    "object.subset",
    "object.union",
    "object.union_n",
    // opa
    "opa.runtime",
    // regex
    "re_match",
    "regex.find_all_string_submatch_n",
    "regex.find_n",
    "regex.globs_match",
    "regex.is_valid",
    "regex.match",
    "regex.replace",
    "regex.split",
    "regex.template_match",
    // rego
    // semver
    "semver.compare",
    "semver.is_valid",
    // sets
    "and",
    "intersection",
    "or",
    "set_diff",
    "union",
    // strings
    "concat",
    "contains",
    "endswith",
    "format_int",
    "indexof",
    "indexof_n",
    "lower",
    "replace",
    "split",
    "sprintf",
    "startswith",
    "strings.any_prefix_match",
    "strings.any_suffix_match",
    "strings.count",
    "strings.render_template",
    "strings.replace_n",
    "strings.reverse",
    "strings.split_n",
    "substring",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "upper",
    // time
    "time.add_date",
    "time.clock",
    "time.date",
    "time.diff",
    "time.format",
    "time.now_ns",
    "time.parse_duration_ns",
    "time.parse_ns",
    "time.parse_rfc3339_ns",
    "time.weekday",
    // types
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "type_name",
    // units
    "units.parse",
    "units.parse_bytes",
    // uuid
    "uuid.parse",
    "uuid.rfc4122",
];
