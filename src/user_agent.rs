//! Who a function says it is.

use aws_runtime::{
    invocation_id::InvocationIdInterceptor, request_info::RequestInfoInterceptor,
    user_agent::UserAgentInterceptor,
};
use aws_sdk_dynamodb::config::{
    ConfigBag, Intercept, RuntimeComponents,
    interceptors::{
        BeforeSerializationInterceptorContextRef as BeforeSerialization,
        BeforeTransmitInterceptorContextMut as BeforeTransmit,
    },
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::interceptors::{disable_interceptor, dyn_dispatch_hint},
};

const NAME: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Names the function, as CloudTrail shows it, in the place of what the SDK puts together for each
/// request: its own version, the system's, the request's number and its attempt's.
#[derive(Debug)]
pub(crate) struct UserAgent;

#[dyn_dispatch_hint]
impl Intercept for UserAgent {
    fn name(&self) -> &'static str {
        "UserAgent"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerialization<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let state = config.interceptor_state();
        state.store_put(disable_interceptor::<InvocationIdInterceptor>(NAME));
        state.store_put(disable_interceptor::<RequestInfoInterceptor>(NAME));
        state.store_put(disable_interceptor::<UserAgentInterceptor>(NAME));
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmit<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert("user-agent", NAME);
        Ok(())
    }
}
