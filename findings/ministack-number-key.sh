#!/usr/bin/env bash
# ministack 1.5.33: two items with one number key.
#
# Guess: 1 and 1.00 are one number, so they are one partition key, in each operation, as in DynamoDB.
# Seen:  PutItem normalizes the key. GetItem, UpdateItem and DeleteItem look for its text. An update of
#        "1.00" creates a second item, whose key is also 1, and a deletion of "1.00" deletes nothing.
# Why it matters: a Decimal that was computed (`Decimal("2") * Decimal("0.50")`) is sent as 1.00. The local
# test loses an item or counts one twice, and the cause looks like a race.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ministack==1.5.33 boto3==1.43.106

port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port IOT_MTLS_ENABLED=0 HOME=$folder "$folder/venv/bin/ministack" >"$folder/log" 2>&1 &
curl --silent --retry 20 --retry-connrefused --retry-delay 1 --output /dev/null "http://127.0.0.1:$port/"

cat >"$folder/run.py" <<'PYTHON'
import decimal, sys, boto3

table = boto3.resource("dynamodb", endpoint_url=sys.argv[1], region_name="us-east-1").create_table(
    TableName="seats",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
    BillingMode="PAY_PER_REQUEST",
)


def items():
    return sorted((str(item["id"]), item["by"]) for item in table.scan()["Items"])


one, computed = decimal.Decimal("1"), decimal.Decimal("2") * decimal.Decimal("0.50")
table.put_item(Item={"id": one, "by": "put 1"})
table.put_item(Item={"id": computed, "by": "put 1.00"})
print("put twice:", items())
print("get 1.00:", table.get_item(Key={"id": computed}).get("Item"))
names, values = {"#b": "by"}, {":b": "update 1.00"}
table.update_item(
    Key={"id": computed}, UpdateExpression="SET #b = :b", ExpressionAttributeNames=names, ExpressionAttributeValues=values
)
print("updated:", items())
table.delete_item(Key={"id": decimal.Decimal("1.0")})
print("deleted 1.0:", items())
PYTHON
AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local \
  "$folder/venv/bin/python" "$folder/run.py" "http://127.0.0.1:$port" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
put twice: [('1', 'put 1.00')]
get 1.00: None
updated: [('1', 'put 1.00'), ('1', 'update 1.00')]
deleted 1.0: [('1', 'put 1.00'), ('1', 'update 1.00')]
SEEN
cat "$folder/seen"
