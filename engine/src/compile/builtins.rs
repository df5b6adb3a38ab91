//! What the compiler has to know of built-in functions before types are checked: names, arities and a few traits.

use crate::syntax::tree::{Ref, TermKind};

/// Looks built-in functions up by their dotted names, such as `io.jwt.decode`.
pub trait Builtins {
    /// The function called `name`, if there is one.
    fn builtin(&self, name: &str) -> Option<Builtin>;
}

/// What the compiler knows of one built-in function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// How many arguments it takes.
    pub arity: usize,
    /// Whether one call may have many outputs, as that of `walk`.
    pub relation: bool,
    /// Whether it has no output, as `print`.
    pub void: bool,
    /// Whether version 1 and strict mode refuse it.
    pub deprecated: bool,
    /// The scalars that it may return.
    pub scalars: Scalars,
}

/// A set of kinds of scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scalars(u8);

impl Scalars {
    /// `null`.
    pub const NULL: Self = Self(1);
    /// `true` and `false`.
    pub const BOOLEAN: Self = Self(2);
    /// Numbers.
    pub const NUMBER: Self = Self(4);
    /// Strings.
    pub const STRING: Self = Self(8);
    /// All scalars.
    pub const ALL: Self = Self(15);

    /// Whether all of `other` is part of the set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The built-in functions of OPA 1.22.2.
#[derive(Debug, Clone, Copy, Default)]
pub struct CurrentBuiltins;

impl Builtins for CurrentBuiltins {
    fn builtin(&self, name: &str) -> Option<Builtin> {
        let at = TABLE.binary_search_by(|row| row.0.cmp(name)).ok()?;
        let (_, arity, scalars, traits) = TABLE.get(at)?;
        Some(Builtin {
            arity: *arity,
            relation: *traits == Traits::Relation,
            void: *traits == Traits::Void,
            deprecated: *traits == Traits::Deprecated,
            scalars: Scalars(*scalars),
        })
    }
}

/// Looks up the function that an operator names: a variable and names after it.
pub(super) fn of_operator(builtins: &dyn Builtins, operator: &Ref) -> Option<Builtin> {
    let TermKind::Var(head) = &operator.head.kind else { return None };
    if operator.operands.is_empty() {
        return builtins.builtin(&head.name);
    }
    if &*head.name == "data" || &*head.name == "input" {
        return None;
    }
    builtins.builtin(&dotted(operator)?)
}

/// `a.b.c` for a reference that has only names without dots in them.
pub(super) fn dotted(operator: &Ref) -> Option<String> {
    let names = operator.names()?;
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            if name.contains('.') {
                return None;
            }
            text.push('.');
        }
        text.push_str(name);
    }
    Some(text)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Traits {
    None,
    Relation,
    Void,
    Deprecated,
}

/// Name, arity, scalars that may be returned, and the trait; sorted by name.
#[rustfmt::skip]
const TABLE: &[(&str, usize, u8, Traits)] = &[
    ("abs", 1, 4, Traits::None),
    ("all", 1, 2, Traits::Deprecated),
    ("and", 2, 0, Traits::None),
    ("any", 1, 2, Traits::Deprecated),
    ("array.concat", 2, 0, Traits::None),
    ("array.flatten", 1, 0, Traits::None),
    ("array.reverse", 1, 0, Traits::None),
    ("array.slice", 3, 0, Traits::None),
    ("assign", 2, 2, Traits::None),
    ("base64.decode", 1, 8, Traits::None),
    ("base64.encode", 1, 8, Traits::None),
    ("base64.is_valid", 1, 2, Traits::None),
    ("base64url.decode", 1, 8, Traits::None),
    ("base64url.encode", 1, 8, Traits::None),
    ("base64url.encode_no_pad", 1, 8, Traits::None),
    ("bits.and", 2, 4, Traits::None),
    ("bits.lsh", 2, 4, Traits::None),
    ("bits.negate", 1, 4, Traits::None),
    ("bits.or", 2, 4, Traits::None),
    ("bits.rsh", 2, 4, Traits::None),
    ("bits.xor", 2, 4, Traits::None),
    ("cast_array", 1, 0, Traits::Deprecated),
    ("cast_boolean", 1, 2, Traits::Deprecated),
    ("cast_null", 1, 1, Traits::Deprecated),
    ("cast_object", 1, 0, Traits::Deprecated),
    ("cast_set", 1, 0, Traits::Deprecated),
    ("cast_string", 1, 8, Traits::Deprecated),
    ("ceil", 1, 4, Traits::None),
    ("concat", 2, 8, Traits::None),
    ("contains", 2, 2, Traits::None),
    ("count", 1, 4, Traits::None),
    ("crypto.hmac.equal", 2, 2, Traits::None),
    ("crypto.hmac.md5", 2, 8, Traits::None),
    ("crypto.hmac.sha1", 2, 8, Traits::None),
    ("crypto.hmac.sha256", 2, 8, Traits::None),
    ("crypto.hmac.sha512", 2, 8, Traits::None),
    ("crypto.md5", 1, 8, Traits::None),
    ("crypto.parse_private_keys", 1, 0, Traits::None),
    ("crypto.sha1", 1, 8, Traits::None),
    ("crypto.sha256", 1, 8, Traits::None),
    ("crypto.x509.parse_and_verify_certificates", 1, 0, Traits::None),
    ("crypto.x509.parse_and_verify_certificates_with_options", 2, 0, Traits::None),
    ("crypto.x509.parse_certificate_request", 1, 0, Traits::None),
    ("crypto.x509.parse_certificates", 1, 0, Traits::None),
    ("crypto.x509.parse_keypair", 2, 0, Traits::None),
    ("crypto.x509.parse_rsa_private_key", 1, 0, Traits::None),
    ("div", 2, 4, Traits::None),
    ("endswith", 2, 2, Traits::None),
    ("eq", 2, 2, Traits::None),
    ("equal", 2, 2, Traits::None),
    ("floor", 1, 4, Traits::None),
    ("format_int", 2, 8, Traits::None),
    ("glob.match", 3, 2, Traits::None),
    ("glob.quote_meta", 1, 8, Traits::None),
    ("graph.reachable", 2, 0, Traits::None),
    ("graph.reachable_paths", 2, 0, Traits::None),
    ("graphql.is_valid", 2, 2, Traits::None),
    ("graphql.parse", 2, 0, Traits::None),
    ("graphql.parse_and_verify", 2, 0, Traits::None),
    ("graphql.parse_query", 1, 0, Traits::None),
    ("graphql.parse_schema", 1, 0, Traits::None),
    ("graphql.schema_is_valid", 1, 2, Traits::None),
    ("gt", 2, 2, Traits::None),
    ("gte", 2, 2, Traits::None),
    ("hex.decode", 1, 8, Traits::None),
    ("hex.encode", 1, 8, Traits::None),
    ("http.send", 1, 0, Traits::None),
    ("indexof", 2, 4, Traits::None),
    ("indexof_n", 2, 0, Traits::None),
    ("internal.member_2", 2, 2, Traits::None),
    ("internal.member_3", 3, 2, Traits::None),
    ("internal.print", 1, 15, Traits::Void),
    ("internal.template_string", 1, 8, Traits::None),
    ("internal.test_case", 1, 15, Traits::Void),
    ("intersection", 1, 0, Traits::None),
    ("io.jwt.decode", 1, 0, Traits::None),
    ("io.jwt.decode_verify", 2, 0, Traits::None),
    ("io.jwt.encode_sign", 3, 8, Traits::None),
    ("io.jwt.encode_sign_raw", 3, 8, Traits::None),
    ("io.jwt.verify_eddsa", 2, 2, Traits::None),
    ("io.jwt.verify_es256", 2, 2, Traits::None),
    ("io.jwt.verify_es384", 2, 2, Traits::None),
    ("io.jwt.verify_es512", 2, 2, Traits::None),
    ("io.jwt.verify_hs256", 2, 2, Traits::None),
    ("io.jwt.verify_hs384", 2, 2, Traits::None),
    ("io.jwt.verify_hs512", 2, 2, Traits::None),
    ("io.jwt.verify_ps256", 2, 2, Traits::None),
    ("io.jwt.verify_ps384", 2, 2, Traits::None),
    ("io.jwt.verify_ps512", 2, 2, Traits::None),
    ("io.jwt.verify_rs256", 2, 2, Traits::None),
    ("io.jwt.verify_rs384", 2, 2, Traits::None),
    ("io.jwt.verify_rs512", 2, 2, Traits::None),
    ("is_array", 1, 2, Traits::None),
    ("is_boolean", 1, 2, Traits::None),
    ("is_null", 1, 2, Traits::None),
    ("is_number", 1, 2, Traits::None),
    ("is_object", 1, 2, Traits::None),
    ("is_set", 1, 2, Traits::None),
    ("is_string", 1, 2, Traits::None),
    ("json.filter", 2, 0, Traits::None),
    ("json.is_valid", 1, 2, Traits::None),
    ("json.marshal", 1, 8, Traits::None),
    ("json.marshal_with_options", 2, 8, Traits::None),
    ("json.match_schema", 2, 0, Traits::None),
    ("json.patch", 2, 15, Traits::None),
    ("json.remove", 2, 0, Traits::None),
    ("json.unmarshal", 1, 15, Traits::None),
    ("json.verify_schema", 1, 0, Traits::None),
    ("lower", 1, 8, Traits::None),
    ("lt", 2, 2, Traits::None),
    ("lte", 2, 2, Traits::None),
    ("max", 1, 15, Traits::None),
    ("min", 1, 15, Traits::None),
    ("minus", 2, 4, Traits::None),
    ("mul", 2, 4, Traits::None),
    ("neq", 2, 2, Traits::None),
    ("net.cidr_contains", 2, 2, Traits::None),
    ("net.cidr_contains_matches", 2, 0, Traits::None),
    ("net.cidr_expand", 1, 0, Traits::None),
    ("net.cidr_intersects", 2, 2, Traits::None),
    ("net.cidr_is_valid", 1, 2, Traits::None),
    ("net.cidr_merge", 1, 0, Traits::None),
    ("net.cidr_overlap", 2, 2, Traits::Deprecated),
    ("net.lookup_ip_addr", 1, 0, Traits::None),
    ("numbers.range", 2, 0, Traits::None),
    ("numbers.range_step", 3, 0, Traits::None),
    ("object.filter", 2, 0, Traits::None),
    ("object.get", 3, 15, Traits::None),
    ("object.keys", 1, 0, Traits::None),
    ("object.remove", 2, 0, Traits::None),
    ("object.subset", 2, 2, Traits::None),
    ("object.union", 2, 0, Traits::None),
    ("object.union_n", 1, 0, Traits::None),
    ("opa.runtime", 0, 0, Traits::None),
    ("or", 2, 0, Traits::None),
    ("plus", 2, 4, Traits::None),
    ("print", 0, 15, Traits::Void),
    ("product", 1, 4, Traits::None),
    ("providers.aws.sign_req", 3, 0, Traits::None),
    ("rand.intn", 2, 4, Traits::None),
    ("re_match", 2, 2, Traits::Deprecated),
    ("regex.find_all_string_submatch_n", 3, 0, Traits::None),
    ("regex.find_n", 3, 0, Traits::None),
    ("regex.globs_match", 2, 2, Traits::None),
    ("regex.is_valid", 1, 2, Traits::None),
    ("regex.match", 2, 2, Traits::None),
    ("regex.replace", 3, 8, Traits::None),
    ("regex.split", 2, 0, Traits::None),
    ("regex.template_match", 4, 2, Traits::None),
    ("rego.metadata.chain", 0, 0, Traits::None),
    ("rego.metadata.rule", 0, 15, Traits::None),
    ("rego.parse_module", 2, 0, Traits::None),
    ("rem", 2, 4, Traits::None),
    ("replace", 3, 8, Traits::None),
    ("round", 1, 4, Traits::None),
    ("semver.compare", 2, 4, Traits::None),
    ("semver.is_valid", 1, 2, Traits::None),
    ("set_diff", 2, 0, Traits::Deprecated),
    ("sort", 1, 0, Traits::None),
    ("split", 2, 0, Traits::None),
    ("sprintf", 2, 8, Traits::None),
    ("startswith", 2, 2, Traits::None),
    ("strings.any_prefix_match", 2, 2, Traits::None),
    ("strings.any_suffix_match", 2, 2, Traits::None),
    ("strings.count", 2, 4, Traits::None),
    ("strings.render_template", 2, 8, Traits::None),
    ("strings.replace_n", 2, 8, Traits::None),
    ("strings.reverse", 1, 8, Traits::None),
    ("strings.split_n", 3, 0, Traits::None),
    ("substring", 3, 8, Traits::None),
    ("sum", 1, 4, Traits::None),
    ("time.add_date", 4, 4, Traits::None),
    ("time.clock", 1, 0, Traits::None),
    ("time.date", 1, 0, Traits::None),
    ("time.diff", 2, 0, Traits::None),
    ("time.format", 1, 8, Traits::None),
    ("time.now_ns", 0, 4, Traits::None),
    ("time.parse_duration_ns", 1, 4, Traits::None),
    ("time.parse_ns", 2, 4, Traits::None),
    ("time.parse_rfc3339_ns", 1, 4, Traits::None),
    ("time.weekday", 1, 8, Traits::None),
    ("to_number", 1, 4, Traits::None),
    ("trace", 1, 2, Traits::None),
    ("trim", 2, 8, Traits::None),
    ("trim_left", 2, 8, Traits::None),
    ("trim_prefix", 2, 8, Traits::None),
    ("trim_right", 2, 8, Traits::None),
    ("trim_space", 1, 8, Traits::None),
    ("trim_suffix", 2, 8, Traits::None),
    ("type_name", 1, 8, Traits::None),
    ("union", 1, 0, Traits::None),
    ("units.parse", 1, 4, Traits::None),
    ("units.parse_bytes", 1, 4, Traits::None),
    ("upper", 1, 8, Traits::None),
    ("uri.is_valid", 1, 2, Traits::None),
    ("uri.parse", 1, 0, Traits::None),
    ("urlquery.decode", 1, 8, Traits::None),
    ("urlquery.decode_object", 1, 0, Traits::None),
    ("urlquery.encode", 1, 8, Traits::None),
    ("urlquery.encode_object", 1, 8, Traits::None),
    ("uuid.parse", 1, 0, Traits::None),
    ("uuid.rfc4122", 1, 8, Traits::None),
    ("walk", 1, 0, Traits::Relation),
    ("yaml.is_valid", 1, 2, Traits::None),
    ("yaml.marshal", 1, 8, Traits::None),
    ("yaml.unmarshal", 1, 15, Traits::None),
];

#[cfg(test)]
mod tests {
    use super::{Builtins, CurrentBuiltins, TABLE};

    #[test]
    fn the_table_is_sorted_and_knows_its_names() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(CurrentBuiltins.builtin("io.jwt.decode").map(|found| found.arity), Some(1));
        assert!(CurrentBuiltins.builtin("print").is_some_and(|found| found.void));
        assert!(CurrentBuiltins.builtin("walk").is_some_and(|found| found.relation));
        assert!(CurrentBuiltins.builtin("re_match").is_some_and(|found| found.deprecated));
        assert_eq!(CurrentBuiltins.builtin("nosuch"), None);
    }
}
