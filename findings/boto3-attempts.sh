#!/usr/bin/env bash
# boto3 1.44.8: DynamoDB gets 4 attempts, no longer 10, and after a dozen failed calls only 1.
#
# Guess: DynamoDB is the service with 10 attempts, as boto3 has had it for a decade, and each call has them.
# Seen:  the default retry mode is "standard" now: 4 attempts. All calls of a client share one budget of
#        retries, which only successes fill again. The twelfth failed call has 3 attempts, the next ones 1.
#        In the mode "legacy" it is 10 each time.
# Why it matters: a function that rode out a bad minute of DynamoDB now fails in it, after an update of boto3
# and without another change. And `max_attempts` counts retries in the code, but attempts in AWS_MAX_ATTEMPTS.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet boto3==1.44.8 botocore==1.44.8

cat >"$folder/run.py" <<'PYTHON'
import http.server, os, threading, boto3, botocore.config, botocore.exceptions

class Failing(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.requests += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500)
        self.end_headers()
    log_message = lambda *_: None

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Failing)
threading.Thread(target=server.serve_forever, daemon=True).start()

def attempts(calls, **retries):
    config = botocore.config.Config(retries=retries)
    url = f"http://127.0.0.1:{server.server_port}"
    client = boto3.client("dynamodb", endpoint_url=url, region_name="us-east-1", config=config)
    counts = []
    for _ in range(calls):
        server.requests = 0
        try:
            client.get_item(TableName="users", Key={"id": {"S": "1"}})
        except botocore.exceptions.ClientError:
            counts.append(server.requests)
    return counts

print("default:", attempts(15))
print("legacy:", attempts(1, mode="legacy"))
print("max_attempts=4:", attempts(1, max_attempts=4))
os.environ["AWS_MAX_ATTEMPTS"] = "4"
print("AWS_MAX_ATTEMPTS=4:", attempts(1))
PYTHON
AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_CONFIG_FILE=/dev/null \
  env --unset=AWS_RETRY_MODE --unset=AWS_MAX_ATTEMPTS "$folder/venv/bin/python" "$folder/run.py" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
default: [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 1, 1, 1]
legacy: [10]
max_attempts=4: [5]
AWS_MAX_ATTEMPTS=4: [4]
SEEN
cat "$folder/seen"
