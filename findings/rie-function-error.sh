#!/usr/bin/env bash
# Lambda's runtime interface emulator, as aws-sam-cli 1.170.0 ships it, with boto3 1.44.8: a failed
# invocation looks like a success.
#
# Guess: `invoke` returns a FunctionError for a function that reports an error or times out, as at AWS, and
#        202 at once for InvocationType=Event.
# Seen:  StatusCode 200 and no FunctionError for both. The payload of the timeout is not even JSON. An Event
#        waits for the function, and gets its result.
# Why it matters: code that checks for FunctionError, as AWS's guide says, takes each failure for a result.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet boto3==1.44.8
"$folder/venv/bin/pip" install --quiet --no-deps aws-sam-cli==1.170.0
kind=$(uname -m | sed s/aarch64/arm64/)

# A function that returns its event, reports an error or never ends.
cat >"$folder/bootstrap" <<'PYTHON'
#!/usr/bin/env python3
import os, time, urllib.request

api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{api}/next") as invocation:
        event, id = invocation.read(), invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    if event == b'"sleep"':
        time.sleep(60)
    failed = event == b'"fail"'
    body = b'{"errorType":"TableError","errorMessage":"no table"}' if failed else event
    urllib.request.urlopen(f"{api}/{id}/{'error' if failed else 'response'}", body).read()
PYTHON
chmod +x "$folder/bootstrap"

free_port() { python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'; }
front=$(free_port) back=$(free_port)
AWS_LAMBDA_FUNCTION_TIMEOUT=1 "$folder"/venv/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-$kind \
  --runtime-interface-emulator-address "127.0.0.1:$front" --runtime-api-address "127.0.0.1:$back" \
  "$folder/bootstrap" >"$folder/log" 2>&1 &
curl --silent --retry 10 --retry-connrefused --retry-delay 1 --output /dev/null "http://127.0.0.1:$front/"

export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
"$folder/venv/bin/python" - "http://127.0.0.1:$front" >"$folder/seen" <<'PYTHON'
import sys, boto3

client = boto3.client("lambda", endpoint_url=sys.argv[1], region_name="us-east-1")
for event, kind in [("ok", "RequestResponse"), ("fail", "RequestResponse"), ("sleep", "RequestResponse"), ("ok", "Event")]:
    response = client.invoke(FunctionName="function", Payload=f'"{event}"', InvocationType=kind)
    print(event, kind, response["StatusCode"], response.get("FunctionError"), response["Payload"].read().decode())
PYTHON

diff - "$folder/seen" <<'SEEN'
ok RequestResponse 200 None "ok"
fail RequestResponse 200 None {"errorType":"TableError","errorMessage":"no table"}
sleep RequestResponse 200 None Task timed out after 1.00 seconds
ok Event 200 None "ok"
SEEN
cat "$folder/seen"
