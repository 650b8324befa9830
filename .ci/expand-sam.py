"""Expands a SAM template into CloudFormation, as the transform of AWS does, offline.

    expand-sam.py TEMPLATE.yaml OUT.json
"""

import json
import sys

import boto3
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

# The managed policies that the transform itself attaches. On AWS it asks IAM.
MANAGED = {
    name: f"arn:aws:iam::aws:policy/{path}{name}"
    for path, name in [
        ("service-role/", "AWSLambdaBasicExecutionRole"),
        ("service-role/", "AWSLambdaSQSQueueExecutionRole"),
        ("service-role/", "AWSLambdaDynamoDBExecutionRole"),
        ("service-role/", "AWSLambdaKinesisExecutionRole"),
        ("", "AWSXrayWriteOnlyAccess"),
    ]
}


def main(source, out):
    with open(source, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        # What sam package puts in the place of a local folder.
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": "artifacts", "Key": "code.zip"}
    parameters = {name: p.get("Default", "x") for name, p in template.get("Parameters", {}).items()}
    translator = Translator(MANAGED, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    try:
        expanded = translator.translate(template, parameters)
    except InvalidDocumentException as problem:
        sys.exit("\n".join([f"{source}: {problem.message}", *(f"- {c.message}" for c in problem.causes)]))
    with open(out, "w", encoding="utf-8") as file:
        json.dump(expanded, file, indent=1)
    print(f"-- {source}: {len(expanded['Resources'])} resources")


main(*sys.argv[1:])
