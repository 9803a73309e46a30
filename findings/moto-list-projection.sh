#!/usr/bin/env bash
# moto 5.2.5: a projection of two list elements returns one.
#
# Guess: `ProjectionExpression="tags[0], tags[2]"` returns both elements, in the list's order, and two
#        attributes of one element return both, as DynamoDB's guide describes nested projections.
# Seen:  only what the expression names last. Maps are right, and each element alone is right.
# Why it matters: code that reads a part of an item works at AWS and loses data in its tests. Or the
# test is written after what moto returns, and the code breaks at AWS, where there is more.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "moto[dynamodb]==5.2.5" boto3==1.44.8

cat >"$folder/run.py" <<'PYTHON'
import boto3, boto3.dynamodb.types, moto

with moto.mock_aws():
    table = boto3.resource("dynamodb", region_name="us-east-1").create_table(
        TableName="users",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    seats, stats = [{"row": "R", "place": "P"}], {"x": "X", "y": "Y"}
    table.put_item(Item={"id": "1", "tags": ["a", "b", "c"], "seats": seats, "stats": stats})
    for expression in ["tags[0]", "tags[0], tags[2]", "tags[2], tags[0]", "seats[0].row, seats[0].place", "stats.x, stats.y"]:
        print(f"{expression}:", table.get_item(Key={"id": "1"}, ProjectionExpression=expression)["Item"])
PYTHON
AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local "$folder/venv/bin/python" "$folder/run.py" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
tags[0]: {'tags': ['a']}
tags[0], tags[2]: {'tags': ['c']}
tags[2], tags[0]: {'tags': ['a']}
seats[0].row, seats[0].place: {'seats': [{'place': 'P'}]}
stats.x, stats.y: {'stats': {'x': 'X', 'y': 'Y'}}
SEEN
cat "$folder/seen"
