//! A check that the SDK does not make.

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::BeforeDeserializationInterceptorContextRef,
    },
    error::BoxError,
    operation::RequestId,
};

/// Rejects a success without DynamoDB's request ID. The SDK takes any JSON object for a success,
/// so another server would seem to have created a key.
#[derive(Debug)]
pub(super) struct ResponseCheck;

impl Intercept for ResponseCheck {
    fn name(&self) -> &'static str {
        "ResponseCheck"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if response.status().is_success() && response.headers().request_id().is_none() {
            return Err("the response has no request ID".into());
        }
        Ok(())
    }
}
