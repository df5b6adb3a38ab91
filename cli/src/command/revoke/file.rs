//! Bans in a data file: edited as text, written whole or not at all, and read again.

use std::io;
use std::path::Path;

use portcullis::audit::Call;
use portcullis::audit::ban::{self, Change, EditError, Form};
use portcullis::source::{Source, Sources};
use portcullis::value::{Object, Value};

use super::lock::Locked;
use super::proof::{Before, Proven};
use super::{Args, Done};
use crate::command::decider::Local;
use crate::io::Io;
use crate::load::{io_reason, named_path};
use crate::policy_set::Failure;
use crate::publish::Digest;
use crate::refusal::Refusal;
use crate::whole_file::WholeFile;

/// Changes the list in a file, and asks the policies before and after.
///
/// # Errors
/// When nothing was changed.
pub(super) fn change(args: &Args, file: &Path, change: Change, io: &mut Io) -> Result<Done, Failure> {
    let name = file.display().to_string();
    let unreadable = |error: &io::Error| refuse(format!("`{name}` can't be read: {}", io_reason(error)), "");
    let path = fs_err::canonicalize(file).map_err(|error| unreadable(&error))?;
    let form = form(&path, &name)?;
    let whole = WholeFile::at(&path).map_err(|error| refuse(error.to_string(), ""))?;
    let _locked = Locked::at(&path).map_err(|error| unreadable(&error))?;
    let text = fs_err::read_to_string(&path).map_err(|error| unreadable(&error))?;

    let edited = ban::edit(&text, form, &args.id, change).map_err(|error| of_edit(error, &name, &text))?;
    let paths = args.decider.policies.paths();
    let more: &[String] = if is_among(&path, paths) { &[] } else { std::slice::from_ref(&name) };
    let mut local = args.decider.policies.local(more, io)?;
    let data = local.data().clone();
    if ban::list(&text, form).as_ref() != data.lookup(&[ban::KEY]) {
        let message = format!("`data.{}` of the policies is not what `{name}` says", ban::KEY);
        return Err(refuse(message, "name the file that the list at the root of `data` comes from"));
    }
    let before = Before::ask(&data, &args.id, usize::MAX, |call| local.decide(call))?;
    let [target, was] = [path.display().to_string(), Digest::of(text.as_bytes()).to_string()];
    let Some(edited) = edited else {
        let proof = before.prove(|call| local.decide(call));
        return Ok(Done { target, changed: false, digests: [was.clone(), was], proof });
    };
    if change == Change::Ban {
        spare_others(&args.id, &before, &local)?;
    }
    whole.write(edited.as_bytes()).map_err(|error| refuse(error.to_string(), ""))?;

    // What counts is what is there now, and what the policies make of it.
    let proof =
        args.decider.policies.local(more, io).and_then(|mut local| before.prove(|call| local.decide(call)));
    Ok(Done { target, changed: true, digests: [was, Digest::of(edited.as_bytes()).to_string()], proof })
}

/// Tries what the policies would make of the ban, before it is made: one that they don't understand may shut everybody out.
fn spare_others(id: &str, before: &Before, local: &Local) -> Result<(), Failure> {
    let list = local.data().lookup(&[ban::KEY]).and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(list) = ban::changed(&list, id, Change::Ban) else { return Ok(()) };
    let banned = Object::from_iter([(Value::from(ban::KEY), Value::Array(list))]);
    let data = local.data().as_object().cloned().unwrap_or_default().overlay(banned);
    let mut tried = local.over(Value::Object(data))?;
    let proof = before.clone().prove(|call: &Call| tried.decide(call))?;
    let Some(Proven { call, after, .. }) = proof.others.first() else { return Ok(()) };
    let message = format!(
        "nothing was changed: with this ban the policies would decide otherwise on {} of others, as on {call} ({})",
        crate::plural::plural(proof.others.len(), "call"),
        after.reasons.join(", ")
    );
    Err(refuse(message, "the policies may not take the id for one of an agent: look at the reasons"))
}

/// Whether a file is loaded because it, or a folder around it, is named.
fn is_among(path: &Path, named: &[String]) -> bool {
    let folders = named.iter().filter_map(|argument| fs_err::canonicalize(named_path(argument)?).ok());
    folders.into_iter().any(|folder| path.starts_with(folder))
}

fn form(path: &Path, name: &str) -> Result<Form, Failure> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Ok(Form::Json),
        Some("yaml" | "yml") => Ok(Form::Yaml),
        Some(_) | None => Err(refuse(
            format!("`{name}` is no data file"),
            "name a .json, .yaml or .yml file; for a bundle, edit the file that it is built of and build it again",
        )),
    }
}

fn of_edit(error: EditError, name: &str, text: &str) -> Failure {
    if let EditError::Unreadable(diagnostic) = error {
        let mut sources = Sources::new();
        sources.add(Source::new(name, text));
        return Failure::new(vec![*diagnostic], sources);
    }
    let help = match &error {
        EditError::Unsure => "edit it by hand, or write the list as one id a line",
        EditError::NoList { .. } => "make it a list by hand; an empty one is []",
        EditError::Unreadable(_) | EditError::NoObject { .. } | EditError::RepeatedKey { .. } => {
            "mend the file first"
        }
    };
    refuse(format!("`{name}` can't be edited: {error}"), help)
}

/// A refusal with what to do next, if there is anything.
fn refuse(message: String, help: &str) -> Failure {
    let refusal = Refusal::new(message);
    Failure::of_refusal(if help.is_empty() { refusal } else { refusal.with_help(help) })
}
