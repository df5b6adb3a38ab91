//! JSON Web Tokens.

mod decode_verify;
mod functions;
mod jwk;
mod sign;
mod token;
mod verify;

use super::Shape::{Any, Boolean, ObjectOf, String, Tuple};
use super::{Signature, named};

pub(crate) use self::token::text;

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "io.jwt.decode",
        "The header, the payload and the signature of a JSON Web Token, which is not verified.",
    )
    .takes(&[named("jwt", String)])
    .returns(named("output", Tuple(&[ObjectOf(&Any, &Any), ObjectOf(&Any, &Any), String])))
    .in_categories(&["tokens"])
    .does(functions::decode),
    Signature::new(
        "io.jwt.decode_verify",
        "Whether a JSON Web Token keeps the given constraints, with its header and payload.",
    )
    .takes(&[named("jwt", String), named("constraints", ObjectOf(&String, &Any))])
    .returns(named("output", Tuple(&[Boolean, ObjectOf(&Any, &Any), ObjectOf(&Any, &Any)])))
    .in_categories(&["tokens"])
    .nondeterministic()
    .does(decode_verify::decode_verify),
    Signature::new("io.jwt.encode_sign", "A JSON Web Token signed with a key, all given as objects.")
        .takes(&[
            named("headers", ObjectOf(&String, &Any)),
            named("payload", ObjectOf(&String, &Any)),
            named("key", ObjectOf(&String, &Any)),
        ])
        .returns(named("output", String))
        .in_categories(&["tokensign"])
        .nondeterministic()
        .does(sign::encode_sign),
    Signature::new("io.jwt.encode_sign_raw", "A JSON Web Token signed with a key, all given as JSON texts.")
        .takes(&[named("headers", String), named("payload", String), named("key", String)])
        .returns(named("output", String))
        .in_categories(&["tokensign"])
        .nondeterministic()
        .does(sign::encode_sign_raw),
    Signature::new("io.jwt.verify_eddsa", "Whether the EdDSA signature of a token is right.")
        .takes(&[named("jwt", String), named("certificate", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_eddsa),
    Signature::new("io.jwt.verify_es256", "Whether the ES256 signature of a token is right.")
        .takes(&[named("jwt", String), named("certificate", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_es256),
    Signature::new("io.jwt.verify_es384", "Whether the ES384 signature of a token is right.")
        .takes(&[named("jwt", String), named("certificate", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_es384),
    Signature::new("io.jwt.verify_es512", "Whether the ES512 signature of a token is right.")
        .takes(&[named("jwt", String), named("certificate", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_es512),
    Signature::new("io.jwt.verify_hs256", "Whether the HS256 authentication code of a token is right.")
        .takes(&[named("jwt", String), named("secret", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_hs256),
    Signature::new("io.jwt.verify_hs384", "Whether the HS384 authentication code of a token is right.")
        .takes(&[named("jwt", String), named("secret", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_hs384),
    Signature::new("io.jwt.verify_hs512", "Whether the HS512 authentication code of a token is right.")
        .takes(&[named("jwt", String), named("secret", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_hs512),
    Signature::new("io.jwt.verify_ps256", "Whether the PS256 signature of a token is right.")
        .takes(&[named("jwt", String), named("certificate", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_ps256),
    Signature::new("io.jwt.verify_ps384", "Whether the PS384 signature of a token is right.")
        .takes(&[named("jwt", String), named("certificate", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_ps384),
    Signature::new("io.jwt.verify_ps512", "Whether the PS512 signature of a token is right.")
        .takes(&[named("jwt", String), named("certificate", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_ps512),
    Signature::new("io.jwt.verify_rs256", "Whether the RS256 signature of a token is right.")
        .takes(&[named("jwt", String), named("certificate", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_rs256),
    Signature::new("io.jwt.verify_rs384", "Whether the RS384 signature of a token is right.")
        .takes(&[named("jwt", String), named("certificate", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_rs384),
    Signature::new("io.jwt.verify_rs512", "Whether the RS512 signature of a token is right.")
        .takes(&[named("jwt", String), named("certificate", String)])
        .returns(named("result", Boolean))
        .in_categories(&["tokens"])
        .does(functions::verify_rs512),
];
