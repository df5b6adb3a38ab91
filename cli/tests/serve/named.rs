//! What `--policy` names: bundles with roots of their own beside OPA, and files that are read again when they change.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::blocking::Client;
use serde_json::Value;

use crate::archive::{archive, put};
use crate::opa::Opa;
use crate::server::{PATIENCE, Server};

/// Method, path and body of requests, in their order.
const REQUESTS: &[(&str, &str, &str)] = &[
    ("GET", "/v1/data", ""),
    ("GET", "/v1/data/system/bundles", ""),
    ("POST", "/v1/data/p/a", "{}"),
    ("POST", "/v1/data/p/a?provenance", "{\"input\": 1}"),
    ("POST", "/v1/data/p/both", "{\"input\": {\"k\": 1}}"),
    ("PUT", "/v1/data/d/x", "2"),
    ("PUT", "/v1/data/z", "2"),
    ("PUT", "/v1/data", "{}"),
    ("PUT", "/v1/policies/new", "package p.sub\n\nx := 1"),
    ("PUT", "/v1/policies/new", "package z2\n\nx := data.d.x"),
    ("DELETE", "/v1/policies/one%2Fone%2Fp.rego", ""),
    ("DELETE", "/v1/policies/p.rego", ""),
    ("GET", "/v1/data", ""),
];

fn write(path: &Path, text: &str) -> Result<()> {
    fs_err::create_dir_all(path.parent().context("a folder")?)?;
    Ok(fs_err::write(path, text)?)
}

fn ask(client: &Client, url: &str, (method, path, body): (&str, &str, &str)) -> Result<(u16, Value)> {
    let answer = client.request(method.parse()?, format!("{url}{path}")).body(body.to_owned()).send()?;
    let status = answer.status().as_u16();
    let mut value: Value = serde_json::from_slice(&answer.bytes()?).unwrap_or_default();
    // What is left out here of errors is told in the documentation.
    for error in value["errors"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        error.remove("stack_trace");
    }
    Ok((status, value))
}

/// A folder and an archive that are bundles, and a file that belongs to neither.
fn bundles(folder: &Path) -> Result<()> {
    write(&folder.join("one/.manifest"), r#"{"revision": "r1", "roots": ["d", "p"]}"#)?;
    write(&folder.join("one/d/data.json"), r#"{"x": 1}"#)?;
    write(&folder.join("one/d/other.json"), r#"{"y": "not read, as it is no data.json"}"#)?;
    write(
        &folder.join("one/sub/p.rego"),
        "package p\n\na := data.d.x + data.e.y\n\nboth := 1 if input.k\n\nboth := 2 if input.k\n",
    )?;
    let manifest = r#"{"revision": "r2", "roots": ["e", "q"], "metadata": {"m": [1]}}"#;
    put(
        &folder.join("two.tar.gz"),
        &archive(&[
            ("/.manifest", manifest),
            ("/data.json", r#"{"e": {"y": 41}}"#),
            ("/q.rego", "package q\n\nb := 1\n"),
        ])?,
    )
}

#[test]
fn bundles_that_are_named_own_what_their_roots_say_as_in_opa() -> Result<()> {
    let folder = tempfile::tempdir()?;
    bundles(folder.path())?;
    let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
    for paths in [["one", "two.tar.gz"], ["./one/", "./two.tar.gz"], ["two.tar.gz", "one"]] {
        let mut arguments = vec!["--access-log", "off", "-b", "--insecure-skip-verify", "--policy"];
        arguments.extend(paths);
        let server = Server::deciding(folder.path(), &arguments)?;
        let opa = Opa::deciding(folder.path(), &[&["-b"][..], &paths].concat())?;
        let mut statuses = Vec::new();
        for request in REQUESTS {
            let ours = ask(&client, &server.url, *request)?;
            statuses.push(ours.0);
            let Some(opa) = &opa else { continue };
            let theirs = ask(&client, &format!("http://{}", opa.authority()), *request)?;
            ensure!(ours == theirs, "{paths:?} {request:?}:\n{ours:?}\n{theirs:?}");
        }
        ensure!(
            statuses == [200, 200, 200, 200, 500, 400, 204, 400, 400, 200, 400, 404, 200]
                || statuses == [200, 200, 200, 200, 500, 400, 204, 400, 400, 200, 404, 404, 200],
            "{statuses:?}"
        );
    }
    Ok(())
}

#[test]
fn bundles_whose_roots_overlap_and_archives_that_nobody_vouches_for_are_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    bundles(folder.path())?;
    write(&folder.path().join("all/r.rego"), "package r\n")?;
    for (arguments, part) in [
        (&["one", "all", "--insecure-skip-verify"][..], "overlapping roots"),
        (&["two.tar.gz"][..], "--verification-key"),
        (&["absent"][..], "no such file"),
    ] {
        let mut command = crate::server::command();
        command.current_dir(folder.path()).args(["serve", "-a", "127.0.0.1:0", "-b", "--policy"]);
        let output = command.args(arguments).output()?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.code() == Some(1) && told.contains(part), "{arguments:?}: {told}");
    }
    Ok(())
}

#[test]
fn what_is_watched_is_read_again_and_what_is_wrong_with_it_changes_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    write(&at("policies/deep/p.rego"), "package p\n\nx := 1\n")?;
    write(&at("data.json"), r#"{"n": 1}"#)?;
    let arguments = ["--access-log", "off", "-w", "--policy", "policies", "data.json"];
    let server = Server::deciding(folder.path(), &arguments)?;
    let is = |path: &str, value: i64| {
        server.until(path, &[], |answer| {
            serde_json::from_slice::<Value>(&answer.body).is_ok_and(|body| body["result"] == value)
        })
    };
    is("/v1/data/p/x", 1)?;
    server.client.put(format!("{}/v1/data/pushed", server.url)).body("7").send()?;
    write(&at("policies/deep/p.rego"), "package p\n\nx := 2\n")?;
    is("/v1/data/p/x", 2)?;
    // As editors do it: beside the place, and then into it.
    write(&at("data.json.new"), r#"{"n": 3}"#)?;
    fs_err::rename(at("data.json.new"), at("data.json"))?;
    is("/v1/data/n", 3)?;
    write(&at("policies/new/q.rego"), "package q\n\ny := 4\n")?;
    is("/v1/data/q/y", 4)?;
    write(&at("policies/deep/p.rego"), "package p\n\nx := y\n")?;
    let told = server.event("changed files can't be used, the old ones stay")?;
    ensure!(
        told["what"] == "policies" && told["reason"].as_str().is_some_and(|reason| reason.contains("unsafe")),
        "{told}"
    );
    is("/v1/data/p/x", 2)?;
    fs_err::remove_dir_all(at("policies/new"))?;
    write(&at("policies/deep/p.rego"), "package p\n\nx := 5\n")?;
    is("/v1/data/p/x", 5)?;
    ensure!(server.get("/v1/data/q", &[])?.body.starts_with(b"{}"), "it is gone");
    is("/v1/data/pushed", 7)?;
    // What is read and written without a change is nothing to tell of.
    let before = server.count("files are read again");
    write(&at("policies/deep/p.rego"), "package p\n\nx := 5\n")?;
    write(&at("policies/notes.txt"), "nothing")?;
    std::thread::sleep(Duration::from_millis(800));
    ensure!(server.count("files are read again") == before);
    Ok(())
}

#[test]
fn watched_bundles_are_replaced_as_a_whole() -> Result<()> {
    let folder = tempfile::tempdir()?;
    bundles(folder.path())?;
    let arguments =
        ["--access-log", "off", "-w", "-b", "--insecure-skip-verify", "--policy", "one", "two.tar.gz"];
    let server = Server::deciding(folder.path(), &arguments)?;
    let manifest = r#"{"revision": "r3", "roots": ["e", "q"]}"#;
    let next = archive(&[("/.manifest", manifest), ("/data.json", r#"{"e": {"y": 9}}"#)])?;
    put(&folder.path().join("two.tar.gz"), &next)?;
    server.until("/v1/data/p/a", &[], |answer| answer.body.starts_with(b"{\"result\":10}"))?;
    let bundles: Value = serde_json::from_slice(&server.get("/v1/data/system/bundles", &[])?.body)?;
    ensure!(bundles["result"]["two.tar.gz"]["manifest"]["revision"] == "r3", "{bundles}");
    ensure!(server.get("/v1/data/q/b", &[])?.body.starts_with(b"{}"));
    Ok(())
}
