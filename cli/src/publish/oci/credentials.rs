//! Who we are to a registry: as said on the command line, else as `docker login` left it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use data_encoding::BASE64;
use oci_client::secrets::RegistryAuth;
use serde::Deserialize;

use super::super::{Access, PublishError};

/// The credentials for a registry; none if nobody said any.
///
/// # Errors
/// When those that were said are not whole.
pub(super) fn find(host: &str, access: &Access) -> Result<RegistryAuth, PublishError> {
    match (&access.username, &access.password, &access.token) {
        (Some(username), Some(password), _) => Ok(RegistryAuth::Basic(username.clone(), password.clone())),
        (None, None, Some(token)) => Ok(RegistryAuth::Bearer(token.clone())),
        (None, None, None) => Ok(of_docker(host).unwrap_or(RegistryAuth::Anonymous)),
        _ => Err(PublishError::new("a username and a password go together")
            .with_help("give both: --username and --password-file, or their variables of the environment")),
    }
}

/// What is in Docker's configuration, if it can be read. Programs that hold credentials are not run.
fn of_docker(host: &str) -> Option<RegistryAuth> {
    let folder = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    let folder = folder.or_else(|| Some(std::env::home_dir()?.join(".docker")))?;
    in_config(&fs_err::read(folder.join("config.json")).ok()?, host)
}

fn in_config(config: &[u8], host: &str) -> Option<RegistryAuth> {
    let config: Config = serde_json::from_slice(config).ok()?;
    let names = [host, if host == "docker.io" { "https://index.docker.io/v1/" } else { host }];
    let entry = names.into_iter().find_map(|name| config.auths.get(name))?;
    let decoded = BASE64.decode(entry.auth.as_bytes()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (username, password) = text.split_once(':')?;
    Some(RegistryAuth::Basic(username.to_owned(), password.to_owned()))
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    auth: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(username: Option<&str>, password: Option<&str>, token: Option<&str>) -> Access {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Access {
            username: owned(username),
            password: owned(password),
            token: owned(token),
            headers: Vec::new(),
        }
    }

    #[test]
    fn what_is_said_wins_and_has_to_be_whole() {
        let basic = RegistryAuth::Basic("u".to_owned(), "p".to_owned());
        assert_eq!(find("h", &access(Some("u"), Some("p"), Some("t"))), Ok(basic));
        assert_eq!(find("h", &access(None, None, Some("t"))), Ok(RegistryAuth::Bearer("t".to_owned())));
        assert!(find("h", &access(Some("u"), None, None)).is_err());
        assert!(find("h", &access(None, Some("p"), None)).is_err());
    }

    #[test]
    fn docker_s_configuration_is_read_as_far_as_it_is_simple() {
        let config =
            br#"{"auths": {"ghcr.io": {"auth": "dTpwOnE="}, "helped.io": {}}, "credsStore": "desktop"}"#;
        let found = RegistryAuth::Basic("u".to_owned(), "p:q".to_owned());
        assert_eq!(in_config(config, "ghcr.io"), Some(found));
        assert_eq!(in_config(config, "helped.io"), None);
        assert_eq!(in_config(config, "other.io"), None);
        assert_eq!(in_config(b"{", "ghcr.io"), None);
    }
}
