//! Publishing to a registry, Debian's docker-registry, from which OPA downloads.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::blocking::Client;

use crate::bundles;
use crate::cut;
use crate::kill::{Place, at_many_moments};
use crate::peer::{self, Peer};
use crate::run::{finish, finish_with, publish, publish_once};

/// `publisher` with the password `open sesame`, hashed with bcrypt.
const USERS: &str = "publisher:$2b$04$Lf5cuWT.4gVDUU5nImduKuoouFsHflj8mdmIEJHu7P8JvQ3NXWab.\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Users {
    Anybody,
    Known,
}

fn registry(folder: &Path, users: Users) -> Result<Option<Peer>> {
    let Some(program) = peer::program("docker-registry")? else { return Ok(None) };
    fs_err::write(folder.join("users"), USERS)?;
    let (configuration, folder) = (folder.join("registry.yml"), folder.display().to_string());
    let auth = match users {
        Users::Anybody => String::new(),
        Users::Known => format!("auth: {{htpasswd: {{realm: here, path: {folder}/users}}}}\n"),
    };
    let peer = Peer::start(|address| {
        let text = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/registry}}}}\nhttp: {{addr: {address}}}\n{auth}"
        );
        // It is read again from the start; a file that can't be written shows itself as a server that does not start.
        let _ = fs_err::write(&configuration, text);
        let mut command = Command::new(&program);
        command.arg("serve").arg(&configuration);
        command
    });
    peer.map(Some)
}

/// What a tag names.
fn manifest(registry: &Peer, tag: &str) -> Result<serde_json::Value> {
    let request = Client::new().get(format!("{}/v2/team/authz/manifests/{tag}", registry.url()));
    let answer =
        request.header("Accept", "application/vnd.oci.image.manifest.v1+json").send()?.error_for_status()?;
    Ok(serde_json::from_slice(&answer.bytes()?)?)
}

/// The bundle that a tag names.
fn served(registry: &Peer, tag: &str) -> Result<Vec<u8>> {
    let manifest = manifest(registry, tag)?;
    let digest =
        manifest.pointer("/layers/0/digest").and_then(serde_json::Value::as_str).context("a digest")?;
    let answer = Client::new().get(format!("{}/v2/team/authz/blobs/{digest}", registry.url())).send()?;
    Ok(answer.error_for_status()?.bytes()?.to_vec())
}

#[test]
fn opa_downloads_what_was_pushed_and_answers_from_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(registry) = registry(folder.path(), Users::Anybody)? else { return Ok(()) };
    let Some(opa) = peer::program("opa")? else { return Ok(()) };
    let reference = format!("{}/team/authz:stable", registry.address);
    let destination = format!("oci://{reference}");
    // Larger than one part of an upload.
    let bundles = [bundles::write(folder.path(), "r1", 12 << 20)?, bundles::write(folder.path(), "r2", 0)?];
    let url = format!("services.registry.url={}", registry.url());
    let resource = format!("bundles.authz.resource={reference}");
    let settings = [
        "--set",
        &url,
        "--set",
        "services.registry.type=oci",
        "--set",
        "bundles.authz.service=registry",
        "--set",
        &resource,
    ];
    for (bundle, revision) in bundles.iter().zip(["r1", "r2"]) {
        let dry = finish_with(publish(bundle, &destination, &[]), &["-n"])?;
        let pushed = finish(&mut publish(bundle, &destination, &[]))?;
        ensure!(pushed.digest()? == dry.digest()?, "a dry run says another digest");
        ensure!(pushed.stderr == format!("published revision `{revision}` to {reference}\n"), "{pushed:?}");
        let manifest = manifest(&registry, pushed.digest()?)?;
        ensure!(manifest["annotations"]["org.opencontainers.image.revision"] == revision, "{manifest}");
        ensure!(served(&registry, "stable")? == fs_err::read(bundle)?, "another bundle was pushed");
        let answer = ask_opa(&opa, peer::free_address()?, &settings, folder.path())?;
        ensure!(answer == revision, "OPA answers {answer}");
        let again = finish(&mut publish(bundle, &destination, &[]))?;
        ensure!(again.stderr == format!("{reference} has revision `{revision}` already\n"), "{again:?}");
    }
    let other = bundles::write(folder.path(), "r2", 9)?;
    let answer = finish(&mut publish(&other, &destination, &[]))?;
    ensure!(answer.code == Some(2) && answer.stderr.contains("with other content"), "{answer:?}");
    let dated =
        finish_with(publish(&other, &destination, &[]), &["--force", "--created", "2026-01-02T03:04:05Z"])?;
    let manifest = manifest(&registry, dated.digest()?)?;
    ensure!(
        manifest["annotations"]["org.opencontainers.image.created"] == "2026-01-02T03:04:05Z",
        "{manifest}"
    );
    Ok(())
}

#[test]
fn a_tag_names_the_previous_bundle_or_the_new_one_when_a_publisher_is_killed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(registry) = registry(folder.path(), Users::Anybody)? else { return Ok(()) };
    let destination = format!("oci://{}/team/authz:stable", registry.address);
    let (a, b) = (bundles::write(folder.path(), "a", 1 << 20)?, bundles::write(folder.path(), "b", 1 << 20)?);
    let place = Place {
        publish: &|bundle| publish(bundle, &destination, &[]),
        served: &|| served(&registry, "stable"),
    };
    at_many_moments(&place, [&a, &b], 40)
}

#[test]
fn a_tag_names_the_previous_bundle_or_the_new_one_when_the_line_is_cut_after_any_request() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(registry) = registry(folder.path(), Users::Anybody)? else { return Ok(()) };
    let place = cut::Place {
        publish: &|bundle, address| publish_once(bundle, &format!("oci://{address}/team/authz:stable"), &[]),
        server: registry.address,
        served: &|| served(&registry, "stable"),
    };
    cut::after_each_request(&place, folder.path())
}

#[test]
fn a_registry_with_users_lets_those_in_who_say_the_password() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(registry) = registry(folder.path(), Users::Known)? else { return Ok(()) };
    let bundle = bundles::write(folder.path(), "r1", 0)?;
    let destination = |tag: &str| format!("oci://{}/team/authz:{tag}", registry.address);
    let password = folder.path().join("password");
    fs_err::write(&password, "open sesame\n")?;
    let password = password.display().to_string();
    let said = ["--username", "publisher", "--password-file", &password];
    finish_with(publish(&bundle, &destination("said"), &[]), &said)?.digest()?;
    let environment = [("PORTCULLIS_USERNAME", "publisher"), ("PORTCULLIS_PASSWORD", "open sesame")];
    finish(&mut publish(&bundle, &destination("environment"), &environment))?.digest()?;
    // `publisher:open sesame` in base64.
    let config = format!(
        "{{\"auths\": {{\"{}\": {{\"auth\": \"cHVibGlzaGVyOm9wZW4gc2VzYW1l\"}}}}}}",
        registry.address
    );
    fs_err::write(folder.path().join("config.json"), config)?;
    let docker = folder.path().display().to_string();
    finish(&mut publish(&bundle, &destination("docker"), &[("DOCKER_CONFIG", &docker)]))?.digest()?;
    for environment in
        [vec![], vec![("PORTCULLIS_USERNAME", "publisher"), ("PORTCULLIS_PASSWORD", "sesame open")]]
    {
        let answer = finish(&mut publish(&bundle, &destination("wrong"), &environment))?;
        ensure!(answer.code == Some(2) && answer.stderr.contains("hint: give --username"), "{answer:?}");
        ensure!(!answer.stderr.contains("trying again") && !answer.stderr.contains("sesame"), "{answer:?}");
    }
    Ok(())
}

/// What OPA answers to `data.published.answer`, once it has loaded its bundle.
pub(crate) fn ask_opa(opa: &Path, address: SocketAddr, settings: &[&str], folder: &Path) -> Result<String> {
    let mut command = Command::new(opa);
    command.args(["run", "--server", "--addr", &address.to_string(), "--log-level", "error"]).args(settings);
    command.env("TMPDIR", folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn()?;
    let start = Instant::now();
    let url = format!("http://{address}/v1/data/published/answer");
    let answer = loop {
        let answer = Client::new().get(&url).send().and_then(reqwest::blocking::Response::text);
        let answer = answer.ok().and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        if let Some(answer) = answer.as_ref().and_then(|answer| answer["result"].as_str()) {
            break Ok(answer.to_owned());
        }
        if start.elapsed() > Duration::from_secs(30) {
            break Err(anyhow::anyhow!("OPA does not load the bundle: {answer:?}"));
        }
        thread::sleep(Duration::from_millis(50));
    };
    process.kill()?;
    process.wait()?;
    answer
}
