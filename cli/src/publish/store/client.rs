//! Clients of stores, with settings from the environment and from the command line.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};

use super::super::destination::{Place, Provider};
use super::super::plain_http::PlainHttp;
use super::super::{Options, PublishError};
use super::root;

/// A client for the bucket of a place. Options of the command line win over the environment.
///
/// # Errors
/// When a setting is not known or wrong, or one is missing.
pub(super) fn connect(place: &Place, options: &Options) -> Result<Arc<dyn ObjectStore>, PublishError> {
    let bucket = place.bucket.as_str();
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(30),
            base: 2.0,
        },
        max_retries: usize::try_from(options.retries).unwrap_or(usize::MAX),
        retry_timeout: Duration::from_mins(4),
    };
    let given = options.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let given = given.chain((options.plain_http == PlainHttp::Anywhere).then_some(("allow_http", "true")));
    // The builders have no trait in common.
    macro_rules! configured {
        ($builder:expr) => {{
            let mut builder = $builder.with_retry(retry);
            for (key, value) in given {
                let known = key.to_ascii_lowercase().parse();
                let known = known.map_err(|_| {
                    PublishError::new(format!("`{key}` is no option of {}", place.provider.scheme()))
                        .with_help("options have the names that object_store gives them, such as `endpoint`")
                })?;
                builder = builder.with_config(known, value);
            }
            builder
        }};
    }
    let built: Result<Arc<dyn ObjectStore>, object_store::Error> = match place.provider {
        Provider::Amazon => configured!(AmazonS3Builder::from_env())
            .with_bucket_name(bucket)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .build()
            .map(|store| Arc::new(store) as _),
        Provider::Google => configured!(GoogleCloudStorageBuilder::from_env())
            .with_bucket_name(bucket)
            .build()
            .map(|store| Arc::new(store) as _),
        Provider::Microsoft => configured!(MicrosoftAzureBuilder::from_env())
            .with_container_name(bucket)
            .build()
            .map(|store| Arc::new(store) as _),
    };
    built.map_err(|error| {
        PublishError::new(format!("`{}://{bucket}` can't be used: {}", place.provider.scheme(), root(&error)))
            .with_help("settings come from the environment or --option, as docs/publishing.md says")
    })
}
