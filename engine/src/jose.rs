//! JSON Web Signatures: the algorithms, and signatures made and verified. For tokens of policies and for bundles.

mod algorithm;
mod key;
mod sign;

pub(crate) use algorithm::{Algorithm, Form, authentication_code, verify_code};
pub(crate) use key::Key;
pub(crate) use sign::signature;
