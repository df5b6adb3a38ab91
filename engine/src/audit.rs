//! Who may call whom: identities of agents, calls, what a policy says of them, grants and bans.

pub mod ban;
pub mod call;
pub mod flag;
pub mod grant;
pub mod identity;
pub mod matrix;

pub use self::call::{Call, Verdict, VerdictError};
pub use self::grant::{Grant, Grants};
