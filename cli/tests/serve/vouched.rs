//! Clients of servers whose certificate an authority of one's own signed: followers of bundles, decision logs, status, and commands.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::archive::{bundle, put};
use crate::opa::Opa;
use crate::server::{Server, command};
use crate::tls::Authority;

/// Writes certificates and keys: those of a server and a client, and who signed them and did not.
fn write(folder: &Path) -> Result<Authority> {
    let (authority, clients, other) = (Authority::new()?, Authority::new()?, Authority::new()?);
    let [(server, server_key), (client, client_key)] = [authority.issue()?, clients.issue()?];
    for (name, text) in [
        ("ca.crt", &authority.pem()),
        ("clients.crt", &clients.pem()),
        ("other.crt", &other.pem()),
        ("tls.crt", &server),
        ("tls.key", &server_key),
        ("client.crt", &client),
        ("client.key", &client_key),
    ] {
        fs_err::write(folder.join(name), text)?;
    }
    Ok(authority)
}

const TLS: [&str; 4] = ["--tls-cert-file", "tls.crt", "--tls-private-key-file", "tls.key"];

/// A configuration that follows a bundle of a server which asks for certificates.
fn following(url: &str, trust: &str, credentials: &str) -> String {
    format!(
        "services: {{s: {{url: '{url}', {trust}{credentials}}}}}\n\
         bundles: {{p: {{resource: bundles/p, polling: {{min_delay_seconds: 1, max_delay_seconds: 1}}}}}}\n\
         status: {{console: true}}\n"
    )
}

#[test]
fn bundles_come_from_a_server_that_one_authority_vouches_for_and_knows_its_clients() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = write(folder.path())?;
    put(&folder.path().join("bundles/p.tar.gz"), &bundle("r1")?)?;
    fs_err::write(folder.path().join("any.rego"), "package any\n")?;
    let arguments =
        ["--access-log", "off", "--bundles", "bundles", "--insecure-skip-verify", "--policy", "any.rego"];
    let asks = [&arguments[..], &TLS, &["--tls-ca-cert-file", "clients.crt"]].concat();
    let identity = format!(
        "{}{}",
        fs_err::read_to_string(folder.path().join("client.crt"))?,
        fs_err::read_to_string(folder.path().join("client.key"))?
    );
    let client = authority.client()?.identity(reqwest::tls::Identity::from_pem(identity.as_bytes())?);
    let source = Server::deciding_for(folder.path(), &asks, client)?;
    let (ca, shows) = (
        "tls: {ca_cert: ca.crt}, ",
        "credentials: {client_tls: {cert: client.crt, private_key: client.key}}",
    );
    // Who vouches, what the client shows, and what is wrong with that.
    for (trust, credentials, wrong) in [
        (ca, shows, None),
        ("allow_insecure_tls: true, ", shows, None),
        ("", shows, Some("invalid peer certificate")),
        ("tls: {ca_cert: other.crt}, ", shows, Some("invalid peer certificate")),
        (ca, "", Some("CertificateRequired")),
    ] {
        let configuration = following(&source.url, trust, credentials);
        fs_err::write(folder.path().join("client.yaml"), &configuration)?;
        let arguments = ["--access-log", "off", "-c", "client.yaml"];
        let server = Server::deciding(folder.path(), &arguments)?;
        let opa = Opa::start_with(folder.path(), &configuration, &[])?;
        match wrong {
            None => {
                server.until("/v1/data/p/revision", &[], |answer| {
                    answer.body.starts_with(b"{\"result\":\"r1\"}")
                })?;
                if let Some(opa) = &opa {
                    opa.until("p/revision", "r1")?;
                }
            }
            Some(wrong) => {
                let told = server.event("a bundle can't be brought up to date")?;
                ensure!(told["error"].as_str().is_some_and(|error| error.contains(wrong)), "{wrong}: {told}");
                if opa.is_some() {
                    Opa::until_log(folder.path(), "tls: ")?;
                }
            }
        }
    }
    Ok(())
}

#[test]
fn decisions_and_status_go_to_a_server_that_one_authority_vouches_for() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = write(folder.path())?;
    // It takes logs as questions, and tells what it was asked.
    fs_err::write(folder.path().join("took.rego"), "package took\n\nlogs := true\n\nstatus := true\n")?;
    let arguments =
        ["--access-log", "off", "--policy", "took.rego", "--decision-log", "console?include_payloads=true"];
    let receiver =
        Server::deciding_for(folder.path(), &[&arguments[..], &TLS].concat(), authority.client()?)?;
    let start = |trust: &str| -> Result<Server> {
        let configuration = format!(
            "services: {{s: {{url: '{}/v0/data/took', tls: {{ca_cert: {trust}}}}}}}\nstatus: {{}}\n\
             decision_logs: {{reporting: {{min_delay_seconds: 1, max_delay_seconds: 1}}}}\n",
            receiver.url
        );
        fs_err::write(folder.path().join("client.yaml"), configuration)?;
        let server = Server::deciding(
            folder.path(),
            &["--access-log", "off", "-c", "client.yaml", "--policy", "took.rego"],
        )?;
        let asked = server.client.post(format!("{}/v1/data/took/logs", server.url));
        asked.body(format!("{{\"input\": \"asked with {trust}\"}}")).send()?;
        Ok(server)
    };
    let refused = start("other.crt")?;
    for event in ["the status can't be sent", "decisions can't be written"] {
        let told = refused.event(event)?;
        ensure!(told.to_string().contains("invalid peer certificate"), "{told}");
    }
    let _trusting = start("ca.crt")?;
    let told =
        |path: &str| receiver.line(&|line: &Value| line["msg"] == "Decision Log" && line["path"] == path);
    let log = told("took/logs")?;
    ensure!(log["input"][0]["input"] == "asked with ca.crt", "{log}");
    let status = told("took/status")?;
    ensure!(status["input"]["plugins"]["status"]["state"] == "OK", "{status}");
    Ok(())
}

#[test]
fn commands_ask_a_server_that_the_file_of_authorities_vouches_for() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = write(folder.path())?;
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/agentweave").display().to_string();
    let arguments = [&["--access-log", "off", "--policy", &*shipped][..], &TLS].concat();
    let server = Server::deciding_for(folder.path(), &arguments, authority.client()?)?;
    let agent = |name: &str| format!("spiffe://agentweave.example/agent/{name}/production");
    let run = |arguments: &[&str]| -> Result<(Option<i32>, String)> {
        let mut command = command();
        command.current_dir(folder.path()).args(arguments).stdout(std::process::Stdio::piped());
        let output = command.args(["--server", &server.url]).output()?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.code(), String::from_utf8(said).context("a text")?))
    };
    let (ledger, notifier) = (agent("ledger"), agent("notifier"));
    let check = ["authz", "check", "--caller", &*ledger, "--callee", &*notifier, "--action", "notify"];
    let (code, said) = run(&[&check[..], &["--ca-file", "ca.crt"]].concat())?;
    ensure!(code == Some(0) && said.starts_with("ALLOWED"), "{code:?} {said}");
    for wrong in [&["--ca-file", "other.crt"][..], &[]] {
        let (code, said) = run(&[&check[..], wrong].concat())?;
        ensure!(
            code == Some(2) && said.contains("invalid peer certificate") && !said.contains("ALLOWED"),
            "{code:?} {said}"
        );
    }
    let (code, said) = run(&["revoke", &ledger, "--ca-file", "other.crt"])?;
    ensure!(code == Some(2) && said.contains("invalid peer certificate"), "{code:?} {said}");
    let (code, said) = run(&["revoke", &ledger, "--ca-file", "ca.crt"])?;
    ensure!(code == Some(0) && said.contains("is banned"), "{code:?} {said}");
    let (code, said) = run(&[&check[..], &["--ca-file", "ca.crt"]].concat())?;
    ensure!(code == Some(1) && said.starts_with("DENIED"), "{code:?} {said}");
    Ok(())
}
