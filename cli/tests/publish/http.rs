//! Publishing by `PUT`, to nginx and to a server that misbehaves.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::bundles;
use crate::cut;
use crate::kill::{Place, at_many_moments};
use crate::peer::{self, Peer};
use crate::run::{finish, finish_with, publish, publish_once};
use crate::tiny_server::{Fate, State, start};

#[test]
fn nginx_serves_the_previous_bundle_or_the_new_one_when_a_publisher_is_killed() -> Result<()> {
    let Some(program) = peer::program("nginx")? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let server = nginx(&program, folder.path())?;
    let url = format!("{}/bundles/authz.tar.gz", server.url());
    let (a, b) = (bundles::write(folder.path(), "a", 1 << 20)?, bundles::write(folder.path(), "b", 1 << 20)?);
    let first = finish(&mut publish(&a, &url, &[]))?;
    first.digest()?;
    ensure!(first.stderr == format!("published revision `a` to {url}\n"), "{first:?}");
    let again = finish(&mut publish(&a, &url, &[]))?;
    ensure!(again.stderr == format!("{url} has revision `a` already\n"), "{again:?}");
    let place = Place {
        publish: &|bundle| publish(bundle, &url, &[]),
        served: &|| Ok(reqwest::blocking::get(&url)?.error_for_status()?.bytes()?.to_vec()),
    };
    at_many_moments(&place, [&a, &b], 40)?;
    let place = cut::Place {
        publish: &|bundle, address| {
            publish_once(bundle, &format!("http://{address}/bundles/authz.tar.gz"), &[])
        },
        server: server.address,
        served: place.served,
    };
    cut::after_each_request(&place, folder.path())?;
    // What nginx does not let us write is told.
    let outside = format!("{}/elsewhere/authz.tar.gz", server.url());
    let answer = finish(&mut publish(&a, &outside, &[]))?;
    ensure!(answer.code == Some(2) && answer.stderr.contains("answered 405"), "{answer:?}");
    Ok(())
}

/// One process, which is gone when it is killed; everything that it writes lies in the folder.
fn nginx(program: &Path, folder: &Path) -> Result<Peer> {
    for name in ["html/bundles", "html/elsewhere", "logs", "tmp"] {
        fs_err::create_dir_all(folder.join(name))?;
    }
    let user = if cfg!(unix) { "user root;" } else { "" };
    let server = Peer::start(|address| {
        let configuration = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr; {user} worker_processes 1;
            events {{}}
            http {{
                access_log off; client_max_body_size 1g; root html;
                client_body_temp_path tmp/b; proxy_temp_path tmp/p; fastcgi_temp_path tmp/f;
                uwsgi_temp_path tmp/u; scgi_temp_path tmp/s;
                server {{
                    listen {address};
                    location /bundles/ {{ dav_methods PUT; }}
                }}
            }}"
        );
        // It is read again from the start; a file that can't be written shows itself as a server that does not start.
        let _ = fs_err::write(folder.join("nginx.conf"), configuration);
        let mut command = Command::new(program);
        command.arg("-p").arg(folder).args(["-c", "nginx.conf", "-e", "stderr"]);
        command
    });
    server.context("nginx")
}

#[test]
fn putting_is_conditional_on_what_was_there() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bundle = bundles::write(folder.path(), "r1", 0)?;
    let length = fs_err::read(&bundle)?.len();
    for (content, seen) in [
        (None, vec!["HEAD", "PUT unless *"]),
        (Some(vec![0; 9]), vec!["HEAD", "PUT if \"9\""]),
        // Of the same length, so it has to be looked at.
        (Some(vec![0; length]), vec!["HEAD", "GET", &format!("PUT if \"{length}\"")]),
        (Some(fs_err::read(&bundle)?), vec!["HEAD", "GET"]),
    ] {
        let (address, state) = start(State { content, ..State::default() })?;
        finish(&mut publish(&bundle, &format!("http://{address}/authz"), &[]))?.digest()?;
        let state = state.lock().ok().context("the server panicked")?;
        ensure!(state.seen == seen, "{:?}", state.seen);
        ensure!(state.content == Some(fs_err::read(&bundle)?), "it is not there");
    }
    Ok(())
}

#[test]
fn failures_that_may_pass_are_tried_again_and_others_are_not() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bundle = bundles::write(folder.path(), "r1", 0)?;
    for (fate, code, puts, told) in [
        (vec![Fate::Status(503)], 0, 2, "answered 503 Service Unavailable; trying again in"),
        (vec![Fate::Status(503), Fate::Status(429)], 2, 2, "answered 429 Too Many Requests"),
        // The first attempt came through, so the second finds that nothing is left to do.
        (vec![Fate::Silence], 0, 1, "has revision `r1` already"),
        // Somebody else came first: what is there now is looked at, and replaced.
        (vec![Fate::Overtaken], 0, 2, "published revision `r1`"),
        (vec![Fate::Status(409)], 2, 1, "hint: the folder may be missing on the server"),
        (vec![Fate::Status(403)], 2, 1, "hint: give a token with --token-file"),
        (vec![Fate::Status(307)], 2, 1, "name it: https://elsewhere.example/"),
    ] {
        let (address, state) = start(State { fate: fate.clone(), ..State::default() })?;
        let answer = finish(&mut publish(&bundle, &format!("http://{address}/authz"), &[]))?;
        ensure!(answer.code == Some(code) && answer.stderr.contains(told), "{fate:?}: {answer:?}");
        let state = state.lock().ok().context("the server panicked")?;
        let put = state.seen.iter().filter(|seen| seen.starts_with("PUT")).count();
        ensure!(put == puts, "{fate:?}: {:?}", state.seen);
        ensure!((state.content == Some(fs_err::read(&bundle)?)) == (code == 0), "{fate:?}");
    }
    Ok(())
}

#[test]
fn secrets_go_to_the_server_and_nowhere_else() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bundle = bundles::write(folder.path(), "r1", 0)?;
    let token = folder.path().join("token");
    fs_err::write(&token, "t0ken\n")?;
    let (address, state) = start(State::default())?;
    let url = format!("http://{address}/authz");
    let token = token.display().to_string();
    let arguments = ["--token-file", token.as_str(), "--header", "X-Team: policies"];
    finish_with(publish(&bundle, &url, &[]), &arguments)?.digest()?;
    let has = |line: &str| {
        let state = state.lock().ok().context("the server panicked")?;
        ensure!(state.headers.iter().any(|header| header.eq_ignore_ascii_case(line)), "{:?}", state.headers);
        anyhow::Ok(())
    };
    has("Authorization: Bearer t0ken")?;
    has("X-Team: policies")?;
    has("Content-Type: application/gzip")?;
    let other = bundles::write(folder.path(), "r2", 0)?;
    finish(&mut publish(&other, &url, &[("PORTCULLIS_TOKEN", "of-the-environment")]))?.digest()?;
    has("Authorization: Bearer of-the-environment")?;
    // Where others could listen, nothing is sent at all.
    let answer = finish(&mut publish(&bundle, "http://bundles.example/authz", &[]))?;
    ensure!(answer.code == Some(2) && answer.stderr.contains("would be reached without TLS"), "{answer:?}");
    let answer = finish(&mut publish(&bundle, "https://user:secret@bundles.example/authz", &[]))?;
    ensure!(answer.code == Some(2) && !answer.stderr.contains("secret"), "{answer:?}");
    Ok(())
}
