#!/usr/bin/env bash
# dynamodb-json 1.4.2: a map with the keys S, M and L does not survive a round trip.
#
# Guess: `loads(dumps(value))` returns the value, since each map is wrapped in {"M": …} on its way.
# Seen:  `loads` cannot tell a map's own key from a type: {"S": 4, "M": 2, "L": 7} becomes the text '4'. The
#        keys S, M, L and B do this, at any depth. Other maps stay right, and nothing is raised.
# Why it matters: shirt sizes, weekdays (M), blood groups (B): one such item, and the rest of its map is gone
# when it is written again. boto3's own TypeDeserializer has no such case.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet dynamodb-json==1.4.2 boto3==1.44.8

cat >"$folder/run.py" <<'PYTHON'
import json
from boto3.dynamodb.types import TypeDeserializer
from dynamodb_json import json_util

for stock in [{"S": 4, "M": 2, "L": 7}, {"M": 2, "XL": 1}, {"L": 7, "XL": 1}, {"B": "x", "C": "y"}, {"XL": 1, "XXL": 2}]:
    dumped = json_util.dumps({"stock": stock})
    loaded = json_util.loads(dumped)["stock"]
    boto3 = TypeDeserializer().deserialize(json.loads(dumped)["stock"])
    print(stock, "becomes", repr(loaded), "and with boto3 it is the same:", boto3 == stock)
PYTHON
"$folder/venv/bin/python" "$folder/run.py" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
{'S': 4, 'M': 2, 'L': 7} becomes '4' and with boto3 it is the same: True
{'M': 2, 'XL': 1} becomes 2 and with boto3 it is the same: True
{'L': 7, 'XL': 1} becomes 7 and with boto3 it is the same: True
{'B': 'x', 'C': 'y'} becomes 'x' and with boto3 it is the same: True
{'XL': 1, 'XXL': 2} becomes {'XL': 1, 'XXL': 2} and with boto3 it is the same: True
SEEN
cat "$folder/seen"
