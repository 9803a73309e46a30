#!/usr/bin/env bash
# @aws-sdk/util-dynamodb 3.996.9: what `unmarshall` makes of DynamoDB's numbers of up to 38 digits.
#
# Guess: a number that JavaScript cannot hold is an error, as it is in the other direction, for `marshall`.
# Seen:  three ways. A large integer silently becomes a BigInt. With a fraction it throws. A small number with
#        as many digits is silently rounded.
# Why it matters: a handler that returns the item as JSON works until one counter passes 2^53. From then on
# JSON.stringify throws a TypeError for this item, and the API responds with a 500. An amount with many
# digits comes back changed, without an error. `wrapNumbers: true` gives each number as text.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @aws-sdk/util-dynamodb@3.996.9 @aws-sdk/client-dynamodb@3.1162.0

cat >"$folder/run.mjs" <<'JAVASCRIPT'
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

const attempt = (run) => {
  try {
    return run();
  } catch (error) {
    return `throws ${error.name}`;
  }
};
for (const number of ["9007199254740991", "9007199254740993", "9007199254740993.5", "0.12345678901234567890"]) {
  const value = attempt(() => unmarshall({ calls: { N: number } }).calls);
  console.log(`${number}: ${typeof value} ${value}, as JSON ${attempt(() => JSON.stringify({ calls: value }))}`);
}
console.log(`marshall 2**53: ${attempt(() => JSON.stringify(marshall({ calls: 2 ** 53 })))}`);
JAVASCRIPT
node "$folder/run.mjs" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
9007199254740991: number 9007199254740991, as JSON {"calls":9007199254740991}
9007199254740993: bigint 9007199254740993, as JSON throws TypeError
9007199254740993.5: string throws Error, as JSON {"calls":"throws Error"}
0.12345678901234567890: number 0.12345678901234568, as JSON {"calls":0.12345678901234568}
marshall 2**53: throws Error
SEEN
cat "$folder/seen"
