"""GET /v1/users/{id}, with a loop that asks Lambda's Runtime API for events, as the managed runtime does."""

import json
import os
import sys
from datetime import datetime, timezone
from http.client import HTTPConnection

# On Lambda the function's folder cannot be written to, so its code is compiled at every start.
sys.dont_write_bytecode = True

import boto3  # noqa: E402
from boto3.dynamodb.types import TypeDeserializer  # noqa: E402

INVOCATION = "/2018-06-01/runtime/invocation"
# Of the variables that Lambda sets, boto3 reads AWS_DEFAULT_REGION and not this one.
dynamodb = boto3.client("dynamodb", region_name=os.environ["AWS_REGION"])


def handler(event):
    user_id = event["pathParameters"]["id"]
    output = dynamodb.get_item(TableName=os.environ["USERS_TABLE"], Key={"id": {"S": user_id}})
    user = TypeDeserializer().deserialize({"M": output["Item"]})
    if user["account_id"] != event["requestContext"]["authorizer"]["account_id"]:
        raise ValueError("another account")
    request_id = "req_" + event["requestContext"]["requestId"]
    timestamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    meta = {"timestamp": timestamp, "request_id": request_id}
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "X-Request-Id": request_id},
        # boto3 returns numbers as Decimal, which JSON does not know.
        "body": json.dumps({"success": True, "data": user, "meta": meta}, default=int),
    }


runtime = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    runtime.request("GET", f"{INVOCATION}/next")
    invocation = runtime.getresponse()
    event_id, event = invocation.headers["Lambda-Runtime-Aws-Request-Id"], json.load(invocation)
    runtime.request("POST", f"{INVOCATION}/{event_id}/response", json.dumps(handler(event)))
    runtime.getresponse().read()
