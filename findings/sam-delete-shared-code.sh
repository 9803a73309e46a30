#!/usr/bin/env bash
# aws-sam-cli 1.170.0: `sam delete` of one stack, and the code of another.
#
# Guess: `sam delete` deletes only what belongs to the stack.
# Seen:  with --resolve-s3 all stacks of an account share a bucket, and the hash of a file is its name there. So two
#        stacks with the same build share its files. `sam delete` of one stack deletes them, unless --s3-prefix differs.
# Why it matters: the other stack works until an update fails. Then CloudFormation cannot restore the code, and the
#        stack ends in UPDATE_ROLLBACK_FAILED. A build that went to staging and then to production is such a case.
# The account is emulated, by ministack 1.5.33.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
# Each pins another version of botocore.
python3 -m venv "$folder/emulator" && "$folder/emulator/bin/pip" install --quiet ministack==1.5.33 aws-sam-translator==1.115.0
python3 -m venv "$folder/sam" && "$folder/sam/bin/pip" install --quiet aws-sam-cli==1.170.0

port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
unset AWS_PROFILE AWS_SESSION_TOKEN
export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
export HOME=$folder SAM_CLI_TELEMETRY=0 SAM_CLI_POLL_DELAY=0.2
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port IOT_MTLS_ENABLED=0 "$folder/emulator/bin/ministack" >"$folder/log" 2>&1 &
curl --silent --retry 20 --retry-connrefused --retry-delay 1 --output /dev/null "$AWS_ENDPOINT_URL"

mkdir "$folder/code" && echo 'def handler(event, context): return event' >"$folder/code/app.py"
cat >"$folder/template.yaml" <<'TEMPLATE'
Transform: AWS::Serverless-2016-10-31
Resources:
  Echo: { Type: AWS::Serverless::Function, Properties: { CodeUri: code, Handler: app.handler, Runtime: python3.13 } }
TEMPLATE
cat >"$folder/code.py" <<'PYTHON'
import boto3

template = boto3.client("cloudformation").get_template(StackName="production", TemplateStage="Processed")["TemplateBody"]
code = template["Resources"]["Echo"]["Properties"]["Code"]
found = boto3.client("s3").list_objects_v2(Bucket=code["S3Bucket"], Prefix=code["S3Key"])["KeyCount"]
print("the code of production is", "there" if found else "gone")
PYTHON

for prefix in "" own; do
  for stack in staging production; do
    "$folder/sam/bin/sam" deploy --template "$folder/template.yaml" --stack-name $stack --resolve-s3 --capabilities CAPABILITY_IAM \
      ${prefix:+--s3-prefix $stack} >>"$folder/log" 2>&1
  done
  "$folder/sam/bin/python" "$folder/code.py"
  "$folder/sam/bin/sam" delete --stack-name staging --no-prompts >>"$folder/log" 2>&1
  echo "staging is deleted, and $("$folder/sam/bin/python" "$folder/code.py")"
done >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
the code of production is there
staging is deleted, and the code of production is gone
the code of production is there
staging is deleted, and the code of production is there
SEEN
cat "$folder/seen"
