"""Uses the fake DynamoDB at the URL given as boto3's users would."""

import sys
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from botocore.exceptions import ClientError

options = {
    "endpoint_url": sys.argv[1],
    "region_name": "us-east-1",
    "aws_access_key_id": "fake",
    "aws_secret_access_key": "fake",
    "config": Config(retries={"mode": "standard", "max_attempts": 2}, proxies={}),
}
client = boto3.client("dynamodb", **options)
resource = boto3.resource("dynamodb", **options)
checks = 0


def check(want, got, what):
    global checks
    checks += 1
    if want != got:
        sys.exit(f"{what}: want {want!r}, got {got!r}")


def refused(kind, call, **members):
    """Checks that a call fails with the error type, and returns the answer."""
    try:
        call(**members)
    except ClientError as e:
        check(kind, e.response["Error"]["Code"], "type of an error")
        return e.response
    sys.exit(f"a call that should fail with {kind} succeeded")


# Tables and waiters.
client.create_table(
    TableName="gigs",
    BillingMode="PAY_PER_REQUEST",
    KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in (("pk", "S"), ("sk", "N"), ("city", "S"))],
    GlobalSecondaryIndexes=[{
        "IndexName": "by-city",
        "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }],
)
client.get_waiter("table_exists").wait(TableName="gigs")
table = resource.Table("gigs")
check("ACTIVE", table.table_status, "status of a table")
check(["gigs"], client.list_tables()["TableNames"], "tables")
refused("ResourceInUseException", client.create_table, TableName="gigs", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])

# Items with values of all types.
item = {"pk": "a", "sk": Decimal("1.5"), "city": "Oslo", "bytes": boto3.dynamodb.types.Binary(b"\x00\xff"), "yes": True,
        "none": None, "list": [Decimal(1), "x"], "map": {"k": "v"}, "strings": {"x", "y"}, "numbers": {Decimal(1), Decimal("2.5")}}
table.put_item(Item=item)
check(item, table.get_item(Key={"pk": "a", "sk": Decimal("1.50")}, ConsistentRead=True)["Item"], "an item")
check(None, table.get_item(Key={"pk": "b", "sk": 1}).get("Item"), "a missing item")
updated = table.update_item(Key={"pk": "a", "sk": Decimal("1.5")}, UpdateExpression="ADD #n :one SET #l[1] = :x",
                            ExpressionAttributeNames={"#n": "count", "#l": "list"},
                            ExpressionAttributeValues={":one": 1, ":x": "new"}, ReturnValues="UPDATED_NEW")
check({"count": Decimal(1), "list": [Decimal(1), "new"]}, updated["Attributes"], "an update")

# A condition that fails, with the item that made it fail.
answer = refused("ConditionalCheckFailedException", client.put_item, TableName="gigs",
                 Item={"pk": {"S": "a"}, "sk": {"N": "1.5"}}, ConditionExpression="attribute_not_exists(pk)",
                 ReturnValuesOnConditionCheckFailure="ALL_OLD")
check({"S": "Oslo"}, answer["Item"]["city"], "the item of a failed condition")
try:
    table.put_item(Item={"pk": "a", "sk": Decimal("1.5")}, ConditionExpression=Attr("pk").not_exists())
except client.exceptions.ConditionalCheckFailedException:
    checks += 1

# Batches, which the SDK splits and resends.
with table.batch_writer() as batch:
    for i in range(60):
        batch.put_item(Item={"pk": "many", "sk": i, "city": "Rome" if i % 2 else "Bergen"})
got = resource.batch_get_item(RequestItems={"gigs": {"Keys": [{"pk": "many", "sk": i} for i in range(0, 60, 20)]}})
check([0, 20, 40], sorted(int(i["sk"]) for i in got["Responses"]["gigs"]), "a batch")
check({}, got["UnprocessedKeys"], "unprocessed keys")

# Queries, pages and indexes.
pages = list(client.get_paginator("query").paginate(
    TableName="gigs", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "many"}},
    PaginationConfig={"PageSize": 25}))
check([25, 25, 10], [p["Count"] for p in pages], "pages")
check([str(i) for i in range(60)], [i["sk"]["N"] for p in pages for i in p["Items"]], "order of a query")
check(30, table.query(IndexName="by-city", KeyConditionExpression=Key("city").eq("Rome"), Select="COUNT")["Count"], "an index")
check(9, table.query(KeyConditionExpression=Key("pk").eq("many") & Key("sk").between(50, 58))["Count"], "a range")
check(61, sum(p["Count"] for p in client.get_paginator("scan").paginate(TableName="gigs", PaginationConfig={"PageSize": 7})), "a scan")

# Transactions.
key = {"pk": {"S": "t"}, "sk": {"N": "1"}}
client.transact_write_items(TransactItems=[
    {"Put": {"TableName": "gigs", "Item": key}},
    {"ConditionCheck": {"TableName": "gigs", "Key": {"pk": {"S": "a"}, "sk": {"N": "1.5"}},
                        "ConditionExpression": "attribute_exists(pk)"}},
])
check(key, client.transact_get_items(TransactItems=[{"Get": {"TableName": "gigs", "Key": key}}])["Responses"][0]["Item"], "a transaction")
answer = refused("TransactionCanceledException", client.transact_write_items, TransactItems=[
    {"Delete": {"TableName": "gigs", "Key": {"pk": {"S": "a"}, "sk": {"N": "1.5"}}}},
    {"Put": {"TableName": "gigs", "Item": key, "ConditionExpression": "attribute_not_exists(pk)"}},
])
check(["None", "ConditionalCheckFailed"], [r["Code"] for r in answer["CancellationReasons"]], "reasons")
check(True, "Item" in table.get_item(Key={"pk": "a", "sk": Decimal("1.5")}), "what a cancelled transaction deletes")

# Errors.
refused("ResourceNotFoundException", client.get_item, TableName="none", Key=key)
answer = refused("ValidationException", client.get_item, TableName="gigs", Key={"pk": {"S": "a"}})
check("The provided key element does not match the schema", answer["Error"]["Message"], "text of an error")

table.delete()
client.get_waiter("table_not_exists").wait(TableName="gigs")
refused("ResourceNotFoundException", client.describe_table, TableName="gigs")
print(f"boto3 {boto3.__version__}: {checks} checks hold")
