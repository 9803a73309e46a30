"""Asks Lambda's Runtime API for events, as the managed runtime does."""

import json
import os
import sys
from http.client import HTTPConnection

# On Lambda the function's folder cannot be written to, so its code is compiled at every start.
sys.dont_write_bytecode = True

from handler import handler  # noqa: E402

INVOCATION = "/2018-06-01/runtime/invocation"


def main():
    runtime = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        runtime.request("GET", f"{INVOCATION}/next")
        response = runtime.getresponse()
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.loads(response.read())
        try:
            outcome, answer = "response", handler(event, None)
        except Exception as error:
            outcome = "error"
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
        headers = {"Content-Type": "application/json"}
        runtime.request("POST", f"{INVOCATION}/{request_id}/{outcome}", json.dumps(answer), headers)
        runtime.getresponse().read()


if __name__ == "__main__":
    main()
