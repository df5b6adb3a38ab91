//! Texts that encode values.

pub(in crate::builtins) mod bytes;
pub(in crate::builtins) mod query;
pub(in crate::builtins) mod text;

use super::Shape::{Any, ArrayOf, Boolean, ObjectOf, OneOf, Record, SetOf, String};
use super::{Signature, named};

pub(in crate::builtins) use text::json_value;

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("base64.decode", "The text that a base64 string encodes.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(bytes::base64_decode),
    Signature::new("base64.encode", "The base64 form of a string.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(bytes::base64_encode),
    Signature::new("base64.is_valid", "Whether a string is base64.")
        .takes(&[named("x", String)])
        .returns(named("result", Boolean))
        .in_categories(&["encoding"])
        .does(bytes::base64_is_valid),
    Signature::new("base64url.decode", "The text that a string encodes in base64 with the URL alphabet.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(bytes::base64url_decode),
    Signature::new("base64url.encode", "The base64 form of a string with the URL alphabet and padding.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(bytes::base64url_encode),
    Signature::new("base64url.encode_no_pad", "The base64 form of a string with the URL alphabet, unpadded.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(bytes::base64url_encode_no_pad),
    Signature::new("hex.decode", "The text that pairs of hexadecimal digits encode.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(bytes::hex_decode),
    Signature::new("hex.encode", "The bytes of a string as hexadecimal digits.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(bytes::hex_encode),
    Signature::new("json.is_valid", "Whether a string is a JSON document.")
        .takes(&[named("x", String)])
        .returns(named("result", Boolean))
        .in_categories(&["encoding"])
        .does(text::json_is_valid),
    Signature::new("json.marshal", "A value as JSON text.")
        .takes(&[named("x", Any)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(text::json_marshal),
    Signature::new("json.marshal_with_options", "A value as JSON text, indented as the options say.")
        .takes(&[
            named("x", Any),
            named(
                "opts",
                Record(&[("indent", String), ("prefix", String), ("pretty", Boolean)], Some(&(String, Any))),
            ),
        ])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(text::json_marshal_with_options),
    Signature::new("json.unmarshal", "The value that a JSON text stands for.")
        .takes(&[named("x", String)])
        .returns(named("y", Any))
        .in_categories(&["encoding"])
        .does(text::json_unmarshal),
    Signature::new("urlquery.decode", "The text that an escaped part of a URL's query stands for.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(query::decode),
    Signature::new("urlquery.decode_object", "The names and values of a URL's query.")
        .takes(&[named("x", String)])
        .returns(named("object", ObjectOf(&String, &ArrayOf(&String))))
        .in_categories(&["encoding"])
        .does(query::decode_object),
    Signature::new("urlquery.encode", "A string escaped for the query of a URL.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(query::encode),
    Signature::new("urlquery.encode_object", "The query of a URL with the given names and values.")
        .takes(&[named("object", ObjectOf(&String, &OneOf(&[String, ArrayOf(&String), SetOf(&String)])))])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(query::encode_object),
    Signature::new("yaml.is_valid", "Whether a string is a YAML document.")
        .takes(&[named("x", String)])
        .returns(named("result", Boolean))
        .in_categories(&["encoding"])
        .does(text::yaml_is_valid),
    Signature::new("yaml.marshal", "A value as YAML text.")
        .takes(&[named("x", Any)])
        .returns(named("y", String))
        .in_categories(&["encoding"])
        .does(text::yaml_marshal),
    Signature::new("yaml.unmarshal", "The value that a YAML text stands for.")
        .takes(&[named("x", String)])
        .returns(named("y", Any))
        .in_categories(&["encoding"])
        .does(text::yaml_unmarshal),
];
