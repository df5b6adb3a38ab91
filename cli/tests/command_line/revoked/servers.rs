//! Servers that answer nonsense, nothing, or at the wrong moment.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::tiny::{Fate, HANGING, State, parrot, start};
use super::{agent, check, ends, record};
use crate::run::{Answer, run};

#[test]
fn an_answer_that_is_none_allows_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (answer, said) in [
        (&b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"[..], "is undefined"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"result\": true",
            "answered something that OPA does not",
        ),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntrue", "answered something that OPA does not"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n<html>allow</",
            "answered something that OPA does not",
        ),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"result\":\"true\"}", "is no decision"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"result\":1}", "is no decision"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 26\r\n\r\n{\"result\":{\"allow\":\"yes\"}}", "is no decision"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"result\":true}", "can't be read"),
        (b"HTTP/1.1 201 Created\r\ncontent-length: 15\r\n\r\n{\"result\":true}", "answered 201"),
        (b"HTTP/1.1 500 No\r\ncontent-length: 15\r\n\r\n{\"result\":true}", "answered 500"),
        (b"HTTP/1.1 401 No\r\ncontent-length: 15\r\n\r\n{\"message\":\"x\"}", "--token-file"),
        (b"HTTP/1.1 302 Found\r\nlocation: /v1/data\r\ncontent-length: 0\r\n\r\n", "answered 302"),
        (b"", "can't be asked"),
        (b"\x00\x01nonsense", "can't be asked"),
        (HANGING, "it did not answer in time"),
    ] {
        let url = parrot(answer)?;
        let arguments = ["--server", &url, "--timeout", "700ms"];
        let answer = check(folder.path(), "orchestrator", "search", "search", &arguments)?;
        ends(&answer, 2, said)?;
        ensure!(answer.stdout.is_empty(), "{answer:?}");
        let id = agent("ledger");
        let answer = run(folder.path(), &[&["revoke", &id][..], &arguments].concat())?;
        ensure!(answer.exit_code == Some(2) && answer.stdout.is_empty(), "{said}: {answer:?}");
    }
    Ok(())
}

#[test]
fn a_server_is_named_as_one_can_be_reached() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (url, said) in [
        ("nonsense", "is no URL"),
        ("file:///etc/passwd", "is no URL of a server"),
        ("http://user:secret@localhost", "credentials in it"),
        ("http://localhost/?q=1", "is no URL of a server"),
        ("http://opa.example", "would be reached without TLS"),
        ("http://127.0.0.1:1", "can't be asked"),
    ] {
        let answer = check(folder.path(), "orchestrator", "search", "search", &["--server", url])?;
        ends(&answer, 2, said)?;
        ensure!(!answer.stderr.contains("secret"), "{answer:?}");
    }
    for file in ["--token-file", "--ca-file"] {
        let arguments = ["--server", "http://localhost", file, "missing"];
        ends(
            &check(folder.path(), "orchestrator", "search", "search", &arguments)?,
            2,
            "`missing` can't be read",
        )?;
    }
    Ok(())
}

fn grants() -> Value {
    json!([{ "id": "g", "caller": agent("ledger"), "callee": agent("notifier"), "actions": ["notify"] }])
}

fn revoke(state: State, more: &[&str]) -> Result<(tempfile::TempDir, Answer, Arc<Mutex<State>>)> {
    let folder = tempfile::tempdir()?;
    let (url, state) = start(state)?;
    let id = agent("ledger");
    let arguments = ["revoke", &id, "--server", &url, "--record", "record.jsonl"];
    let answer = run(folder.path(), &[&arguments, more].concat())?;
    Ok((folder, answer, state))
}

fn list(state: &Mutex<State>) -> Value {
    state.lock().unwrap_or_else(PoisonError::into_inner).list.clone().unwrap_or_default()
}

#[test]
fn a_list_that_is_not_there_is_made() -> Result<()> {
    let (_, answer, state) = revoke(State { grants: grants(), ..State::default() }, &[])?;
    ends(&answer, 0, "1 allowed before, 0 now")?;
    ensure!(list(&state) == json!([agent("ledger")]), "{:?}", list(&state));
    Ok(())
}

#[test]
fn something_else_than_a_list_is_left_alone() -> Result<()> {
    for other in [json!({}), json!("x"), json!(null)] {
        let state = State { list: Some(other.clone()), grants: grants(), ..State::default() };
        let (_, answer, state) = revoke(state, &[])?;
        ends(&answer, 2, "and no list")?;
        ensure!(list(&state) == other, "{:?}", list(&state));
    }
    Ok(())
}

#[test]
fn a_ban_whose_answer_was_lost_is_found_and_proven() -> Result<()> {
    let state =
        State { list: Some(json!(["x"])), grants: grants(), fate: Some(Fate::Silence), ..State::default() };
    let (folder, answer, state) = revoke(state, &[])?;
    ends(&answer, 0, "1 allowed before, 0 now")?;
    ends(&answer, 0, "warning: ")?;
    ensure!(list(&state) == json!(["x", agent("ledger")]), "{:?}", list(&state));
    ensure!(record(folder.path())?[0]["outcome"] == "proven", "{:?}", record(folder.path())?);
    Ok(())
}

#[test]
fn a_server_that_goes_in_between_is_told() -> Result<()> {
    let state = State { list: Some(json!([])), grants: grants(), fate: Some(Fate::Gone), ..State::default() };
    let (_, answer, state) = revoke(state, &[])?;
    ends(&answer, 2, "it is not known whether the list was changed")?;
    ensure!(list(&state) == json!([agent("ledger")]), "{:?}", list(&state));
    Ok(())
}

#[test]
fn lifting_a_ban_loses_no_other_one() -> Result<()> {
    let others = json!([agent("a"), agent("ledger"), agent("b"), agent("c")]);
    let state =
        State { list: Some(others), grants: grants(), fate: Some(Fate::Overtaken), ..State::default() };
    let (_, answer, state) = revoke(state, &["--undo"])?;
    // Somebody lifted the ban of `a` at the same moment, so that `b` stood where `ledger` had been.
    ends(&answer, 0, "to be safe it is put back")?;
    let mut left: Vec<String> = serde_json::from_value(list(&state))?;
    left.sort();
    ensure!(left == [agent("a"), agent("b"), agent("c")], "{left:?}");
    Ok(())
}
