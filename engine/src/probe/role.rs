//! What a member of an input is about, by its name.

use crate::value::Value;

/// What a value says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Who asks.
    Principal,
    /// What they want to do.
    Action,
    /// What they want to do it to.
    Resource,
    /// On whose ground.
    Tenant,
    /// What proves who asks.
    Credential,
    /// What is so around the request: the time, the network, a number of calls.
    Context,
}

/// The role of a place of the input: told by the last name on the way to it that says something. Only a person tells credentials and
/// context, which no name is taken for.
pub fn role_of(steps: &[Value]) -> Option<Role> {
    let mut names = steps.iter().rev().filter_map(Value::as_str);
    names.find_map(|name| {
        let name: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        NAMES
            .iter()
            .find(|(part, _)| name == *part || name.starts_with(part) && part.len() > 4)
            .map(|(_, role)| *role)
    })
}

/// Names, longest meaning first: a name is one of these, or starts with one of the longer ones.
const NAMES: [(&str, Role); 27] = [
    ("caller", Role::Principal),
    ("principal", Role::Principal),
    ("subject", Role::Principal),
    ("sub", Role::Principal),
    ("user", Role::Principal),
    ("username", Role::Principal),
    ("userid", Role::Principal),
    ("actor", Role::Principal),
    ("client", Role::Principal),
    ("identity", Role::Principal),
    ("agent", Role::Principal),
    ("email", Role::Principal),
    ("spiffeid", Role::Principal),
    ("action", Role::Action),
    ("method", Role::Action),
    ("operation", Role::Action),
    ("verb", Role::Action),
    ("permission", Role::Action),
    ("scope", Role::Action),
    ("callee", Role::Resource),
    ("resource", Role::Resource),
    ("object", Role::Resource),
    ("path", Role::Resource),
    ("target", Role::Resource),
    ("url", Role::Resource),
    ("tenant", Role::Tenant),
    ("namespace", Role::Tenant),
];
