#!/usr/bin/env bash
# @aws-sdk/util-dynamodb 3.996.9: an item with an attribute named `constructor` can be read, but not written.
#
# Guess: `marshall` takes each plain object, whatever its keys are. What `unmarshall` returns can be written again.
# Seen:  it knows a class's object by `data.constructor.name`. An own key `constructor` hides that, at any depth, and
#        the error asks for `convertClassInstanceToMap`. With the value null, or an object with the name "Object",
#        it works. Other names of Object.prototype, such as `valueOf`, work too.
# Why it matters: keys that users choose, or plain data (Formula 1 has constructors): one such item cannot be saved,
# nor copied from a table that boto3 filled. The document client, ElectroDB and OneTable all use this function.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @aws-sdk/util-dynamodb@3.996.9 @aws-sdk/client-dynamodb@3.1162.0

cat >"$folder/run.mjs" <<'JAVASCRIPT'
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

const read = unmarshall({ race: { S: "Monza" }, car: { M: { constructor: { S: "McLaren" }, wheels: { N: "4" } } } });
console.log("read:", JSON.stringify(read));
for (const car of [
  read.car,
  { constructor: null },
  { constructor: { name: "Object" } },
  { constructor: { name: "McLaren" } },
  { valueOf: 1, toString: 2, hasOwnProperty: 3 },
]) {
  let result = "written";
  try {
    marshall({ car });
  } catch (error) {
    result = `throws: ${error.message.split(". ")[0]}`;
  }
  console.log(JSON.stringify(car), result);
}
marshall(read, { convertClassInstanceToMap: true });
JAVASCRIPT
node "$folder/run.mjs" >"$folder/seen" 2>"$folder/log"

diff - "$folder/seen" <<'SEEN'
read: {"race":"Monza","car":{"constructor":"McLaren","wheels":4}}
{"constructor":"McLaren","wheels":4} throws: Unsupported type passed: [object Object]
{"constructor":null} written
{"constructor":{"name":"Object"}} written
{"constructor":{"name":"McLaren"}} throws: Unsupported type passed: [object Object]
{"valueOf":1,"toString":2,"hasOwnProperty":3} written
SEEN
cat "$folder/seen"
