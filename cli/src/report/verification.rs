//! What the verification of a bundle came to.

use std::fmt::Write as _;

use portcullis::bundle::{Naming, Signed, Standing, VerifyError};
use portcullis::value::Value;

use super::json_document::Json;
use crate::plural::plural;

/// A few lines for people.
pub(crate) fn pretty(bundle: &str, standing: &Standing) -> String {
    let signed = match standing {
        Standing::Signed(signed) => signed,
        Standing::Unsigned | Standing::Unverified => {
            return format!("UNSIGNED {bundle}\nNobody vouches for it.\n");
        }
    };
    let mut text = format!("VERIFIED {bundle}\n");
    let key = signed.key_id.as_ref().map(|id| format!("key `{id}`, ")).unwrap_or_default();
    // Writing to a string can't fail.
    _ = writeln!(text, "Signed by: {key}{}", signed.algorithm.name());
    if !signed.scope.is_empty() {
        _ = writeln!(text, "Scope:     {}", signed.scope);
    }
    let names = match signed.naming {
        Naming::Relative => "",
        Naming::WithDirectory => ", named with their directory",
    };
    _ = writeln!(text, "Files:     {}{names}", plural(signed.files, "file").replace(" file", " signed file"));
    for name in &signed.excluded {
        _ = writeln!(text, "Excluded:  {name}");
    }
    for (name, value) in signed.claims.as_object() {
        _ = writeln!(text, "Claim:     {} = {}", name.as_str().unwrap_or_default(), value.to_json());
    }
    text
}

/// One document, `version` 1. `accepted` is false when the exit code is 1; `verified` is also false for a bundle without
/// signature that was accepted. `error` says what is wrong; the other fields come with a signature.
pub(crate) fn json(bundle: &str, verdict: Result<&Standing, &VerifyError>) -> String {
    let truth = |value: bool| Json::Owned(Value::from(value));
    let mut fields = vec![
        ("version", Json::Number(1)),
        ("bundle", Json::Text(bundle)),
        ("accepted", truth(verdict.is_ok())),
        ("verified", truth(matches!(verdict, Ok(Standing::Signed(_))))),
    ];
    match verdict {
        Ok(Standing::Signed(signed)) => fields.extend(signature(signed)),
        Ok(Standing::Unsigned | Standing::Unverified) => {}
        Err(error) => {
            fields.push(("error", Json::Owned(Value::string(error.to_string()))));
            fields.extend(error.help().map(|help| ("help", Json::Owned(Value::string(help)))));
        }
    }
    Json::Object(fields).pretty() + "\n"
}

fn signature(signed: &Signed) -> Vec<(&'static str, Json<'_>)> {
    let names = match signed.naming {
        Naming::Relative => "relative",
        Naming::WithDirectory => "with_directory",
    };
    vec![
        ("key_id", signed.key_id.as_deref().map_or(Json::Null, Json::Text)),
        ("algorithm", Json::Text(signed.algorithm.name())),
        ("scope", Json::Text(&signed.scope)),
        ("files", Json::Number(signed.files)),
        ("excluded", Json::Array(signed.excluded.iter().map(|name| Json::Text(name)).collect())),
        ("names", Json::Text(names)),
        ("claims", Json::Owned(Value::Object(signed.claims.as_object().clone()))),
    ]
}
