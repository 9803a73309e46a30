"""The tables: their keys, and that their data is safe."""

import re

from checks.registry import notices
from conftest import ROOT
from deployment import REMOVED, Deployment

KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"


def documented_keys() -> dict:
    """The partition key of each table and index, as the README's section "Tables" has them."""
    text = (ROOT / "README.md").read_text()
    [users] = re.findall(r"^\| users \| `(\w+)` \|", text, re.MULTILINE)
    [keys] = re.findall(r"^\| API keys \| `(\w+)`", text, re.MULTILINE)
    [(index, account)] = re.findall(r"The index `([\w-]+)` has the key `(\w+)`", text)
    return {"UsersTable": users, "ApiKeysTable": keys, index: account}


def hash_key(properties: dict) -> str:
    """The partition key of a table or an index that has no sort key."""
    [key] = properties["KeySchema"]
    assert key["KeyType"] == "HASH"
    return key["AttributeName"]


@notices(
    ("UsersTable > KeySchema > 0 > AttributeName", "account_id"),
    ("UsersTable > KeySchema > 0 > KeyType", "RANGE"),
    ("UsersTable > AttributeDefinitions > 0 > AttributeType", "N"),
    ("ApiKeysTable > AttributeDefinitions > 2", {"AttributeName": "user_id", "AttributeType": "S"}),
    ("ApiKeysTable > KeySchema > 0 > AttributeName", "account_id"),
    ("ApiKeysTable > KeySchema > 1", {"AttributeName": "account_id", "KeyType": "RANGE"}),
    ("ApiKeysTable > GlobalSecondaryIndexes > 0 > KeySchema > 0 > AttributeName", "key_hash"),
    ("ApiKeysTable > GlobalSecondaryIndexes > 0 > IndexName", "by_account"),
    ("ApiKeysTable > GlobalSecondaryIndexes > 0 > Projection > ProjectionType", "KEYS_ONLY"),
    ("ApiKeysTable > GlobalSecondaryIndexes > 0 > Projection", {
        "ProjectionType": "INCLUDE", "NonKeyAttributes": ["key_id"]
    }),
    ("ApiKeysTable > GlobalSecondaryIndexes", REMOVED),
)
def the_tables_have_the_documented_keys(deployment: Deployment) -> None:
    tables = deployment.of("DynamoDB::Table")
    assert set(tables) == {"UsersTable", "ApiKeysTable"}
    keys = {name: hash_key(properties) for name, properties in tables.items()}
    [index] = tables["ApiKeysTable"]["GlobalSecondaryIndexes"]
    keys[index["IndexName"]] = hash_key(index)
    assert keys == documented_keys()
    assert "GlobalSecondaryIndexes" not in tables["UsersTable"]
    defined = [a for table in tables.values() for a in table["AttributeDefinitions"]]
    assert sorted(a["AttributeName"] for a in defined) == sorted(keys.values())
    assert {a["AttributeType"] for a in defined} == {"S"}
    # `cargo keys list` shows every attribute.
    assert index["Projection"] == {"ProjectionType": "ALL"}


@notices(
    ("ApiKeysTable > TimeToLiveSpecification > AttributeName", "revoked_time"),
    ("ApiKeysTable > TimeToLiveSpecification > Enabled", False),
    ("ApiKeysTable > TimeToLiveSpecification", REMOVED),
    ("UsersTable > TimeToLiveSpecification", {"AttributeName": "last_login", "Enabled": True}),
)
def only_expired_keys_are_deleted(deployment: Deployment) -> None:
    tables = deployment.of("DynamoDB::Table")
    assert tables["ApiKeysTable"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert "TimeToLiveSpecification" not in tables["UsersTable"]
    # The authorizer reads the same attribute.
    assert '"expires_at"' in (ROOT / "src/api_key_record.rs").read_text()


@notices(
    ("UsersTable > DeletionPolicy", "Delete"),
    ("UsersTable > DeletionPolicy", "RetainExceptOnCreate"),
    ("ApiKeysTable > UpdateReplacePolicy", REMOVED),
    ("ApiKeysTable > BillingMode", "PROVISIONED"),
    ("UsersTable > DeletionProtectionEnabled", False),
    ("ApiKeysTable > DeletionProtectionEnabled", REMOVED),
    ("UsersTable > PointInTimeRecoverySpecification > PointInTimeRecoveryEnabled", False),
    ("ApiKeysTable > PointInTimeRecoverySpecification > RecoveryPeriodInDays", 1),
    ("UsersTable > Condition", "HasDomain"),
    ("UsersTable > TableName", "users"),
    ("ApiKeysTable > ResourcePolicy", {"PolicyDocument": {"Statement": []}}),
    ("UsersTable > StreamSpecification", {"StreamViewType": "NEW_IMAGE"}),
    ("ApiKeysTable > OnDemandThroughput", {"MaxReadRequestUnits": 1}),
)
def the_tables_keep_their_data(deployment: Deployment) -> None:
    for name in ("UsersTable", "ApiKeysTable"):
        table = deployment.resources[name]
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        properties = table["Properties"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["DeletionProtectionEnabled"] is True
        # 35 days, which the runbook promises, is DynamoDB's default.
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        # A fixed name would block a new stack, because the table is kept. A resource policy or a stream
        # would give the data to others.
        assert set(properties) <= {
            "AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "GlobalSecondaryIndexes",
            "KeySchema", "PointInTimeRecoverySpecification", "SSESpecification", "TimeToLiveSpecification",
        }
        assert name in deployment.with_values()
    assert "UsersTable" not in deployment.with_values(ExistingUsersTable="users")


@notices(
    ("UsersTable > SSESpecification", REMOVED),
    ("ApiKeysTable > SSESpecification > Fn::If > 1 > SSEEnabled", False),
    ("ApiKeysTable > SSESpecification > Fn::If > 1 > KMSMasterKeyId", REMOVED),
    ("UsersTable > SSESpecification > Fn::If > 0", "HasDomain"),
    ("UsersTable > SSESpecification > Fn::If > 2", {"SSEEnabled": True}),
)
def your_own_key_encrypts_both_tables(deployment: Deployment) -> None:
    expected = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY_ARN}
    encrypted, plain = deployment.with_values(TableKeyArn=KEY_ARN), deployment.with_values()
    for name in ("UsersTable", "ApiKeysTable"):
        assert encrypted[name]["Properties"]["SSESpecification"] == expected
        # Otherwise DynamoDB encrypts with a key of its own, which costs nothing.
        assert "SSESpecification" not in plain[name]["Properties"]
