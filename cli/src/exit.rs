//! Exit codes; docs/exit-codes.md says when each command gives which.

use std::process::{ExitCode, Termination};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing is wrong.
    Success,
    /// Of `test` and `check`: could not do the work, as OPA's. Of others: the answer is no.
    One,
    /// Of `test`: a test failed, errored or was skipped. Of `eval` and `validate`: could not do the work.
    Two,
    /// A bug of ours.
    Internal,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::One => 1,
            Self::Two => 2,
            Self::Internal => 70,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}
