//! Bearer tokens.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::archive::{bundle, put};
use crate::server::Server;

const TOKENS: &str = r#"
[[tokens]]
name = "edge"
token = "a-token-of-the-edge"
bundles = ["authz", "team/*"]

[[tokens]]
name = "operations"
# The SHA-256 of `the-token-of-operations`.
sha256 = "DIGEST"
bundles = ["**"]
metrics = true
"#;

fn started() -> Result<(tempfile::TempDir, PathBuf, Server)> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join("bundles").join(name);
    for name in ["authz.tar.gz", "team/a.tar.gz", "other.tar.gz"] {
        put(&at(name), &bundle("r1")?)?;
    }
    let tokens = folder.path().join("tokens.toml");
    fs_err::write(&tokens, TOKENS.replace("DIGEST", &digest("the-token-of-operations")?))?;
    let arguments = ["--token-file", tokens.to_str().context("a name")?];
    let server = Server::start(&folder.path().join("bundles"), &arguments)?;
    Ok((folder, tokens, server))
}

fn digest(text: &str) -> Result<String> {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    let mut child = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().context("its input")?.write_all(text.as_bytes())?;
    let output = String::from_utf8(child.wait_with_output()?.stdout)?;
    Ok(output.split(' ').next().context("a digest")?.to_owned())
}

const EDGE: Option<&str> = Some("Bearer a-token-of-the-edge");
const OPERATIONS: Option<&str> = Some("bearer the-token-of-operations");
const WRONG: Option<&str> = Some("Bearer a-token-of-the-edgf");

#[test]
fn a_token_is_good_for_its_bundles_only() -> Result<()> {
    let (_folder, _, server) = started()?;
    for (path, token, status) in [
        ("/bundles/authz", None, 401),
        ("/bundles/authz", WRONG, 401),
        ("/bundles/authz", Some("Basic YTpi"), 401),
        ("/bundles/authz", EDGE, 200),
        ("/bundles/team/a", EDGE, 200),
        ("/bundles/authz/bundle.tar.gz", EDGE, 200),
        ("/bundles/other", EDGE, 403),
        // Whether there is such a bundle is nobody's business.
        ("/bundles/missing", EDGE, 403),
        ("/bundles/team/missing", EDGE, 404),
        ("/bundles/missing", None, 401),
        ("/bundles/a%2Fb", None, 401),
        ("/bundles/other", OPERATIONS, 200),
        ("/metrics", None, 401),
        ("/metrics", EDGE, 403),
        ("/metrics", OPERATIONS, 200),
        ("/health", None, 200),
    ] {
        let headers: Vec<_> = token.map(|token| ("authorization", token)).into_iter().collect();
        let answer = server.get(path, &headers)?;
        ensure!(answer.status == status, "{path} with {token:?}: {answer:?}");
        let challenge = match status {
            401 if token == WRONG => "Bearer realm=\"portcullis\", error=\"invalid_token\"",
            401 => "Bearer realm=\"portcullis\"",
            403 => "Bearer realm=\"portcullis\", error=\"insufficient_scope\"",
            _ => "",
        };
        ensure!(answer.header("www-authenticate") == challenge, "{path} with {token:?}: {answer:?}");
    }
    let line = server.line(&|line| line["token"] == "operations")?;
    ensure!(line["bundle"] == "other" && !line.to_string().contains("the-token"), "{line}");
    Ok(())
}

#[test]
fn tokens_can_be_changed_while_the_server_runs() -> Result<()> {
    let (_folder, tokens, server) = started()?;
    let edge = [("authorization", "Bearer a-token-of-the-edge")];
    let next = [("authorization", "Bearer the-next-token-of-the-edge")];
    ensure!(server.get("/bundles/authz", &edge)?.status == 200);
    let new = TOKENS
        .replace("a-token-of-the-edge", "the-next-token-of-the-edge")
        .replace("DIGEST", &"0".repeat(64));
    fs_err::write(&tokens, &new)?;
    server.until("/bundles/authz", &next, |answer| answer.status == 200)?;
    ensure!(server.get("/bundles/authz", &edge)?.status == 401);
    // What can't be read changes nothing, and is told without the secret.
    fs_err::write(&tokens, new.replace("bundles", "bundels"))?;
    let told = server.event("changed files can't be used, the old ones stay")?;
    ensure!(told["reason"].as_str().is_some_and(|text| text.contains("unknown field `bundels`")), "{told}");
    ensure!(server.get("/bundles/authz", &next)?.status == 200);
    Ok(())
}

#[test]
fn who_waits_gets_nothing_once_its_token_is_taken_back() -> Result<()> {
    let (folder, tokens, server) = started()?;
    let edge = ("authorization", "Bearer a-token-of-the-edge");
    let etag = server.get("/bundles/authz", &[edge])?.header("etag").to_owned();
    let operations = [("authorization", "Bearer the-token-of-operations")];
    let answer = std::thread::scope(|scope| {
        let headers = [edge, ("if-none-match", &etag), ("prefer", "wait=25")];
        let asked = scope.spawn({
            let server = &server;
            move || server.get("/bundles/authz", &headers)
        });
        server.until("/metrics", &operations, |answer| {
            String::from_utf8_lossy(&answer.body).contains("portcullis_long_polls{bundle=\"authz\"} 1")
        })?;
        let new = TOKENS.replace("a-token-of-the-edge", "another-token-of-the-edge");
        fs_err::write(&tokens, new.replace("DIGEST", &digest("the-token-of-operations")?))?;
        server.event("files are read again")?;
        put(&folder.path().join("bundles/authz.tar.gz"), &bundle("r2")?)?;
        asked.join().map_err(|_| anyhow::anyhow!("the client panicked"))?
    })?;
    ensure!(answer.status == 401, "{answer:?}");
    Ok(())
}

#[test]
fn where_a_policy_authorizes_it_is_asked_about_bundles_too() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    for name in ["bundles/authz.tar.gz", "bundles/other.tar.gz"] {
        put(&at(name), &bundle("r1")?)?;
    }
    let policy = "package system.authz\n\ndefault allow := false\n\nallow if {\n\tinput.path == [\"bundles\", \"authz\"]\n\t\
                  input.method in {\"GET\", \"HEAD\"}\n\tinput.identity == \"the-reader-of-bundles\"\n}\n";
    fs_err::write(at("authz.rego"), policy)?;
    let [policy, tokens] = ["authz.rego", "tokens.toml"].map(|name| at(name).display().to_string());
    let arguments = [
        "--policy",
        &*policy,
        "--authentication",
        "token",
        "--authorization",
        "basic",
        "--access-log",
        "off",
    ];
    let reader = ("authorization", "Bearer the-reader-of-bundles");
    let other = ("authorization", "Bearer the-token-of-operations");
    let server = Server::start(&at("bundles"), &arguments)?;
    let asked = |server: &Server, method: &str, path: &str, headers: &[(&str, &str)]| -> Result<u16> {
        Ok(server.ask(method, path, headers)?.status)
    };
    ensure!(asked(&server, "GET", "/bundles/authz", &[])? == 401);
    ensure!(asked(&server, "GET", "/bundles/authz", &[other])? == 401);
    let answer = server.get("/bundles/authz", &[reader])?;
    ensure!(answer.status == 200 && answer.body == bundle("r1")?);
    let etag = answer.header("etag").to_owned();
    ensure!(asked(&server, "GET", "/bundles/authz", &[reader, ("if-none-match", &etag)])? == 304);
    ensure!(asked(&server, "GET", "/bundles/authz", &[("if-none-match", &etag)])? == 401);
    ensure!(asked(&server, "HEAD", "/bundles/authz", &[reader])? == 200);
    for path in
        ["/bundles/other", "/bundles/authz.tar.gz", "/bundles/%61uthz/", "//bundles/authz", "/v1/data"]
    {
        ensure!(asked(&server, "GET", path, &[reader])? == 401, "{path}");
    }
    // Both have to agree where there are tokens too.
    fs_err::write(&tokens, TOKENS.replace("DIGEST", &digest("the-token-of-operations")?))?;
    let server = Server::start(&at("bundles"), &[&arguments[..], &["--token-file", &*tokens]].concat())?;
    ensure!(asked(&server, "GET", "/bundles/authz", &[other])? == 401, "the policy says no");
    ensure!(asked(&server, "GET", "/bundles/authz", &[reader])? == 401, "the token is not known");
    Ok(())
}

#[test]
fn authorization_without_anything_that_decides_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = crate::server::command();
    command.current_dir(folder.path()).args(["serve", "--bundles", ".", "--insecure-skip-verify"]);
    let output = command.args(["--authorization", "basic"]).output()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1) && told.contains("nothing decides who may ask"), "{told}");
    Ok(())
}
