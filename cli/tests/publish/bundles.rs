//! Bundles to publish, made on the spot.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Writes a bundle with a revision, in which `data.answer` is that revision, with so many bytes that don't compress.
pub(crate) fn write(folder: &Path, revision: &str, noise: usize) -> Result<PathBuf> {
    let path = folder.join(format!("{revision}-{noise}.tar.gz"));
    fs_err::write(&path, bytes(revision, noise)?)?;
    Ok(path)
}

fn bytes(revision: &str, noise: usize) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut add = |name: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        builder.append_data(&mut header, name, content)
    };
    // A linear congruence is noise enough for a compressor.
    let mut state =
        revision.bytes().fold(7_u64, |state, byte| state.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let noise: String = (0..noise)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + u8::try_from(state >> 33 & 63).unwrap_or_default())
        })
        .filter(|c| *c != '"' && *c != '\\')
        .collect();
    add("data.json", format!("{{\"noise\": \"{noise}\"}}").as_bytes())?;
    add("policy.rego", format!("package published\n\nanswer := \"{revision}\"\n").as_bytes())?;
    add(".manifest", format!("{{\"revision\": \"{revision}\", \"roots\": [\"\"]}}").as_bytes())?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&builder.into_inner()?)?;
    Ok(gzip.finish()?)
}
