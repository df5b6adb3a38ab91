//! Policies: what is there, and what is pushed and taken away.

use std::sync::Arc;
use std::time::Instant;

use portcullis::syntax::ast_json::{self, Options};
use portcullis::value::Value;

use super::timing::Timing;
use super::{Api, Asked, layout};
use crate::report::ast;
use crate::report::json_document::Json;
use crate::serve::decisions::compress::Packing;
use crate::serve::decisions::modules::{self, Module};
use crate::serve::decisions::state::no_policy;
use crate::serve::decisions::wire::{Answer, Problem};

impl Api {
    pub(super) fn list_policies(&self, asked: &Asked) -> Answer {
        let snapshot = self.state.current();
        let trees: Vec<Value> = snapshot.modules.iter().map(|(id, module)| tree(id, module)).collect();
        let all = snapshot.modules.iter().zip(&trees);
        let all = Json::Array(all.map(|((id, module), tree)| policy(id, module, tree)).collect());
        Answer::document(&Json::Object(vec![("result", all)]), asked.layout())
    }

    pub(super) fn get_policy(&self, id: &str, asked: &Asked) -> Result<Answer, Problem> {
        let snapshot = self.state.current();
        let Some((id, module)) = snapshot.modules.get_key_value(id) else { return Err(no_policy(id)) };
        let tree = tree(id, module);
        let result = vec![("result", policy(id, module, &tree))];
        Ok(Answer::document(&Json::Object(result), asked.layout()))
    }

    pub(super) async fn put_policy(&self, id: &str, asked: Asked) -> Result<Answer, Problem> {
        let started = Instant::now();
        let parameters = asked.parameters.clone();
        let bytes = asked.body(Packing::None, self.bodies).await?;
        let read_in = started.elapsed();
        let text = match String::from_utf8(bytes.into()) {
            Ok(text) => text,
            Err(error) => portcullis::document::replaced(error.as_bytes()),
        };
        let compiling = Instant::now();
        tokio::task::block_in_place(|| self.state.put_policy(id, text))?;
        let mut fields = Vec::new();
        if parameters.is_on("metrics") {
            let mut timing = Timing::default();
            timing.timer("timer_rego_module_compile_ns", compiling.elapsed());
            timing.timer("timer_server_read_bytes_ns", read_in);
            fields.push(("metrics", timing.json()));
        }
        Ok(Answer::document(&Json::Object(fields), layout(&parameters)))
    }

    pub(super) fn delete_policy(&self, id: &str, asked: &Asked) -> Result<Answer, Problem> {
        let compiling = Instant::now();
        tokio::task::block_in_place(|| self.state.delete_policy(id))?;
        let mut fields = Vec::new();
        if asked.parameters.is_on("metrics") {
            let mut timing = Timing::default();
            timing.timer("timer_rego_module_compile_ns", compiling.elapsed());
            fields.push(("metrics", timing.json()));
        }
        Ok(Answer::document(&Json::Object(fields), asked.layout()))
    }
}

fn policy<'a>(id: &'a str, module: &'a Module, tree: &'a Value) -> Json<'a> {
    Json::Object(vec![("id", Json::Text(id)), ("raw", Json::Text(&module.text)), ("ast", ast::ordered(tree))])
}

/// The syntax tree of a module, as it was read; OPA shows it as it is compiled.
fn tree(id: &Arc<str>, module: &Module) -> Value {
    let Ok(tree) = modules::tree(module) else { return Value::Null };
    let options =
        Options { file: id, text: &module.text, locations: false, comments: false, annotations: true };
    ast_json::module(&tree, &options).unwrap_or(Value::Null)
}
