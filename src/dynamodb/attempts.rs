//! Counts the attempts of one read, and logs those that fail.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::FinalizerInterceptorContextRef,
    },
    error::BoxError,
};

use crate::log;

/// An interceptor of one operation of the SDK's client. A clone has the same count.
#[derive(Clone, Debug)]
pub(super) struct Attempts {
    request_id: Arc<str>,
    count: Arc<AtomicU32>,
}

impl Attempts {
    pub(super) fn new(request_id: &str) -> Self {
        Self { request_id: request_id.into(), count: Arc::default() }
    }

    pub(super) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.count.fetch_add(1, Ordering::Relaxed);
        if let Some(Err(error)) = context.output_or_error() {
            log::warn("table attempt failed", Some(&self.request_id), error);
        }
        Ok(())
    }
}
