#!/usr/bin/env bash
# opentelemetry-propagator-aws-xray 1.0.2 (Python) and @opentelemetry/propagator-aws-xray 2.2.0 (JavaScript):
# the trace ID that API Gateway and load balancers set is ignored.
#
# Guess: `X-Amzn-Trace-Id: Root=1-…` alone, as AWS sends it where no tracing is on, continues that trace. So
#        does `Root` with `Sampled=0`. A header without `Sampled` is read alike in both languages.
# Seen:  without `Parent` both ignore the whole header and start another trace, also after "do not sample".
#        Without `Sampled`, Python continues the trace, and JavaScript starts another.
# Why it matters: the ID in API Gateway's access log is not the one in the function's traces and logs, for
# each request without X-Ray in front. A `Sampled=0` of the caller is overruled by the local sampler.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet opentelemetry-propagator-aws-xray==1.0.2 opentelemetry-api==1.45.2
npm install --silent --no-audit --no-fund --prefix "$folder" @opentelemetry/propagator-aws-xray@2.2.0 @opentelemetry/api@1.9.1

cat >"$folder/run.py" <<'PYTHON'
import sys
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.trace import get_current_span

for header in sys.argv[1:]:
    context = get_current_span(AwsXRayPropagator().extract({"X-Amzn-Trace-Id": header})).get_span_context()
    verdict = "continues" if context.is_valid else "starts another"
    print("Python:", header.replace("1-5759e988-bd862e3fe1be46a994272793", "R"), verdict)
PYTHON
cat >"$folder/run.mjs" <<'JAVASCRIPT'
import { defaultTextMapGetter, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { AWSXRayPropagator } from "@opentelemetry/propagator-aws-xray";

for (const header of process.argv.slice(2)) {
  const context = new AWSXRayPropagator().extract(ROOT_CONTEXT, { "x-amzn-trace-id": header }, defaultTextMapGetter);
  const verdict = trace.getSpanContext(context) ? "continues" : "starts another";
  console.log("JavaScript:", header.replace("1-5759e988-bd862e3fe1be46a994272793", "R"), verdict);
}
JAVASCRIPT
root=Root=1-5759e988-bd862e3fe1be46a994272793
headers=("$root" "$root;Sampled=0" "$root;Parent=53995c3f42cd8ad8" "$root;Parent=53995c3f42cd8ad8;Sampled=1")
{ "$folder/venv/bin/python" "$folder/run.py" "${headers[@]}" && node "$folder/run.mjs" "${headers[@]}"; } >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
Python: Root=R starts another
Python: Root=R;Sampled=0 starts another
Python: Root=R;Parent=53995c3f42cd8ad8 continues
Python: Root=R;Parent=53995c3f42cd8ad8;Sampled=1 continues
JavaScript: Root=R starts another
JavaScript: Root=R;Sampled=0 starts another
JavaScript: Root=R;Parent=53995c3f42cd8ad8 starts another
JavaScript: Root=R;Parent=53995c3f42cd8ad8;Sampled=1 continues
SEEN
cat "$folder/seen"
