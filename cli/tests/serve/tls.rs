//! TLS: versions, certificates of clients, and certificates that change.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use reqwest::blocking::{Client, ClientBuilder};
use reqwest::tls::{Certificate, Identity, Version};

use crate::archive::{bundle, put};
use crate::server::{Answer, PATIENCE, Server};

/// Who signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// Its own certificate in PEM.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for this machine and its key.
    pub(crate) fn issue(&self) -> Result<(String, String)> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?;
        Ok((params.signed_by(&key, &self.0)?.pem(), key.serialize_pem()))
    }

    /// A client that trusts nobody else.
    pub(crate) fn client(&self) -> Result<ClientBuilder> {
        Ok(Client::builder().tls_certs_only([Certificate::from_pem(self.0.pem().as_bytes())?]))
    }
}

/// The URIs and the name in the certificate of a client, and how it is answered.
type ClientCase<'c> = (&'c [&'c str], &'c [(DnType, &'c str)], u16);

/// Writes a certificate and its key, and starts a server with them.
fn started(folder: &Path, authority: &Authority, more: &[&str]) -> Result<Server> {
    put(&folder.join("bundles/authz.tar.gz"), &bundle("r1")?)?;
    write(folder, authority)?;
    let [certificate, key] = ["tls.crt", "tls.key"].map(|name| folder.join(name).display().to_string());
    let mut arguments = vec!["--tls-cert-file", &certificate, "--tls-private-key-file", &key];
    arguments.extend(more);
    Server::start_as("127.0.0.1:0", &folder.join("bundles"), &arguments, authority.client()?)
}

fn write(folder: &Path, authority: &Authority) -> Result<()> {
    let (certificate, key) = authority.issue()?;
    fs_err::write(folder.join("tls.key"), key)?;
    Ok(fs_err::write(folder.join("tls.crt"), certificate)?)
}

fn get(server: &Server, client: ClientBuilder) -> Result<Answer> {
    let client = client.no_proxy().timeout(PATIENCE).build()?;
    Answer::of(client.get(format!("{}/bundles/authz", server.url)).send()?)
}

#[test]
fn only_the_newest_version_is_spoken_unless_an_older_one_is_allowed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::new()?;
    let old = || Ok::<_, anyhow::Error>(authority.client()?.tls_version_max(Version::TLS_1_2));
    let strict = started(folder.path(), &authority, &[])?;
    ensure!(strict.url.starts_with("https://"), "{}", strict.url);
    ensure!(strict.get("/bundles/authz", &[])?.body == bundle("r1")?);
    let refused = get(&strict, old()?).map(|answer| answer.status);
    ensure!(refused.is_err(), "{refused:?}");
    let lax = started(folder.path(), &authority, &["--min-tls-version", "1.2"])?;
    ensure!(get(&lax, old()?)?.status == 200);
    ensure!(lax.get("/bundles/authz", &[])?.status == 200);
    Ok(())
}

#[test]
fn where_an_authority_is_named_clients_show_a_certificate_of_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (authority, clients, others) = (Authority::new()?, Authority::new()?, Authority::new()?);
    let named = folder.path().join("clients.crt");
    fs_err::write(&named, clients.0.pem())?;
    let server =
        started(folder.path(), &authority, &["--tls-ca-cert-file", named.to_str().context("a name")?])?;
    let with = |issuer: &Authority| -> Result<ClientBuilder> {
        let (certificate, key) = issuer.issue()?;
        Ok(authority.client()?.identity(Identity::from_pem(format!("{certificate}{key}").as_bytes())?))
    };
    ensure!(get(&server, with(&clients)?)?.status == 200);
    for client in [with(&others)?, authority.client()?] {
        let refused = get(&server, client).map(|answer| answer.status);
        ensure!(refused.is_err(), "{refused:?}");
    }
    Ok(())
}

#[test]
fn a_policy_authorizes_clients_by_the_identity_in_their_certificate() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (authority, clients) = (Authority::new()?, Authority::new()?);
    let [named, policy] = ["clients.crt", "authz.rego"].map(|name| folder.path().join(name));
    fs_err::write(&named, clients.0.pem())?;
    fs_err::write(
        &policy,
        "package system.authz\n\ndefault allow := false\n\nallow if input.spiffe_id == \"spiffe://home.example/agent/a/production\"\n\n\
         allow if input.identity == \"CN=ops,O=home\"\n",
    )?;
    let [named, policy] = [&named, &policy].map(|path| path.display().to_string());
    let arguments = [
        "--tls-ca-cert-file",
        &named,
        "--policy",
        &policy,
        "--authentication",
        "tls",
        "--authorization",
        "basic",
    ];
    let with = |ids: &[&str], names: &[(DnType, &str)]| -> Result<ClientBuilder> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = DistinguishedName::new();
        for (kind, name) in names {
            params.distinguished_name.push(kind.clone(), *name);
        }
        for id in ids {
            params.subject_alt_names.push(SanType::URI((*id).try_into()?));
        }
        let certificate = params.signed_by(&key, &clients.0)?.pem();
        let pem = format!("{certificate}{}", key.serialize_pem());
        Ok(authority.client()?.identity(Identity::from_pem(pem.as_bytes())?))
    };
    let server = started(folder.path(), &authority, &arguments)?;
    let known = "spiffe://home.example/agent/a/production";
    let [org, name] = [DnType::OrganizationName, DnType::CommonName];
    let cases: [ClientCase<'_>; 6] = [
        (&[known], &[], 200),
        (&["spiffe://home.example/agent/b/production"], &[], 401),
        // Two identities are none.
        (&[known, "spiffe://home.example/agent/b/production"], &[], 401),
        (&[], &[(org.clone(), "home"), (name.clone(), "ops")], 200),
        (&[], &[(org, "other"), (name.clone(), "ops")], 401),
        (&[], &[(name, "ops,O=home")], 401),
    ];
    for (ids, names, status) in cases {
        let client = with(ids, names)?.no_proxy().timeout(PATIENCE).build()?;
        let answer = client.get(format!("{}/v1/data/nothing", server.url)).send()?;
        ensure!(answer.status().as_u16() == status, "{ids:?} {names:?}: {}", answer.status());
    }
    Ok(())
}

/// A certificate of a client with the names and extensions that such have, that of who signed it, and the key.
fn chain_of_client(root: &Authority) -> Result<String> {
    let middle_key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.distinguished_name.push(DnType::CommonName, "between");
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.signed_by(&middle_key, &root.0)?.pem();
    let middle = Issuer::new(params, middle_key);
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["client.example".to_owned(), "10.0.0.1".to_owned()])?;
    for (kind, name) in [
        (DnType::CountryName, "CH"),
        (DnType::OrganizationName, "Home, \u{e4}gents"),
        (DnType::OrganizationalUnitName, " #1+2"),
        (DnType::CustomDnType(vec![2, 5, 4, 5]), "77"),
        (DnType::LocalityName, "B\u{e4}le"),
        // A user id has no place in Go's names.
        (DnType::CustomDnType(vec![0, 9, 2342, 19_200_300, 100, 1, 1]), "me"),
    ] {
        params.distinguished_name.push(kind, name);
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    for id in ["spiffe://home.example/agent/a/production", "https://home.example/a?b=%20c"] {
        params.subject_alt_names.push(SanType::URI(id.try_into()?));
    }
    Ok(params.signed_by(&key, &middle)?.pem() + &certificate + &key.serialize_pem())
}

#[test]
fn policies_see_the_certificates_of_a_client_as_in_opa() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (authority, clients) = (Authority::new()?, Authority::new()?);
    fs_err::write(folder.path().join("clients.crt"), clients.0.pem())?;
    // The answer has what it sees.
    let policy = "package system.authz\n\nallow := {\"allowed\": false, \"reason\": json.marshal(seen)}\n\n\
                  seen := {\"identity\": input.identity, \"certificates\": input.client_certificates}\n";
    fs_err::write(folder.path().join("authz.rego"), policy)?;
    let named = folder.path().join("clients.crt").display().to_string();
    let authz = folder.path().join("authz.rego").display().to_string();
    let how = ["--tls-ca-cert-file", &*named, "--authentication", "tls", "--authorization", "basic"];
    let server = started(folder.path(), &authority, &[&how[..], &["--policy", &*authz]].concat())?;
    let client = authority.client()?.identity(Identity::from_pem(chain_of_client(&clients)?.as_bytes())?);
    let client = client.no_proxy().timeout(PATIENCE).build()?;
    let seen = |url: &str| -> Result<serde_json::Value> {
        let answer: serde_json::Value =
            serde_json::from_slice(&client.get(format!("{url}/v1/data/x")).send()?.bytes()?)?;
        Ok(serde_json::from_str(answer["message"].as_str().context("a message")?)?)
    };
    let ours = seen(&server.url)?;
    ensure!(ours["certificates"].as_array().is_some_and(|all| all.len() == 2), "{ours}");
    ensure!(ours["certificates"][0]["URIs"][0]["Host"] == "home.example", "{ours:#}");
    let arguments =
        [&["--tls-cert-file", "tls.crt", "--tls-private-key-file", "tls.key"], &how[..], &["authz.rego"]];
    let Some(opa) = crate::opa::Opa::deciding(folder.path(), &arguments.concat())? else { return Ok(()) };
    let theirs = seen(&format!("https://{}", opa.authority()))?;
    for position in 0..2 {
        let fields = theirs["certificates"][position].as_object().context("a certificate")?;
        for (name, expected) in fields {
            let found = &ours["certificates"][position][name];
            ensure!(found == expected, "{position} {name}: {found}\n{expected}");
        }
    }
    ensure!(ours["identity"] == theirs["identity"], "{} {}", ours["identity"], theirs["identity"]);
    ensure!(ours == theirs);
    Ok(())
}

#[test]
fn certificates_are_taken_up_when_their_files_change() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (first, second) = (Authority::new()?, Authority::new()?);
    let server = started(folder.path(), &first, &[])?;
    ensure!(get(&server, second.client()?).is_err());
    write(folder.path(), &second)?;
    let start = std::time::Instant::now();
    while let Err(error) = get(&server, second.client()?) {
        ensure!(start.elapsed() < PATIENCE, "{error:?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    ensure!(get(&server, first.client()?).is_err());
    // The connection from before goes on, and what can't be used changes nothing.
    fs_err::write(folder.path().join("tls.key"), first.issue()?.1)?;
    server.line(&|line| {
        line["event"] == "changed files can't be used, the old ones stay" && line["what"] == "certificates"
    })?;
    ensure!(get(&server, second.client()?)?.status == 200);
    Ok(())
}

#[test]
fn a_signal_makes_certificates_be_read_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::new()?;
    let server = started(folder.path(), &authority, &[])?;
    fs_err::write(folder.path().join("tls.crt"), "nothing")?;
    server.signal("HUP")?;
    server.event("changed files can't be used, the old ones stay")?;
    ensure!(get(&server, authority.client()?)?.status == 200);
    Ok(())
}

#[test]
fn who_does_not_speak_tls_gets_no_answer_and_holds_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = started(folder.path(), &Authority::new()?, &["--header-timeout", "1s"])?;
    let mut plain = crate::raw::Raw::connect(&server)?;
    plain.send("GET /bundles/authz HTTP/1.1\r\nhost: x\r\n\r\n")?;
    ensure!(!String::from_utf8_lossy(&plain.rest()?).contains("HTTP/1.1"));
    let mut silent = crate::raw::Raw::connect(&server)?;
    ensure!(silent.rest()?.is_empty());
    ensure!(server.get("/bundles/authz", &[])?.status == 200);
    Ok(())
}
