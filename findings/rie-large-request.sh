#!/usr/bin/env bash
# Lambda's runtime interface emulator, as aws-sam-cli 1.170.0 ships it: a large request is cut.
#
# Guess: a payload above Lambda's limit of 6 MB gets an error, as at AWS (413 RequestTooLargeException).
# Seen:  the emulator keeps the first 6,291,556 bytes, drops the rest and invokes the function:
#        a valid JSON event of 7,000,012 bytes arrives as text that no parser accepts, and the status is 200.
# Why it matters: a test with a large body fails in the function's JSON parser, which is not at fault. A
# function that passes the payload on without parsing passes such a test, and never sees it at AWS.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-deps aws-sam-cli==1.170.0
kind=$(uname -m | sed s/aarch64/arm64/)

# A function that says how many bytes it got, and whether they are JSON.
cat >"$folder/bootstrap" <<'PYTHON'
#!/usr/bin/env python3
import json, os, urllib.request

api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{api}/next") as invocation:
        event, id = invocation.read(), invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        json.loads(event)
        valid = "JSON"
    except ValueError:
        valid = "not JSON"
    urllib.request.urlopen(f"{api}/{id}/response", json.dumps(f"{len(event)} bytes, {valid}").encode()).read()
PYTHON
chmod +x "$folder/bootstrap"

free_port() { python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'; }
front=$(free_port) back=$(free_port)
"$folder"/venv/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-$kind \
  --runtime-interface-emulator-address "127.0.0.1:$front" --runtime-api-address "127.0.0.1:$back" \
  "$folder/bootstrap" >"$folder/log" 2>&1 &

for size in 1000 7000000; do
  python3 -c "print('{\"text\": \"' + 'x' * $size + '\"}', end='')" >"$folder/event"
  echo "sent $(wc -c <"$folder/event") bytes: status and response $(curl --silent --retry 10 --retry-connrefused \
    --retry-delay 1 --max-time 60 --header 'Expect:' --data-binary "@$folder/event" --write-out ' %{http_code}' \
    "http://127.0.0.1:$front/2015-03-31/functions/function/invocations")"
done >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
sent 1012 bytes: status and response "1012 bytes, JSON" 200
sent 7000012 bytes: status and response "6291556 bytes, not JSON" 200
SEEN
cat "$folder/seen"
