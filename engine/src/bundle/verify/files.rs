//! The files of a bundle against those that its signature lists.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::constant_time;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

use super::super::claims::{Payload, SignedFile};
use super::super::hash::{DigestAlgorithm, file_digest};
use super::super::member::Member;
use super::super::sign::signed_name;
use super::super::signatures::is_signatures_file;
use super::{BrokenDigests, Naming, Verification, VerifyError};

/// What is to be told of a check that succeeded.
pub(super) struct Checked {
    pub(super) excluded: Vec<String>,
    pub(super) naming: Naming,
}

/// Checks that the files of a bundle are those that a signature lists.
pub(super) fn check(
    members: &[Member],
    payload: &Payload,
    verification: &Verification,
) -> Result<Checked, VerifyError> {
    let mut expected: BTreeMap<&str, &SignedFile> = BTreeMap::new();
    for file in &payload.files {
        if expected.insert(&file.name, file).is_some() {
            return Err(VerifyError::ListedTwice { name: file.name.clone() });
        }
    }
    let naming = naming(members, &expected, verification.directory.as_deref());
    let mut seen = BTreeSet::new();
    let mut excluded = Vec::new();
    for member in members.iter().filter(|member| !is_signatures_file(&member.path)) {
        let name = full_name(&member.path, naming, verification.directory.as_deref());
        if !seen.insert(name.clone()) {
            return Err(VerifyError::DuplicateFile { name });
        }
        let file = expected.remove(name.as_str());
        if verification.exclude_files.iter().any(|pattern| pattern.matches(&name)) {
            excluded.push(name);
            continue;
        }
        let Some(file) = file else { return Err(VerifyError::Unlisted { name }) };
        check_file(member, file, verification.broken_digests)?;
    }
    if !expected.is_empty() {
        let names = expected.into_keys().map(str::to_owned).collect();
        return Err(VerifyError::Missing { names });
    }
    Ok(Checked { excluded, naming })
}

fn check_file(member: &Member, file: &SignedFile, broken: BrokenDigests) -> Result<(), VerifyError> {
    let SignedFile { name, digest, algorithm } = file;
    if algorithm.is_empty() {
        return Err(VerifyError::NoDigestAlgorithm { name: name.clone() });
    }
    let algorithm = DigestAlgorithm::from_name(algorithm).ok_or_else(|| {
        VerifyError::UnknownDigestAlgorithm { name: name.clone(), algorithm: algorithm.clone() }
    })?;
    if algorithm.is_broken() && broken == BrokenDigests::Refuse {
        return Err(VerifyError::BrokenDigest { name: name.clone(), algorithm });
    }
    let got = file_digest(algorithm, name, &member.bytes)?;
    let want = HEXLOWER_PERMISSIVE
        .decode(digest.as_bytes())
        .map_err(|_| VerifyError::MalformedDigest { name: name.clone() })?;
    if constant_time::verify_slices_are_equal(&want, &got).is_err() {
        return Err(VerifyError::WrongDigest {
            name: name.clone(),
            want: HEXLOWER.encode(&want),
            got: HEXLOWER.encode(&got),
        });
    }
    Ok(())
}

/// The way of naming by which more of the files are listed.
fn naming(members: &[Member], expected: &BTreeMap<&str, &SignedFile>, directory: Option<&str>) -> Naming {
    let listed = |naming: Naming| {
        let is_listed =
            |member: &&Member| expected.contains_key(full_name(&member.path, naming, directory).as_str());
        members.iter().filter(is_listed).count()
    };
    if directory.is_some() && listed(Naming::WithDirectory) > listed(Naming::Relative) {
        Naming::WithDirectory
    } else {
        Naming::Relative
    }
}

fn full_name(path: &str, naming: Naming, directory: Option<&str>) -> String {
    let path = signed_name(path);
    match (naming, directory) {
        (Naming::Relative, _) | (_, None) => path.to_owned(),
        (Naming::WithDirectory, Some(directory)) => format!("{}/{path}", signed_name(directory)),
    }
}
