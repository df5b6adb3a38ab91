//! The packs that come with the command: the modules and schemas of `policies/agentweave-*`.

/// A shipped pack.
#[derive(Debug)]
pub(super) struct Shipped {
    /// Its name; without `agentweave-` it is known, too.
    pub(super) name: &'static str,
    /// Its modules, by the names of their files.
    pub(super) modules: &'static [(&'static str, &'static str)],
    /// Its schemas, by the names of their files.
    pub(super) schemas: &'static [(&'static str, &'static str)],
}

/// The pack of a name.
pub(super) fn named(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|pack| pack.name == name || pack.name.strip_prefix("agentweave-") == Some(name))
}

macro_rules! files {
    ($pack:literal: $($file:literal),*) => {
        &[$(($file, include_str!(concat!("../../../../policies/", $pack, "/", $file)))),*]
    };
}

/// All of them, in the order in which documents are asked.
pub(super) const SHIPPED: &[Shipped] = &[
    Shipped {
        name: "agentweave-config",
        modules: files!(
            "agentweave-config": "config.rego", "elsewhere.rego", "guidance.rego", "reading.rego", "searching.rego",
            "values.rego"
        ),
        schemas: files!("agentweave-config": "config.jsonschema"),
    },
    Shipped {
        name: "agentweave-kubernetes",
        modules: files!(
            "agentweave-kubernetes": "guidance.rego", "kubernetes.rego", "network.rego", "reading.rego", "secrets.rego"
        ),
        schemas: &[],
    },
    Shipped {
        name: "agentweave-observability",
        modules: files!("agentweave-observability": "guidance.rego", "observability.rego", "reading.rego"),
        schemas: files!("agentweave-observability": "prometheusrule.jsonschema", "rules.jsonschema"),
    },
    Shipped {
        name: "agentweave-opa",
        modules: files!("agentweave-opa": "guidance.rego", "opa.rego", "reading.rego"),
        schemas: files!("agentweave-opa": "opa.jsonschema"),
    },
    Shipped {
        name: "agentweave-spire",
        modules: files!("agentweave-spire": "guidance.rego", "reading.rego", "spire.rego"),
        schemas: &[],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::SHIPPED;

    /// The files of a pack's folder that belong into it, with their texts.
    fn on_disk(folder: &Path) -> BTreeMap<String, String> {
        let files = fs_err::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let names = files.filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().into_owned();
            let kind = path.extension().unwrap_or_default();
            let belongs =
                (kind == "rego" && !name.ends_with("_test.rego")) || kind == "jsonschema" || kind == "json";
            belongs.then(|| (name, fs_err::read_to_string(&path).expect("a text")))
        });
        names.collect()
    }

    #[test]
    fn every_pack_is_shipped_as_it_lies_in_its_folder() {
        let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
        let mut folders: Vec<String> = fs_err::read_dir(&policies)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with("agentweave-"))
            .collect();
        folders.sort();
        assert_eq!(folders, SHIPPED.iter().map(|pack| pack.name).collect::<Vec<_>>());
        for pack in SHIPPED {
            let shipped = pack.modules.iter().chain(pack.schemas);
            let shipped: BTreeMap<String, String> =
                shipped.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            assert_eq!(shipped, on_disk(&policies.join(pack.name)), "{}", pack.name);
        }
    }
}
