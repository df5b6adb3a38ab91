//! The `portcullis` command: tests, evaluates and checks Rego policies.

#[cfg_attr(not(test), expect(dead_code, reason = "the commands that load come with the next change"))]
mod load;

fn main() {}
