#!/usr/bin/env bash
# boto3 1.44.8: a response of DynamoDB with a wrong checksum is retried, and then taken.
#
# Guess: DynamoDB sends the CRC-32 of each body in `x-amz-crc32`. If it never matches, the call raises
#        ChecksumError after its attempts, as it did before.
# Seen:  the new default retry mode, "standard", retries, and returns the last body as a success: nothing is
#        raised or logged. The mode "legacy" still raises.
# Why it matters: who relies on the check against a proxy or a cache that changes bodies has lost it with an
# update. A body that was changed on its way is an item like any other, three retries later.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet boto3==1.44.8 botocore==1.44.8

cat >"$folder/run.py" <<'PYTHON'
import http.server, threading, zlib, boto3, botocore.config, botocore.exceptions

SENT, CHANGED = (b'{"Item":{"id":{"S":"%s"}}}' % id for id in (b"ada", b"bob"))


class Table(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.requests += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("x-amz-crc32", str(zlib.crc32(SENT)))
        self.send_header("Content-Length", str(len(CHANGED)))
        self.end_headers()
        self.wfile.write(CHANGED)

    log_message = lambda *_: None


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Table)
threading.Thread(target=server.serve_forever, daemon=True).start()
for retries in ({}, {"mode": "legacy", "total_max_attempts": 4}):
    server.requests = 0
    config = botocore.config.Config(retries=retries)
    url = f"http://127.0.0.1:{server.server_port}"
    client = boto3.client("dynamodb", endpoint_url=url, region_name="us-east-1", config=config)
    try:
        result = client.get_item(TableName="users", Key={"id": {"S": "ada"}})["Item"]
    except botocore.exceptions.ChecksumError as error:
        result = type(error).__name__
    print(client.meta.config.retries, "attempts:", server.requests, "result:", result)
PYTHON
AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_CONFIG_FILE=/dev/null \
  env --unset=AWS_RETRY_MODE --unset=AWS_MAX_ATTEMPTS "$folder/venv/bin/python" "$folder/run.py" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
{'mode': 'standard'} attempts: 4 result: {'id': {'S': 'bob'}}
{'mode': 'legacy', 'total_max_attempts': 4} attempts: 4 result: ChecksumError
SEEN
cat "$folder/seen"
