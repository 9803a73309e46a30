//! DynamoDB's `GetItem` on the wire, as the SDK writes and reads it.

use aws_runtime::retries::classifiers::{THROTTLING_ERRORS, TRANSIENT_ERRORS};
use aws_sdk_dynamodb::{
    error::{BoxError, ProvideErrorMetadata},
    operation::get_item::{GetItem, GetItemError, GetItemInput, GetItemOutput},
};
use aws_smithy_runtime_api::client::{
    interceptors::context::{Input, OutputOrError},
    orchestrator::HttpResponse,
    runtime_plugin::RuntimePlugin,
    ser_de::{
        DeserializeResponse, SerializeRequest, SharedRequestSerializer, SharedResponseDeserializer,
    },
};
use aws_smithy_types::{
    body::SdkBody,
    config_bag::{ConfigBag, FrozenLayer},
};
use hyper::{Request, Response, StatusCode, body::Bytes};

use crate::dynamodb::TableError;

/// DynamoDB's CRC-32 of the body that it sends, in decimal digits.
const CHECKSUM: &str = "x-amz-crc32";

/// Writes requests and reads answers, by the SDK's settings of the operation.
pub(crate) struct Codec(FrozenLayer);

impl Codec {
    pub(crate) fn new() -> Result<Self, BoxError> {
        Ok(Self(GetItem::new().config().ok_or("an operation without settings")?))
    }

    /// The request, without its host and its signature.
    pub(crate) fn request(&self, input: GetItemInput) -> Result<Request<Bytes>, BoxError> {
        let serializer = self.0.load::<SharedRequestSerializer>();
        let serializer = serializer.ok_or("an operation that cannot be written")?;
        let request = serializer.serialize_input(Input::erase(input), &mut ConfigBag::base())?;
        let (head, body) = request.try_into_http1x()?.into_parts();
        let body = body.bytes().ok_or("a body that is not in memory")?;
        Ok(Request::from_parts(head, Bytes::copy_from_slice(body)))
    }

    /// What the answer says.
    pub(crate) fn output(&self, answer: Response<Bytes>) -> Result<GetItemOutput, TableError> {
        let status = answer.status();
        let answered = |source| Answered { status, source }.into();
        let unavailable = |source| TableError::Unavailable(answered(source));
        match self.read(answer).map_err(unavailable)? {
            Ok(output) => {
                output.downcast().map_err(|_| unavailable("an answer to something else".into()))
            }
            Err(error) => {
                let code = error
                    .as_operation_error()
                    .and_then(|error| error.downcast_ref::<GetItemError>())
                    .and_then(ProvideErrorMetadata::code);
                Err(if may_pass(status, code) {
                    unavailable(error.into())
                } else {
                    TableError::Refused(answered(error.into()))
                })
            }
        }
    }

    fn read(&self, answer: Response<Bytes>) -> Result<OutputOrError, BoxError> {
        check(&answer)?;
        let deserializer = self.0.load::<SharedResponseDeserializer>();
        let deserializer = deserializer.ok_or("an operation that cannot be read")?;
        let answer: HttpResponse = answer.map(SdkBody::from).try_into()?;
        Ok(deserializer.deserialize_nonstreaming_with_config(&answer, &ConfigBag::base()))
    }
}

/// What the SDK leaves unseen: to it a success without a body is an answer without an item.
fn check(answer: &Response<Bytes>) -> Result<(), BoxError> {
    let (status, body) = (answer.status(), answer.body());
    if status.is_success() && (status != StatusCode::OK || body.is_empty()) {
        return Err("no answer of DynamoDB's".into());
    }
    let checksum = answer.headers().get(CHECKSUM);
    if checksum.is_some_and(|its| *its != crc32fast::hash(body).to_string()) {
        return Err("damaged on its way".into());
    }
    Ok(())
}

/// Whether the same request may get another answer. `code` is that of a DynamoDB error.
fn may_pass(status: StatusCode, code: Option<&str>) -> bool {
    !status.is_client_error()
        || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
        || code.is_some_and(|it| THROTTLING_ERRORS.contains(&it) || TRANSIENT_ERRORS.contains(&it))
}

/// An answer that is no item, nor says that there is none.
#[derive(Debug, thiserror::Error)]
#[error("answered {status}")]
struct Answered {
    status: StatusCode,
    source: BoxError,
}
