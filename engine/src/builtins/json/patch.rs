//! `json.patch`: the operations of RFC 6902, on sets too.

use super::edit::EditTree;
use super::paths::steps;
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::value::{Object, Value};

pub(super) fn patch(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let operations = operands.array(1)?;
    let mut tree = EditTree::new(operands.value(0)?);
    for operation in operations {
        context.check("caller cancelled query execution")?;
        let Value::Object(operation) = operation else {
            let message = "must be an array of JSON-Patch objects, but at least one element is not an object";
            return Err(BuiltinError::failed(message));
        };
        apply(&mut tree, operation)?;
    }
    Ok(tree.render())
}

fn apply(tree: &mut EditTree, operation: &Object) -> Result<(), BuiltinError> {
    let attribute = |name: &str| {
        let missing = || BuiltinError::Failed(format!("missing required attribute '{name}'"));
        operation.get_str(name).ok_or_else(missing)
    };
    let path = attribute("path")?;
    let name = attribute("op")?;
    let Value::String(name) = name else {
        let got = name.type_name();
        return Err(BuiltinError::Failed(format!("attribute 'op' must be a string but found: {got}")));
    };
    let path = steps(path)?;
    let failed = BuiltinError::Failed;
    match &**name {
        "add" => tree.insert_at(&path, Some(attribute("value")?.clone())).map_err(failed),
        "remove" => tree.delete_at(&path).map_err(failed),
        "replace" => {
            tree.delete_at(&path).map_err(failed)?;
            tree.insert_at(&path, Some(attribute("value")?.clone())).map_err(failed)
        }
        "move" | "copy" => {
            let from = steps(attribute("from")?)?;
            let value = tree.render_at(&from).map_err(failed)?;
            if &**name == "move" {
                tree.delete_at(&from).map_err(failed)?;
            }
            tree.insert_at(&path, value).map_err(failed)
        }
        "test" => {
            let found = tree.render_at(&path).map_err(failed)?;
            let expected = attribute("value")?;
            if found.as_ref() == Some(expected) {
                return Ok(());
            }
            let found = found.map_or_else(|| "<nil>".to_owned(), |found| found.to_rego());
            Err(failed(format!(
                "value from EditTree != patch value.\n\nExpected: {expected}\n\nFound: {found}"
            )))
        }
        name => Err(failed(format!("unrecognized op: '{name}'"))),
    }
}
