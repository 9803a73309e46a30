#!/usr/bin/env bash
# aws-sam-translator 1.115.0 (in aws-sam-cli 1.170.0): an operation that is public gets the authorizer.
#
# Guess: `security: []` of an operation in `DefinitionBody` means public, as OpenAPI says, and wins over
#        `DefaultAuthorizer`, which is for operations that say nothing.
# Seen:  SAM adds the default authorizer to it, as to an operation without `security`, and also beside another
#        scheme that the operation names. Only SAM's own word, `security: [{NONE: []}]`, keeps it public.
# Why it matters: a health check, a login or an OPTIONS that is public in the contract, in mock servers and in
# generated clients is a 401 after the deployment. Declare the authorizer in the OpenAPI file itself, with
# `x-amazon-apigateway-authorizer`, and leave `DefaultAuthorizer` out.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet aws-sam-translator==1.115.0

cat >"$folder/run.py" <<'PYTHON'
from samtranslator.translator.transform import transform

operations = {"silent": {}, "public": {"security": []}}
operations |= {name: {"security": [{scheme: []}]} for name, scheme in [("other", "ApiKey"), ("none", "NONE")]}
integration = {"responses": {}, "x-amazon-apigateway-integration": {"type": "mock"}}
template = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Api": {
            "Type": "AWS::Serverless::Api",
            "Properties": {
                "StageName": "live",
                "Auth": {
                    "DefaultAuthorizer": "Keys",
                    "Authorizers": {"Keys": {"FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:keys"}},
                },
                "DefinitionBody": {
                    "openapi": "3.0.1",
                    "info": {"title": "Users", "version": "1"},
                    "paths": {f"/{name}": {"get": {**operation, **integration}} for name, operation in operations.items()},
                },
            },
        }
    },
}
api = transform(template, {}, None)["Resources"]["Api"]["Properties"]["Body"]
for path, methods in sorted(api["paths"].items()):
    print(path, operations[path[1:]], "becomes", methods["get"].get("security"))
PYTHON
AWS_DEFAULT_REGION=us-east-1 "$folder/venv/bin/python" "$folder/run.py" 2>"$folder/log" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
/none {'security': [{'NONE': []}]} becomes [{'NONE': []}]
/other {'security': [{'ApiKey': []}]} becomes [{'ApiKey': []}, {'Keys': []}]
/public {'security': []} becomes [{'Keys': []}]
/silent {} becomes [{'Keys': []}]
SEEN
cat "$folder/seen"
