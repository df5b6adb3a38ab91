//! `--capabilities`: what the OPA that will run a policy is able to do.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use portcullis::compile::types::Capabilities;

/// Capabilities, and where they are from.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// What is allowed.
    pub(super) capabilities: Arc<Capabilities>,
    /// The file; none for a version.
    pub(super) file: Option<PathBuf>,
}

/// Reads the value of the flag: the name of a file, or else of a version.
///
/// # Errors
/// What is wrong with the file, or that the version is not known here.
pub(super) fn parse(value: &str) -> Result<Given, String> {
    let text = match fs_err::read_to_string(value) {
        Ok(text) => text,
        Err(_) if value == BUILT_IN => {
            return Ok(Given { capabilities: Arc::new(Capabilities::current()), file: None });
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(format!(
                "no such file or capabilities version found: {value}; {BUILT_IN} is built in, and for another \
                 version `opa capabilities --version VERSION > FILE` makes a file"
            ));
        }
        Err(error) => return Err(error.to_string()),
    };
    let capabilities = Capabilities::parse(&text).map_err(|error| match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })?;
    Ok(Given { capabilities: Arc::new(capabilities), file: Some(value.into()) })
}

/// The version whose capabilities are known without a file.
const BUILT_IN: &str = "v1.22.2";
