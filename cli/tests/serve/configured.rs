//! What the section `server` of OPA's configuration does to requests and answers, here and in OPA.

use std::collections::BTreeSet;
use std::io::Write as _;

use anyhow::{Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::blocking::Client;

use crate::opa::Opa;
use crate::server::{PATIENCE, Server};

/// The status, the coding and the length of an answer if it is not packed, and its words if there is something wrong.
type Seen = (u16, String, Option<usize>, String);

fn gzip(text: &str) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes())?;
    Ok(encoder.finish()?)
}

fn seen(client: &Client, url: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Result<Seen> {
    let mut request = client.post(format!("{url}/v1/data/echo/text")).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send()?;
    let status = answer.status().as_u16();
    let coding = answer.headers().get("content-encoding").and_then(|value| value.to_str().ok());
    let coding = coding.unwrap_or_default().to_owned();
    let body = answer.bytes()?;
    let length = coding.is_empty().then_some(body.len());
    let words = if status == 200 { String::new() } else { String::from_utf8_lossy(&body).into_owned() };
    Ok((status, coding, length, words))
}

fn bounds(url: &str) -> Result<BTreeSet<String>> {
    let text = Client::builder().no_proxy().build()?.get(format!("{url}/metrics")).send()?.text()?;
    let of_data = text.lines().filter(|line| {
        line.starts_with("http_request_duration_seconds_bucket") && line.contains("handler=\"v1/data\"")
    });
    let bound = |line: &str| {
        line.split("le=\"").nth(1)?.split('"').next().map(|le| le.trim_end_matches(".0").to_owned())
    };
    Ok(of_data.filter_map(bound).collect())
}

#[test]
fn packing_limits_and_buckets_are_those_that_opa_would_have() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let client = Client::builder().no_proxy().no_gzip().timeout(PATIENCE).build()?;
    fs_err::write(folder.path().join("echo.rego"), "package echo\n\ntext := input.text\n")?;
    for encoding in ["min_length: 200, compression_level: 1", "min_length: 200, compression_level: 0", "{}"] {
        let encoding = if encoding == "{}" { "{}".to_owned() } else { format!("{{gzip: {{{encoding}}}}}") };
        let configuration = format!(
            "server:\n  decoding: {{max_length: 2000, gzip: {{max_length: 3000}}}}\n  encoding: {encoding}\n  \
             metrics: {{prom: {{http_request_duration_seconds: {{buckets: [0.25, 0.5, 8]}}}}}}\n"
        );
        fs_err::write(folder.path().join("opa.yaml"), &configuration)?;
        let arguments = ["--access-log", "off", "-c", "opa.yaml", "--policy", "echo.rego"];
        let server = Server::deciding(folder.path(), &arguments)?;
        let opa = Opa::start_with(folder.path(), &configuration, &["echo.rego"])?;
        let mut codings = BTreeSet::new();
        let input = |length: usize| format!("{{\"input\": {{\"text\": \"{}\"}}}}", "x".repeat(length));
        // What surrounds the text in an answer has 14 bytes.
        for length in
            [0, 100, 185, 186, 187, 200, 1_009, 1_010, 1_011, 1_974, 1_975, 1_976, 1_977, 2_900, 3_100, 9_000]
        {
            for headers in [&[][..], &[("accept-encoding", "gzip")]] {
                let packed: Vec<_> = headers.iter().chain(&[("content-encoding", "gzip")]).copied().collect();
                for (body, headers) in
                    [(input(length).into_bytes(), headers), (gzip(&input(length))?, &packed[..])]
                {
                    let ours = seen(&client, &server.url, body.clone(), headers)?;
                    codings.insert((ours.0, ours.1.clone()));
                    let Some(opa) = &opa else { continue };
                    let theirs = seen(&client, &format!("http://{}", opa.authority()), body, headers)?;
                    ensure!(ours == theirs, "{encoding} {length} {headers:?}: {ours:?} {theirs:?}");
                }
            }
        }
        let all = [(200, ""), (200, "gzip"), (400, ""), (400, "gzip")]
            .map(|(status, coding)| (status, coding.to_owned()));
        ensure!(codings.iter().all(|seen| all.contains(seen)) && codings.len() >= 3, "{codings:?}");
        let ours = bounds(&server.url)?;
        ensure!(ours == ["+Inf", "0.25", "0.5", "8"].map(str::to_owned).into(), "{ours:?}");
        if let Some(opa) = &opa {
            ensure!(ours == bounds(&format!("http://{}", opa.authority()))?);
        }
    }
    Ok(())
}
