//! Publishing to Azure Blob Storage, as Azurite plays it.

use std::process::Command;
use std::thread;

use anyhow::{Context, Result, ensure};
use reqwest::blocking::Client;

use crate::bundles;
use crate::peer::{self, Peer};
use crate::run::{finish, publish};

/// What lets anybody with the key that is in Azurite's documentation do everything, until 2099.
const SIGNATURE: &str = "sv=2021-08-06&ss=b&srt=sco&sp=rwdlac&se=2099-01-01T00%3A00%3A00Z&spr=http%2Chttps\
    &sig=lBkOMuyDXhE%2B6wFX2QCmqWbwtx33pm2veKxfB0yBN94%3D";

#[test]
fn publishers_at_once_lose_no_revision() -> Result<()> {
    let Some(program) = peer::program("azurite-blob")? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let server = Peer::start(|address| {
        let mut command = Command::new(&program);
        command.args(["--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]);
        command
            .args(["--blobHost", "127.0.0.1", "--blobPort", &address.port().to_string()])
            .current_dir(folder.path());
        command
    })?;
    let url = server.url();
    let account = format!("{url}/devstoreaccount1");
    let container = Client::new().put(format!("{account}/policies?restype=container&{SIGNATURE}")).body("");
    container.send()?.error_for_status()?;
    let get = |file: &str| -> Result<Vec<u8>> {
        let found = Client::new().get(format!("{account}/policies/authz/{file}?{SIGNATURE}")).send()?;
        Ok(found.error_for_status()?.bytes()?.to_vec())
    };
    let environment = [("AZURE_STORAGE_USE_EMULATOR", "true"), ("AZURITE_BLOB_STORAGE_URL", url.as_str())];
    let revisions: Vec<String> = (0..5).map(|index| format!("r{index}")).collect();
    thread::scope(|scope| {
        let publish = |revision: &String| {
            let bundle = bundles::write(folder.path(), revision, 100)?;
            finish(&mut publish(&bundle, "az://policies/authz", &environment))
        };
        let publishers: Vec<_> =
            revisions.iter().map(|revision| scope.spawn(move || publish(revision))).collect();
        for publisher in publishers {
            publisher.join().ok().context("panicked")??.digest()?;
        }
        anyhow::Ok(())
    })?;
    let index: serde_json::Value = serde_json::from_slice(&get("index.json")?)?;
    let listed = index["revisions"].as_array().context("an array")?;
    ensure!(listed.len() == revisions.len(), "{index}");
    let newest = listed.last().and_then(|entry| entry["revision"].as_str()).context("a newest one")?;
    let newest = fs_err::read(folder.path().join(format!("{newest}-100.tar.gz")))?;
    ensure!(get("bundle.tar.gz")? == newest, "{index}");
    // More than one part.
    let large = bundles::write(folder.path(), "large", 24 << 20)?;
    finish(&mut publish(&large, "az://policies/authz", &environment))?.digest()?;
    ensure!(get("bundle.tar.gz")? == fs_err::read(&large)?, "it arrived otherwise");
    Ok(())
}
