//! What the OPA that will run a policy is able to do, as `opa capabilities` prints it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::Key;
use super::lattice::{Parameter, Type};
use crate::builtins;
use crate::compile::builtins::{Builtin, Builtins};
use crate::compile::{Features, RulePaths};
use crate::syntax::tree::Name;
use crate::syntax::{Keywords, ParseOptions, RegoVersion};

/// The built-in functions, keywords and features that a policy may use.
#[derive(Debug, Clone)]
pub struct Capabilities {
    /// The functions, by name; of two with the same name, the last.
    pub builtins: BTreeMap<String, DeclaredBuiltin>,
    /// The keywords that may be imported from `future.keywords`.
    pub future_keywords: Vec<String>,
    /// The names of features, such as `rego_v1`.
    pub features: Vec<String>,
    /// The hosts that may be connected to; none means all, and an empty list means no host.
    pub allow_net: Option<Vec<String>>,
}

/// A built-in function as capabilities declare it; it need not be one that we have.
#[derive(Debug, Clone)]
pub struct DeclaredBuiltin {
    /// Its type, always that of a function.
    pub declaration: Type,
    /// The operator that it is written as.
    pub infix: Option<String>,
    /// Whether a call may have several results.
    pub relation: bool,
    /// Whether equal calls of different queries may have different results.
    pub nondeterministic: bool,
    /// Whether new policies should not call it.
    pub deprecated: bool,
}

/// Why capabilities can't be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CapabilitiesError {
    /// The text is not JSON, or not of the form of capabilities.
    #[error("capabilities can't be read")]
    Format(#[source] serde_json::Error),
    /// A function has a type that is none.
    #[error("the declaration of `{name}` in the capabilities is not that of a function: {reason}")]
    Declaration {
        /// The function.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

impl Capabilities {
    /// What OPA 1.22.2 is able to do when it is told that modules are of a version.
    pub fn of_version(version: RegoVersion) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match version {
            RegoVersion::V0 | RegoVersion::V0V1 => Self {
                future_keywords: Keywords::ALL.names().map(ToOwned::to_owned).collect(),
                features: owned(&FEATURES_V0),
                ..Self::current()
            },
            RegoVersion::V1 | RegoVersion::V2 => Self::current(),
        }
    }

    /// What OPA 1.22.2 is able to do.
    pub fn current() -> Self {
        let builtins = builtins::all().map(|signature| {
            let declared = DeclaredBuiltin {
                declaration: Type::of_signature(signature),
                infix: signature.infix.map(ToOwned::to_owned),
                relation: signature.relation,
                nondeterministic: signature.nondeterministic,
                deprecated: signature.deprecated,
            };
            (signature.name.to_owned(), declared)
        });
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            builtins: builtins.collect(),
            future_keywords: owned(&FUTURE_KEYWORDS),
            features: owned(&FEATURES),
            allow_net: None,
        }
    }

    /// Reads the JSON that `opa capabilities` prints. Fields that are not known are left out.
    ///
    /// # Errors
    ///
    /// When the text has another form, or a function has no proper type.
    pub fn parse(json: &str) -> Result<Self, CapabilitiesError> {
        let file: File = serde_json::from_str(json).map_err(CapabilitiesError::Format)?;
        let builtins = file.builtins.into_iter().map(BuiltinEntry::read).collect::<Result<_, _>>()?;
        Ok(Self {
            builtins,
            future_keywords: file.future_keywords,
            features: file.features,
            allow_net: file.allow_net,
        })
    }

    /// Whether the feature called `name` is there.
    pub fn has_feature(&self, name: &str) -> bool {
        self.features.iter().any(|feature| feature == name)
    }

    /// How to read a module of a version.
    ///
    /// # Errors
    /// That the version may not be used, or a keyword is none, in OPA's words.
    pub fn parse_options(&self, version: RegoVersion) -> Result<ParseOptions, String> {
        let (needed, name) = match version {
            RegoVersion::V0 | RegoVersion::V0V1 => (None, ""),
            RegoVersion::V1 => (Some("rego_v1"), "v1"),
            RegoVersion::V2 => (Some("rego_v2"), "v2"),
        };
        if let Some(feature) = needed.filter(|feature| !self.has_feature(feature)) {
            return Err(format!("illegal capabilities: {feature} feature required for parsing {name} Rego"));
        }
        let mut listed = Keywords::NONE;
        for name in &self.future_keywords {
            let keyword = Keywords::named(name)
                .ok_or_else(|| format!("illegal capabilities: unknown keyword: {name}"))?;
            listed = listed.with(keyword);
        }
        let always = match version {
            RegoVersion::V0 | RegoVersion::V0V1 if !self.has_feature("rego_v1") => Keywords::NONE,
            RegoVersion::V0 | RegoVersion::V0V1 | RegoVersion::V1 => Keywords::V1,
            RegoVersion::V2 => Keywords::ALL,
        };
        let has_any = |names: &[&str]| names.iter().any(|name| self.has_feature(name));
        let imports = [
            (RegoVersion::V1, has_any(&["rego_v1_import", "rego_v1", "rego_v2"])),
            (RegoVersion::V2, has_any(&["rego_v2_import", "rego_v2"])),
        ];
        // Version 2 comes with these.
        let implied = version == RegoVersion::V2;
        Ok(ParseOptions {
            importable_keywords: listed.with(always),
            importable_versions: imports
                .into_iter()
                .filter_map(|(version, may)| may.then_some(version))
                .collect(),
            keywords_in_refs: implied || self.has_feature("keywords_in_refs"),
            template_strings: implied || self.has_feature("template_strings"),
            ..ParseOptions::new(version)
        })
    }

    /// What the compiler lets modules use.
    pub fn compiler_features(&self) -> Features {
        let has_any = |names: &[&str]| names.iter().any(|name| self.has_feature(name));
        Features {
            rule_paths: if has_any(&["rule_head_refs", "rego_v1", "rego_v2"]) {
                RulePaths::General
            } else if self.has_feature("rule_head_ref_string_prefixes") {
                RulePaths::StringPrefixes
            } else {
                RulePaths::Names
            },
            template_strings: self.builtins.contains_key("internal.template_string"),
        }
    }
}

#[derive(Debug, Deserialize)]
struct File {
    #[serde(default)]
    builtins: Vec<BuiltinEntry>,
    #[serde(default)]
    future_keywords: Vec<String>,
    #[serde(default)]
    features: Vec<String>,
    allow_net: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct BuiltinEntry {
    name: String,
    decl: Value,
    #[serde(default)]
    infix: Option<String>,
    #[serde(default)]
    relation: bool,
    #[serde(default)]
    nondeterministic: bool,
    #[serde(default)]
    deprecated: bool,
}

impl BuiltinEntry {
    fn read(self) -> Result<(String, DeclaredBuiltin), CapabilitiesError> {
        let declaration = match read_type(&self.decl) {
            Ok(declaration @ Type::Function(_)) => declaration,
            Ok(other) => {
                let reason = format!("it is of type {other}");
                return Err(CapabilitiesError::Declaration { name: self.name, reason });
            }
            Err(reason) => return Err(CapabilitiesError::Declaration { name: self.name, reason }),
        };
        let declared = DeclaredBuiltin {
            declaration,
            infix: self.infix,
            relation: self.relation,
            nondeterministic: self.nondeterministic,
            deprecated: self.deprecated,
        };
        Ok((self.name, declared))
    }
}

impl Builtins for Capabilities {
    fn builtin(&self, name: &str) -> Option<Builtin> {
        let declared = self.builtins.get(name)?;
        let Type::Function(function) = &declared.declaration else {
            return None;
        };
        Some(Builtin {
            arity: function.parameters().len(),
            relation: declared.relation,
            void: function.result().is_none(),
            deprecated: declared.deprecated,
        })
    }
}

/// A type in OPA's JSON. The text it was parsed from bounds how deep it nests.
fn read_type(json: &Value) -> Result<Type, String> {
    let part = |name: &str| json.get(name).map(read_type).transpose();
    let kind = json.get("type").and_then(Value::as_str).ok_or("a type has no name")?;
    Ok(match kind {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "number" => Type::Number,
        "string" => Type::String,
        "any" => Type::union(list(json, "of").map(read_type).collect::<Result<_, _>>()?),
        "set" => Type::set(part("of")?),
        "array" => {
            let items =
                list(json, "static").map(|item| read_type(item).map(Some)).collect::<Result<_, _>>()?;
            Type::array(items, part("dynamic")?)
        }
        "object" => {
            let value_of = |field: &Value| field.get("value").map(read_type).transpose();
            let fields = list(json, "static").map(|field| {
                let key = field.get("key").and_then(read_key).ok_or("a field has no scalar key")?;
                Ok((key, value_of(field)?))
            });
            let fields = fields.collect::<Result<_, String>>()?;
            let rest = match json.get("dynamic") {
                Some(rest) => Some((rest.get("key").map(read_type).transpose()?, value_of(rest)?)),
                None => None,
            };
            Type::object(fields, rest)
        }
        "function" => {
            let parameters = list(json, "args").map(read_parameter).collect::<Result<_, _>>()?;
            let one = |name: &str| json.get(name).map(read_parameter).transpose();
            Type::function(parameters, one("variadic")?, one("result")?)
        }
        other => return Err(format!("there is no type called `{other}`")),
    })
}

fn read_parameter(json: &Value) -> Result<Parameter, String> {
    Ok(Parameter {
        name: json.get("name").and_then(Value::as_str).map(Name::from),
        of: Some(read_type(json)?),
    })
}

fn read_key(json: &Value) -> Option<Key> {
    match json {
        Value::Null => Some(Key::Null),
        Value::Bool(value) => Some(Key::Boolean(*value)),
        Value::Number(number) => Some(Key::Number(Name::from(number.to_string()))),
        Value::String(text) => Some(Key::String(Name::from(text.as_str()))),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn list<'a>(json: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    json.get(name).and_then(Value::as_array).into_iter().flatten()
}

const FUTURE_KEYWORDS: [&str; 3] = ["and", "not", "or"];

const FEATURES: [&str; 5] = ["keywords_in_refs", "rego_v1", "rego_v2", "rego_v2_import", "template_strings"];

const FEATURES_V0: [&str; 7] = [
    "keywords_in_refs",
    "rego_v1",
    "rego_v1_import",
    "rego_v2",
    "rego_v2_import",
    "rule_head_ref_string_prefixes",
    "rule_head_refs",
];
