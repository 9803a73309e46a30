#!/usr/bin/env bash
# cargo-lambda 1.9.2, `cargo lambda watch`: each invocation is over before it begins.
#
# Guess: the header `Lambda-Runtime-Deadline-Ms` is the time at which the function times out, in
#        milliseconds since 1970, and `requestContext.timeEpoch` of the event is the time of the request in
#        milliseconds, as at AWS.
# Seen:  the deadline is always 600000, ten minutes after 1970 began, and `timeEpoch` is in seconds.
# Why it matters: a function that gives its database the rest of its time (`deadline - now`) has none: it
# times out at once, or its unsigned subtraction overflows. A cursor or a signature with `timeEpoch` dates
# from January 1970. At AWS both work.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-deps cargo-lambda==1.9.2

# `watch` wants a package, but with --only-lambda-apis it builds nothing. This script is the function.
mkdir -p "$folder/package/src"
cd "$folder/package"
printf '[package]\nname = "function"\nversion = "0.1.0"\nedition = "2021"\n' >Cargo.toml
echo 'fn main() {}' >src/main.rs
port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
"$folder/venv/bin/cargo-lambda" lambda watch --only-lambda-apis --invoke-address 127.0.0.1 --invoke-port "$port" \
  >"$folder/log" 2>&1 &
request=(curl --silent --retry 10 --retry-connrefused --retry-delay 1 --max-time 60)
"${request[@]}" "http://127.0.0.1:$port/users" >"$folder/response" &
"${request[@]}" --dump-header "$folder/headers" --output "$folder/event" \
  "http://127.0.0.1:$port/.rt/_/2018-06-01/runtime/invocation/next"

python3 - "$folder" >"$folder/seen" <<'PYTHON'
import json, re, sys, time

headers, event = (open(f"{sys.argv[1]}/{name}").read() for name in ("headers", "event"))
print("deadline:", re.search(r"lambda-runtime-deadline-ms: (\d+)", headers, re.I)[1])
epoch = json.loads(event)["requestContext"]["timeEpoch"]
print("timeEpoch is in", "seconds" if abs(epoch - time.time()) < 3600 else "milliseconds")
PYTHON

diff - "$folder/seen" <<'SEEN'
deadline: 600000
timeEpoch is in seconds
SEEN
cat "$folder/seen"
