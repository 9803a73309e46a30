"""Deploys the build to MiniStack, which `scripts/check emulator` starts, beside `cargo local`."""

import http.client
import json
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from boto3 import client, resource
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".aws-sam/build"
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
# Headers with a time, an ID or its length, and the gateway's own.
UNSTABLE = {"date", "content-length", "x-request-id", "x-amzn-requestid", "x-amz-request-id", "x-amz-apigw-id", "x-amzn-errortype"}


class Stack:
    """A stack of `sam deploy`. `stack["Api"]` is the ID or the name of its resource `Api`."""

    def __init__(self, name: str):
        # The emulator does not decode the path of a limit.
        text = (BUILD / "template.yaml").read_text().replace("/~1v1~1users~1{id}", "/v1/users/{id}")
        self.name, self.template = name, yaml_parse(text)
        self.resources = self.template["Resources"]
        # It knows no composite alarms, no alarms on expressions, no saved queries and no CodeDeploy.
        del self.template["Globals"]["Function"]["DeploymentPreference"]
        unknown = ("AWS::CloudWatch::CompositeAlarm", "AWS::Logs::QueryDefinition")
        for logical_id, declared in list(self.resources.items()):
            declared["Properties"].pop("DeploymentPreference", None)
            if declared["Type"] in unknown or "Metrics" in declared["Properties"]:
                del self.resources[logical_id]

    def __getitem__(self, logical_id: str) -> str:
        return resource("cloudformation").StackResource(self.name, logical_id).physical_resource_id

    def deploy(self, *parameters: str) -> subprocess.CompletedProcess:
        """Deploys with the parameters of `samconfig.toml`, or changes only the given ones."""
        # Paths in the template are relative to it.
        (BUILD / "emulator.json").write_text(json.dumps(self.template))
        command = ["sam", "deploy", "--config-file", ROOT / "samconfig.toml", "--template", BUILD / "emulator.json"]
        overrides = ["--parameter-overrides", *parameters] if parameters else []
        return subprocess.run([*command, "--stack-name", self.name, *overrides], capture_output=True, text=True, timeout=120)

    def add_what_the_import_loses(self) -> None:
        """The emulator ignores `ANY` methods and gateway responses of a definition, but its API has both."""
        gateway, api = client("apigateway"), self["Api"]
        resources = {item["path"]: item for item in gateway.get_resources(restApiId=api, embed=["methods"])["items"]}
        uri = resources["/v1/users/{id}"]["resourceMethods"]["GET"]["methodIntegration"]["uri"]
        for path in ("/", "/{proxy+}"):
            method = {"restApiId": api, "resourceId": resources[path]["id"], "httpMethod": "ANY"}
            gateway.put_method(**method, authorizationType="NONE")
            gateway.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        definition = yaml_parse((ROOT / "openapi.yaml").read_text())
        for kind, response in definition["x-amazon-apigateway-gateway-responses"].items():
            gateway.put_gateway_response(restApiId=api, responseType=kind, **response)
        gateway.create_deployment(restApiId=api, stageName="live")

    def url(self) -> str:
        return f"{ENDPOINT}/restapis/{self['Api']}/live/_user_request_"


@pytest.fixture(scope="session")
def local():
    """The URLs of the API and of DynamoDB of `cargo local`."""
    process = subprocess.Popen("cargo local --port 0 --dynamodb-port 0".split(), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    yield next(filter(None, (re.match(r"ready (\S+) dynamodb (\S+)", line) for line in process.stdout))).groups()
    process.terminate()
    process.wait()


@pytest.fixture(scope="session")
def stack(local):
    """A stack with the demo data."""
    stack = Stack("emulated")
    assert (run := stack.deploy()).returncode == 0, run.stdout + run.stderr
    stack.add_what_the_import_loses()
    for source, target in (("users", "UsersTable"), ("api-keys", "ApiKeysTable")):
        for item in client("dynamodb", endpoint_url=local[1]).scan(TableName=source)["Items"]:
            client("dynamodb").put_item(TableName=stack[target], Item=item)
    return stack


def respond(url: str, method: str, path: str, headers: list, body: bytes = b""):
    """The response's status, headers and JSON."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.putrequest(method, urlsplit(url).path + path, skip_host="Host" in dict(headers))
    for header in headers:
        connection.putheader(*header)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders() if name.lower() not in UNSTABLE}
    return response.status, headers, json.loads(response.read() or "{}")


def cargo_keys(endpoint: str, table: str, *arguments: str, stdin: str = "") -> dict:
    command = ["cargo", "keys", "--output", "json", "--endpoint-url", endpoint, "--table", table, *arguments]
    return json.loads(subprocess.run(command, cwd=ROOT, input=stdin, stdout=subprocess.PIPE, text=True, check=True).stdout)
