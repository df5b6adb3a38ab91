//! Why AgentWeave decides as it does, in the words of `portcullis eval --why`.

use anyhow::{Result, ensure};

use crate::run::{command, finish, portcullis, repository};

#[test]
fn agentweave_says_why_it_denies() -> Result<()> {
    let request = r#"{"caller_spiffe_id": "spiffe://agentweave.example/agent/search/production",
        "callee_spiffe_id": "spiffe://nowhere.example/agent/index/production", "action": "read"}"#;
    insta::assert_snapshot!(why(request)?);
    Ok(())
}

#[test]
fn agentweave_says_which_clause_misses_its_input() -> Result<()> {
    insta::assert_snapshot!(why("{}")?);
    Ok(())
}

fn why(request: &str) -> Result<String> {
    let line =
        ["eval", "--why", "-f", "pretty", "-I", "-d", "policies/agentweave", "data.agentweave.authz.allow"];
    let answer = finish(command(&portcullis(), &repository()).args(line), request.as_bytes())?;
    ensure!(answer.exit_code == Some(0) && answer.stderr.is_empty(), "{answer:?}");
    Ok(answer.stdout)
}
