//! DynamoDB's `GetItem` on the wire, as the SDK writes and reads it.

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

/// Codes of errors that pass (DynamoDB's developer guide, "Error handling with DynamoDB").
const THROTTLED: [&str; 3] =
    ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"];

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
        let error = match self.read(answer).map_err(TableError::Unavailable)? {
            Ok(output) => {
                let other = |_| TableError::Unavailable("an answer to something else".into());
                return output.downcast().map_err(other);
            }
            Err(error) => error,
        };
        let code = error
            .as_operation_error()
            .and_then(|error| error.downcast_ref::<GetItemError>())
            .and_then(ProvideErrorMetadata::code);
        let is_throttled = status == StatusCode::TOO_MANY_REQUESTS
            || code.is_some_and(|code| THROTTLED.contains(&code));
        // A server's error may pass as well, and so may an answer that cannot be read.
        Err(if is_throttled || !status.is_client_error() {
            TableError::Unavailable(error.into())
        } else {
            TableError::Refused(error.into())
        })
    }

    fn read(&self, answer: Response<Bytes>) -> Result<OutputOrError, BoxError> {
        let deserializer = self.0.load::<SharedResponseDeserializer>();
        let deserializer = deserializer.ok_or("an operation that cannot be read")?;
        let answer: HttpResponse = answer.map(SdkBody::from).try_into()?;
        Ok(deserializer.deserialize_nonstreaming_with_config(&answer, &ConfigBag::base()))
    }
}
