"""The endpoints: TLS, the domain name, its records, the web ACL, and the outputs."""

import re

from checks.registry import notices
from conftest import ROOT
from deployment import REMOVED, Deployment

DOMAIN = {
    "DomainName": "api.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b",
    "HostedZoneId": "Z0123",
}
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/name/0a1b"


@notices(
    ("Api > SecurityPolicy", "TLS_1_0"),
    ("Api > SecurityPolicy", "SecurityPolicy_TLS13_1_2_2021_06"),
    ("Api > SecurityPolicy", REMOVED),
    ("Domain > SecurityPolicy", "TLS_1_2"),
    ("Domain > SecurityPolicy", "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09"),
    ("Domain > EndpointAccessMode", "BASIC"),
    ("Api > EndpointAccessMode", REMOVED),
    ("Api > EndpointConfiguration > Type", "EDGE"),
    ("Domain > EndpointConfiguration > Types > 0", "EDGE"),
)
def both_endpoints_need_tls_1_2_with_forward_secrecy(deployment: Deployment) -> None:
    resources = deployment.with_values(**DOMAIN)
    for name in ("Api", "Domain"):
        properties = resources[name]["Properties"]
        # The names are in API Gateway's guide, "Supported security policies".
        assert re.fullmatch(r"SecurityPolicy_TLS13_1_[23]_PFS_PQ_\d{4}_\d{2}", properties["SecurityPolicy"]), name
        # API Gateway also refuses a TLS server name of another endpoint.
        assert properties["EndpointAccessMode"] == "STRICT", name
        assert properties["EndpointConfiguration"]["Types"] == ["REGIONAL"], name


@notices(
    ("Api > DisableExecuteApiEndpoint", REMOVED),
    ("Api > DisableExecuteApiEndpoint", False),
    ("Api > DisableExecuteApiEndpoint", True),
    ("Api > DisableExecuteApiEndpoint > Fn::If > 0", "HasZone"),
    ("Conditions > HasDomain", {"Fn::Not": [{"Fn::Equals": [{"Ref": "CertificateArn"}, ""]}]}),
)
def a_domain_name_is_the_only_way_in(deployment: Deployment) -> None:
    name = {"DomainName": DOMAIN["DomainName"]}
    for values, disabled in [({}, False), (name, True)]:
        # SAM writes the setting into the definition.
        for server in deployment.with_values(**values)["Api"]["Properties"]["Body"]["servers"]:
            assert server["x-amazon-apigateway-endpoint-configuration"] == {"disableExecuteApiEndpoint": disabled}


@notices(
    ("Domain > RegionalCertificateArn", REMOVED),
    ("Domain > EndpointConfiguration > IpAddressType", "ipv4"),
    ("Domain > Condition", REMOVED),
    ("DomainMapping > BasePath", "users"),
    ("DomainMapping > RestApiId", REMOVED),
    ("DomainRecord > RecordSets > 1", REMOVED),
    ("DomainRecord > RecordSets > 1 > Type", "A"),
    ("DomainRecord > RecordSets > 0 > AliasTarget > DNSName > Fn::GetAtt > 1", "DistributionDomainName"),
    ("DomainRecord > HostedZoneId", {"Fn::GetAtt": ["Domain", "RegionalHostedZoneId"]}),
    ("DomainRecord > Condition", "HasDomain"),
    ("WebAclAssociation > ResourceArn > Fn::Sub", "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${Api}"),
    ("WebAclAssociation > Condition", REMOVED),
)
def the_domain_has_ipv4_and_ipv6(deployment: Deployment) -> None:
    [stage] = deployment.of("ApiGateway::Stage")
    names = {"Domain", "DomainMapping", "DomainRecord", "WebAclAssociation"}
    assert not names & set(deployment.with_values())
    without_zone = deployment.with_values(DomainName=DOMAIN["DomainName"], CertificateArn=DOMAIN["CertificateArn"])
    assert names & set(without_zone) == {"Domain", "DomainMapping"}
    resources = deployment.with_values(**DOMAIN, WebAclArn=WEB_ACL)
    domain, mapping, record, acl = (resources[name]["Properties"] for name in sorted(names))
    assert domain["DomainName"] == DOMAIN["DomainName"]
    assert domain["RegionalCertificateArn"] == DOMAIN["CertificateArn"]
    assert domain["EndpointConfiguration"]["IpAddressType"] == "dualstack"
    # Without a base path: the path of the definition is the path of the URL.
    assert mapping == {"DomainName": {"Ref": "Domain"}, "RestApiId": {"Ref": "Api"}, "Stage": {"Ref": stage}}
    target = {
        "DNSName": {"Fn::GetAtt": ["Domain", "RegionalDomainName"]},
        "HostedZoneId": {"Fn::GetAtt": ["Domain", "RegionalHostedZoneId"]},
    }
    assert record["HostedZoneId"] == DOMAIN["HostedZoneId"]
    assert record["RecordSets"] == [
        {"Name": DOMAIN["DomainName"], "Type": kind, "AliasTarget": target} for kind in ("A", "AAAA")
    ]
    assert acl == {
        "WebACLArn": WEB_ACL,
        "ResourceArn": f"arn:aws:apigateway:us-east-1::/restapis/${{Api}}/stages/${{{stage}}}",
    }


@notices(
    ("Outputs > Url > Value > Fn::If > 2 > Fn::Sub", "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/Stage"),
    ("Outputs > Url > Value > Fn::If > 1 > Fn::Sub", "https://${DomainName}/live"),
    ("Outputs > ExecuteApiUrl > Value > Fn::Sub", "https://${DomainName}"),
    ("Outputs > UsersTable > Value", {"Ref": "ApiKeysTable"}),
    ("Outputs > ApiKeysTable > Value", {"Fn::GetAtt": ["ApiKeysTable", "Arn"]}),
    ("Outputs > GetUserFunction > Value > Ref", "AuthorizerFunction"),
    ("Outputs > AuthorizerLogs > Value > Ref", "ApiLogs"),
    ("Outputs > DnsTargetZone > Value > Fn::GetAtt > 1", "DistributionHostedZoneId"),
    ("Outputs > DnsTarget > Condition", "HasZone"),
    ("Outputs > DnsTarget", REMOVED),
)
def the_outputs_are_those_that_the_documentation_uses(deployment: Deployment) -> None:
    texts = "".join((ROOT / "docs" / name).read_text() for name in ("deploy.md", "runbook.md", "scale.md"))
    used = set(re.findall(r"\$\(output (\w+)\)|output `(\w+)`", texts))
    assert {one or other for one, other in used} <= set(deployment.whole["Outputs"])
    own = "https://${Api}.execute-api.us-east-1.amazonaws.com/live"
    expected = {"Url": own, "ExecuteApiUrl": own} | {
        name: {"Ref": name}
        for name in (
            "UsersTable", "ApiKeysTable", "GetUserFunction", "AuthorizerFunction", "ApiLogs", "GetUserLogs",
            "AuthorizerLogs",
        )
    }
    assert deployment.outputs() == expected
    assert deployment.outputs(DomainName=DOMAIN["DomainName"]) == expected | {
        "Url": "https://api.example.com",
        "DnsTarget": {"Fn::GetAtt": ["Domain", "RegionalDomainName"]},
        "DnsTargetZone": {"Fn::GetAtt": ["Domain", "RegionalHostedZoneId"]},
    }
    assert deployment.outputs(ExistingUsersTable="users")["UsersTable"] == "users"
