//! Makes archives of bundles.

use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A bundle with one module and a revision.
pub(crate) fn bundle(revision: &str) -> Result<Vec<u8>> {
    archive(&[
        ("/p.rego", &format!("package p\n\nrevision := \"{revision}\"\n")),
        ("/.manifest", &format!("{{\"revision\": \"{revision}\", \"roots\": [\"p\"]}}")),
    ])
}

/// Changes of data that make revision `to` of `from`.
pub(crate) fn delta(from: &str, to: &str) -> Result<Vec<u8>> {
    archive(&[
        (
            "/patch.json",
            &format!("{{\"data\": [{{\"op\": \"upsert\", \"path\": \"/d/now\", \"value\": \"{to}\"}}]}}"),
        ),
        (
            "/.manifest",
            &format!(
                "{{\"revision\": \"{to}\", \"roots\": [\"d\"], \"metadata\": {{\"from\": \"{from}\"}}}}"
            ),
        ),
    ])
}

/// A bundle of about so many bytes, which can't be compressed.
pub(crate) fn large(bytes: usize) -> Result<Vec<u8>> {
    let mut state = 1_u32;
    let mut noise = String::new();
    // Longer than the window that gzip looks for repetitions in.
    while noise.len() < 100_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.push(char::from(b'!' + u8::try_from(state >> 24)? % 90));
    }
    let text = noise.repeat(bytes.div_ceil(noise.len()));
    archive(&[("/noise.txt", &text)])
}

/// Members with their text.
pub(crate) fn archive(members: &[(&str, &str)]) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(u64::try_from(text.len())?);
        header.set_mode(0o600);
        header.set_path(path.trim_start_matches('/'))?;
        header.set_cksum();
        builder.append(&header, text.as_bytes())?;
    }
    Ok(builder.into_inner()?.finish()?)
}

/// Writes a file beside its place and moves it there, as one should.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a folder")?;
    fs_err::create_dir_all(folder)?;
    let beside = folder.join(".new");
    fs_err::write(&beside, bytes)?;
    Ok(fs_err::rename(beside, path)?)
}
