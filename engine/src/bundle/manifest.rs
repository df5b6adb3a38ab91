//! The manifest of a bundle, and what it says a bundle may hold.

use std::sync::Arc;

use super::error::ContentError;
use super::reference::data_reference;
use super::roots::Roots;
use crate::builtins::glob;
use crate::document::{BaseData, Inner};
use crate::policy::RegoVersion;
use crate::value::{JsonStyle, Number, Object, Value};

/// What a `.manifest` says; the default is that of a bundle without one.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Which state of the policy this is; may be empty.
    pub revision: Arc<str>,
    /// Paths that the bundle owns, without slashes at their ends; the empty one is all of `data`.
    pub roots: Vec<String>,
    /// Whether the manifest says so; without roots the bundle owns everything.
    pub states_roots: bool,
    pub(super) wasm: Vec<WasmResolver>,
    /// The version of Rego that modules are in: 0 or 1.
    pub rego_version: Option<i64>,
    /// Likewise, for the modules whose absolute paths match a glob.
    pub file_rego_versions: Vec<(Arc<str>, i64)>,
    /// What the bundle's makers want to say of it: an object.
    pub metadata: Option<Value>,
}

#[derive(Debug, Clone)]
pub(super) struct WasmResolver {
    entrypoint: Arc<str>,
    module: Arc<str>,
    written: Value,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            revision: Arc::from(""),
            roots: vec![String::new()],
            states_roots: false,
            wasm: Vec::new(),
            rego_version: None,
            file_rego_versions: Vec::new(),
            metadata: None,
        }
    }
}

impl Manifest {
    /// Takes the fields out of a manifest. Unknown ones are left alone; the case of names does not matter, and null is
    /// as good as nothing: the manifest is what Go's `encoding/json` makes of it.
    ///
    /// # Errors
    ///
    /// When a field is of another type, or a language version is none.
    pub fn from_value(value: &Value) -> Result<Self, ContentError> {
        let empty = Object::new();
        let object = match value {
            Value::Object(object) => object,
            Value::Null => &empty,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Set(_) => {
                return Err(mistyped("the manifest", "an object", value));
            }
        };
        let mut manifest = Self::default();
        for (key, value) in object.iter().filter(|(_, value)| !matches!(value, Value::Null)) {
            let Some(key) = key.as_str() else { continue };
            match key.to_ascii_lowercase().as_str() {
                "revision" => manifest.revision = string(key, value)?,
                "roots" => {
                    manifest.states_roots = true;
                    let roots =
                        value.as_array().ok_or_else(|| mistyped(key, "an array of strings", value))?;
                    let root = |root| string(key, root).map(|root| root.trim_matches('/').to_owned());
                    manifest.roots = roots.iter().map(root).collect::<Result<_, _>>()?;
                }
                "wasm" => {
                    let resolvers =
                        value.as_array().ok_or_else(|| mistyped(key, "an array of objects", value))?;
                    manifest.wasm = resolvers.iter().map(wasm_resolver).collect::<Result<_, _>>()?;
                }
                "rego_version" => manifest.rego_version = Some(integer(key, value)?),
                "file_rego_versions" => {
                    let versions = value.as_object().ok_or_else(|| mistyped(key, "an object", value))?;
                    let version = |(pattern, version): (&Value, &Value)| {
                        Ok((string(key, pattern)?, integer(key, version)?))
                    };
                    manifest.file_rego_versions =
                        versions.iter().map(version).collect::<Result<_, ContentError>>()?;
                }
                "metadata" => {
                    value.as_object().ok_or_else(|| mistyped(key, "an object", value))?;
                    manifest.metadata = Some(value.clone());
                }
                _ => {}
            }
        }
        Ok(manifest)
    }

    /// The manifest as policies see it in `data`.
    pub fn to_value(&self) -> Value {
        let roots = self.roots.iter().map(|root| Value::from(root.as_str())).collect::<Vec<_>>();
        let mut fields = vec![
            ("revision", Value::String(Arc::clone(&self.revision))),
            ("roots", Value::Array(roots.into())),
        ];
        if !self.wasm.is_empty() {
            let resolvers = self.wasm.iter().map(|resolver| resolver.written.clone()).collect::<Vec<_>>();
            fields.push(("wasm", Value::Array(resolvers.into())));
        }
        fields.extend(self.rego_version.map(|version| ("rego_version", Value::from(version))));
        if !self.file_rego_versions.is_empty() {
            let versions = self.file_rego_versions.iter();
            let versions = versions
                .map(|(pattern, version)| (Value::String(Arc::clone(pattern)), Value::from(*version)));
            fields.push(("file_rego_versions", Value::Object(versions.collect())));
        }
        if let Some(metadata) = &self.metadata
            && metadata.as_object().is_some_and(|metadata| !metadata.is_empty())
        {
            fields.push(("metadata", metadata.clone()));
        }
        Value::Object(fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect())
    }

    /// The manifest as text, with its fields in the order in which OPA writes them.
    pub fn to_json(&self) -> String {
        let Value::Object(object) = self.to_value() else { return String::new() };
        let field = |name: &str| {
            let value = object.get_str(name)?;
            Some(format!("\"{name}\":{}", value.to_json_with(JsonStyle::Compact)))
        };
        let fields: Vec<String> = FIELDS.into_iter().filter_map(field).collect();
        format!("{{{}}}", fields.join(","))
    }

    /// The language version that the manifest states for the file at `path` in the bundle.
    ///
    /// # Errors
    ///
    /// When a pattern or a version is none.
    pub fn version_of(&self, path: &str) -> Result<Option<RegoVersion>, ContentError> {
        for (pattern, version) in &self.file_rego_versions {
            let matches = glob::matches_undelimited(pattern, path).map_err(|error| {
                ContentError::new(format!("failed to compile glob pattern {pattern}: {error}"))
            })?;
            if matches {
                let unknown = || format!("unknown bundle rego-version {version} for file '{path}'");
                return rego_version(*version).map(Some).ok_or_else(|| ContentError::new(unknown()));
            }
        }
        Ok(self.rego_version.and_then(rego_version))
    }

    /// Checks the manifest itself.
    ///
    /// # Errors
    ///
    /// When roots lie in each other, or a version is none.
    pub fn check(&self) -> Result<(), ContentError> {
        let roots = Roots::new(&self.roots);
        // Which ones they are takes longer to find out than that there are any.
        let are_apart = roots.len() == self.roots.len() && !roots.overlap();
        for (index, root) in self.roots.iter().enumerate().filter(|_| !are_apart) {
            if let Some(other) = self.roots.iter().skip(index + 1).find(|other| overlap(root, other)) {
                return Err(ContentError::new(format!(
                    "manifest has overlapped roots: '{root}' and '{other}'"
                )));
            }
        }
        if let Some(version) = self.rego_version.filter(|version| rego_version(*version).is_none()) {
            return Err(ContentError::new(format!("manifest has unknown rego-version {version}")));
        }
        let unknown = self.file_rego_versions.iter().find(|(_, version)| rego_version(*version).is_none());
        if let Some((pattern, version)) = unknown {
            let message = format!("manifest has unknown rego-version {version} for file '{pattern}'");
            return Err(ContentError::new(message));
        }
        Ok(())
    }

    /// Checks that the roots hold the package of each module, which comes with the name of its module. What is wrong with a
    /// module that has no package is for the parser to say.
    pub(super) fn check_modules<'a>(
        &self,
        modules: impl IntoIterator<Item = (&'a str, Option<Vec<Arc<str>>>)>,
    ) -> Result<(), ContentError> {
        let roots = Roots::new(&self.roots);
        let held =
            |package: &Option<Vec<Arc<str>>>| package.as_ref().is_none_or(|package| roots.hold(package));
        let outside = modules.into_iter().find(|(_, package)| !held(package));
        let Some((name, Some(package))) = outside else { return Ok(()) };
        let package = package.as_slice();
        let package = data_reference(package);
        let package = package.strip_prefix("data").unwrap_or_default().trim_start_matches('.');
        let roots = self.displayed_roots();
        Err(ContentError::new(format!(
            "manifest roots {roots} do not permit 'package {package}' in module '{name}'"
        )))
    }

    /// Checks what the manifest says of WebAssembly modules, though tests don't use them.
    pub fn check_wasm(&self, base: &dyn Fn(&str) -> String, modules: &[String]) -> Result<(), ContentError> {
        for (index, resolver) in self.wasm.iter().enumerate() {
            let WasmResolver { entrypoint, module, .. } = resolver;
            if !modules.iter().any(|known| **known == **module || *known == base(module)) {
                let message =
                    format!("manifest references wasm module '{module}' but the module file does not exist");
                return Err(ContentError::new(message));
            }
            let path: Vec<&str> = entrypoint.split('/').collect();
            if !self.roots.iter().any(|root| contains(root, &path)) {
                let roots = self.displayed_roots();
                return Err(ContentError::new(format!(
                    "manifest roots {roots} do not permit '{entrypoint}' entrypoint for wasm module '{module}'"
                )));
            }
            if self.wasm.iter().take(index).any(|other| other.entrypoint == *entrypoint) {
                let message =
                    format!("entrypoint '{entrypoint}' cannot be used by more than one wasm module");
                return Err(ContentError::new(message));
            }
        }
        Ok(())
    }

    /// Checks that the roots hold all data. Of several places that they don't hold, the first by key is reported.
    pub fn check_data<D: BaseData>(&self, data: &D) -> Result<(), ContentError> {
        if self.roots.iter().any(String::is_empty) {
            return Ok(());
        }
        let roots = Roots::new(&self.roots);
        let mut pending: Vec<(Vec<Arc<str>>, Inner<D>)> = vec![(Vec::new(), Inner::Object(data.clone()))];
        while let Some((path, value)) = pending.pop() {
            if roots.hold(&path) {
                continue;
            }
            // As in OPA, any segment of the path that starts a root is enough to look further down.
            let leads_to_root = path.is_empty() && !self.roots.is_empty()
                || self
                    .roots
                    .iter()
                    .any(|root| path.iter().any(|segment| contains(segment, &segments(root))));
            match value {
                Inner::Object(object) if leads_to_root => {
                    for (key, value) in object.entries().into_iter().rev() {
                        let mut inner = path.clone();
                        inner.push(key);
                        pending.push((inner, value));
                    }
                }
                Inner::Object(_) | Inner::Other => {
                    let (roots, path) = (self.displayed_roots(), path.join("/"));
                    return Err(ContentError::new(format!(
                        "manifest roots {roots} do not permit data at path '/{path}' (hint: check bundle directory structure)"
                    )));
                }
            }
        }
        Ok(())
    }

    /// The decisions that modules in WebAssembly are asked for, each with the name of its module.
    pub fn wasm_entrypoints(&self) -> impl Iterator<Item = (&str, &str)> {
        self.wasm.iter().map(|resolver| (&*resolver.entrypoint, &*resolver.module))
    }

    /// What the manifest says of each such decision: `entrypoint`, `module` and maybe `annotations`.
    pub fn wasm_resolvers(&self) -> impl Iterator<Item = &Value> {
        self.wasm.iter().map(|resolver| &resolver.written)
    }

    /// Calls the modules in WebAssembly by their names with the base before them, as OPA does.
    pub(super) fn qualify_wasm(&mut self, base: &dyn Fn(&str) -> String, modules: &[String]) {
        for resolver in &mut self.wasm {
            let full = base(&resolver.module);
            if modules.iter().any(|known| **known == *resolver.module) || !modules.contains(&full) {
                continue;
            }
            if let Value::Object(written) = &mut resolver.written {
                written.insert(Value::from("module"), Value::from(full.as_str()));
            }
            resolver.module = Arc::from(full);
        }
    }

    fn displayed_roots(&self) -> String {
        format!("[{}]", self.roots.join(" "))
    }
}

/// Whether one of two roots lies in the other.
pub fn overlap(left: &str, right: &str) -> bool {
    contains(left, &segments(right)) || contains(right, &segments(left))
}

fn contains(root: &str, path: &[impl AsRef<str>]) -> bool {
    let root = segments(root);
    matches!(root.as_slice(), [""])
        || root.len() <= path.len() && root.iter().zip(path).all(|(left, right)| *left == right.as_ref())
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

fn rego_version(version: i64) -> Option<RegoVersion> {
    match version {
        0 => Some(RegoVersion::V0),
        1 => Some(RegoVersion::V1),
        _ => None,
    }
}

fn wasm_resolver(value: &Value) -> Result<WasmResolver, ContentError> {
    let object = value.as_object().ok_or_else(|| mistyped("wasm", "an array of objects", value))?;
    let field = |name| object.get_str(name).map_or(Ok(Arc::from("")), |value| string(name, value));
    Ok(WasmResolver { entrypoint: field("entrypoint")?, module: field("module")?, written: value.clone() })
}

fn string(field: &str, value: &Value) -> Result<Arc<str>, ContentError> {
    if let Value::String(text) = value {
        Ok(Arc::clone(text))
    } else {
        Err(mistyped(field, "a string", value))
    }
}

fn integer(field: &str, value: &Value) -> Result<i64, ContentError> {
    let number = value.as_number().and_then(Number::as_i64);
    number.ok_or_else(|| mistyped(field, "an integer", value))
}

fn mistyped(field: &str, expected: &str, found: &Value) -> ContentError {
    let message = format!(
        "bundle load failed on manifest decode: {field} has to be {expected}, not {}",
        found.type_name()
    );
    ContentError::new(message)
}

const FIELDS: [&str; 6] = ["revision", "roots", "wasm", "rego_version", "file_rego_versions", "metadata"];
