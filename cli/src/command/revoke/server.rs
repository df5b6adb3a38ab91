//! Bans on a server: appended to its list, read back, and asked for.

use portcullis::audit::Call;
use portcullis::audit::ban::{self, Change};
use portcullis::value::{Array, Object, Value};

use super::proof::Before;
use super::{Args, Done};
use crate::client::Client;
use crate::command::decider::Decider;
use crate::io::Io;
use crate::policy_set::Failure;
use crate::publish::Digest;
use crate::refusal::Refusal;

/// Changes the list of a server, and asks it before and after.
///
/// # Errors
/// When nothing was changed, or it isn't known whether anything was.
pub(super) fn change(args: &Args, change: Change, io: &mut Io) -> Result<Done, Failure> {
    let mut decider = args.decider.decider(io)?;
    let client = args.decider.server.client()?.ok_or_else(|| Failure::of_message("no server is named"))?;
    let refused = Failure::of_refusal;
    let grants = client.document(&["grants"]).map_err(refused)?;
    let data = grants.map(|grants| Object::from_iter([(Value::from("grants"), grants)])).unwrap_or_default();
    if change == Change::Ban {
        knows_the_form(&mut decider, &args.id)?;
    }
    let before = Before::ask(&Value::Object(data), &args.id, MOST_OTHERS, |call| decider.decide(call))?;
    let (was, is, changed) = match change {
        Change::Ban => add(&client, &args.id, io)?,
        Change::Lift => take_away(&client, &args.id, io)?,
    };
    let digest = |list: &Array| Digest::of(Value::Array(list.clone()).to_json().as_bytes()).to_string();
    let proof = before.prove(|call| decider.decide(call));
    Ok(Done { target: client.name().to_owned(), changed, digests: [digest(&was), digest(&is)], proof })
}

/// A policy may take fewer ids than SPIFFE has, and a ban of one that it doesn't take would shut everybody out.
fn knows_the_form(decider: &mut Decider, id: &str) -> Result<(), Failure> {
    let id: std::sync::Arc<str> = id.into();
    let call = Call { caller: id.clone(), callee: id.clone(), action: "revoke".into() };
    let verdict = decider.decide(&call).map_err(Failure::of_refusal)?;
    if verdict.finds_malformed() {
        let message =
            format!("nothing was changed: the policies of the server don't take `{id}` for an agent");
        let refusal = Refusal::new(message).with_help("a ban of it could make them refuse the whole list");
        return Err(Failure::of_refusal(refusal));
    }
    Ok(())
}

/// The list before and after, and whether it had to be changed.
type Changes = (Array, Array, bool);

fn add(client: &Client, id: &str, io: &mut Io) -> Result<Changes, Failure> {
    let value = Value::from(id);
    let mut first = None;
    let mut failed = None;
    for _ in 0..MOST_TRIES {
        let found = list_after(client, failed.is_some())?;
        if let Some(found) = found.as_ref().filter(|found| found.iter().any(|entry| *entry == value)) {
            tell_lost(failed.as_ref(), io);
            let changed = first.is_some();
            return Ok((first.unwrap_or_else(|| found.clone()), found.clone(), changed));
        }
        if let Some(refusal) = failed.take() {
            return Err(Failure::of_refusal(refusal));
        }
        let made = match &found {
            Some(_) => client.append(&[ban::KEY], &value),
            None => client.create(&[ban::KEY], &Value::Array(Array::from(vec![value.clone()]))),
        };
        first.get_or_insert(found.unwrap_or_default());
        // It may have been done all the same, with only the answer lost: the list says.
        failed = made.err();
    }
    Err(overtaken())
}

fn take_away(client: &Client, id: &str, io: &mut Io) -> Result<Changes, Failure> {
    let mut first: Option<Array> = None;
    let mut failed = None;
    for _ in 0..MOST_TRIES {
        let found = list_after(client, failed.is_some())?.unwrap_or_default();
        restore(client, first.as_ref(), &found, id, io)?;
        let Some(at) = found.iter().position(|entry| entry.as_str() == Some(id)) else {
            tell_lost(failed.as_ref(), io);
            let changed = first.is_some();
            return Ok((first.unwrap_or_else(|| found.clone()), found, changed));
        };
        if let Some(refusal) = failed.take() {
            return Err(Failure::of_refusal(refusal));
        }
        first.get_or_insert_with(|| found.clone());
        failed = client.remove(&[ban::KEY], at).err();
    }
    Err(overtaken())
}

/// The list, where it isn't known whether a change was made if it can't be read.
fn list_after(client: &Client, changed: bool) -> Result<Option<Array>, Failure> {
    list(client).map_err(|failure| {
        if !changed {
            return failure;
        }
        let mut whole = Failure::of_message(
            "it is not known whether the list was changed; the same command again finds out",
        );
        whole.extend(Some(failure));
        whole
    })
}

fn tell_lost(failed: Option<&Refusal>, io: &mut Io) {
    if let Some(refusal) = failed {
        io.warning(format_args!("{}; but the change was made", refusal.message));
    }
}

/// An element is removed by its position, so that of another agent may go if somebody else lifts a ban at the same moment.
fn restore(
    client: &Client,
    before: Option<&Array>,
    found: &Array,
    id: &str,
    io: &mut Io,
) -> Result<(), Failure> {
    let Some(before) = before else { return Ok(()) };
    for lost in
        before.iter().filter(|entry| entry.as_str() != Some(id) && !found.iter().any(|it| it == *entry))
    {
        io.warning(format_args!(
            "somebody else changed the list, and {} is not on it any more: to be safe it is put back",
            lost.to_json()
        ));
        client.append(&[ban::KEY], lost).map_err(Failure::of_refusal)?;
    }
    Ok(())
}

/// The list of a server; none if it has none.
fn list(client: &Client) -> Result<Option<Array>, Failure> {
    match client.document(&[ban::KEY]).map_err(Failure::of_refusal)? {
        None => Ok(None),
        Some(Value::Array(array)) => Ok(Some(array)),
        Some(other) => {
            let message = format!(
                "`data.{}` of `{}` is of type {}, and no list",
                ban::KEY,
                client.name(),
                other.type_name()
            );
            Err(Failure::of_refusal(
                Refusal::new(message).with_help("put a list there first; an empty one is []"),
            ))
        }
    }
}

fn overtaken() -> Failure {
    let refusal = Refusal::new("somebody else changes the list again and again");
    Failure::of_refusal(refusal.with_help("look at who writes to the server, and try again"))
}

/// How often to try again when others change the list.
const MOST_TRIES: usize = 20;
/// How many calls of other agents are asked for before and after.
const MOST_OTHERS: usize = 50;
