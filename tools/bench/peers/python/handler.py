"""GET /v1/users/{id}."""

import json
import os
import re
from datetime import datetime, timezone
from decimal import Decimal

import boto3
from boto3.dynamodb.types import TypeDeserializer

FIELDS = (
    "id", "email", "name", "company", "role", "department", "phone", "account_id", "status",
    "created_time", "last_login", "permissions", "activity_stats", "metadata",
)
USER_ID = re.compile(r"user_[0-9A-Za-z]{1,64}")

# Of the variables that Lambda sets, boto3 reads AWS_DEFAULT_REGION and not this one.
dynamodb = boto3.client("dynamodb", region_name=os.environ["AWS_REGION"])
deserialize = TypeDeserializer().deserialize


def handler(event, context):
    caller = event["requestContext"].get("authorizer") or {}
    user_id = event["pathParameters"]["id"]
    if not caller.get("key_id") or not caller.get("account_id"):
        return failure(event, 401, "UNAUTHORIZED", "Invalid or missing API key")
    if not USER_ID.fullmatch(user_id):
        return failure(event, 400, "INVALID_REQUEST", "Invalid user ID format")

    output = dynamodb.get_item(TableName=os.environ["USERS_TABLE"], Key={"id": {"S": user_id}})
    if "Item" not in output:
        return failure(event, 404, "NOT_FOUND", "User not found")
    item = {name: deserialize(value) for name, value in output["Item"].items()}
    if item["account_id"] != caller["account_id"]:
        message = "You don't have permission to access this user"
        return failure(event, 403, "FORBIDDEN", message)
    return respond(event, 200, {"success": True, "data": {name: item.get(name) for name in FIELDS}})


def failure(event, status, code, message):
    return respond(event, status, {"success": False, "error": {"code": code, "message": message}})


def respond(event, status, body):
    request_id = "req_" + event["requestContext"]["requestId"]
    timestamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    body["meta"] = {"timestamp": timestamp, "request_id": request_id}
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "X-Request-Id": request_id},
        "body": json.dumps(body, default=number),
    }


def number(value):
    """boto3 gives numbers as Decimal, which JSON does not know."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    return int(value) if value == value.to_integral_value() else float(value)
