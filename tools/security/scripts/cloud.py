"""Resources that AWS' CDK makes: readable by anybody, reachable from anywhere, kept or asked in clear text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.options import OFF, ON, is_bad
from tools.security.scripts.values import NOTHING, Value

MEDIUM, LOW = Severity.MEDIUM, Severity.LOW
SURE, LIKELY, DOUBTFUL = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
LIBRARY = re.compile(r"^(@aws-cdk/|aws-cdk-lib)")
ABSENT = "absent"


@dataclass(frozen=True)
class Resource:
    made: str
    """Pattern of the end of its class' name."""
    option: str
    bad: tuple[str, ...]
    """`absent`, `true`, `false`, or patterns of a constant's name."""
    rule: str
    cwe: int
    confidence: Confidence
    why: str
    fix: str


CLEAR = ("clear-text-storage", 311)
OPEN = ("public-resource", 732)
TABLE = tuple(
    (re.compile(rf"(?:^|[./_-]){resource.made}$"), resource)
    for resource in (
        Resource(
            r"s3\.Bucket", "publicReadAccess", (ON,), *OPEN, LIKELY, "anybody may read the bucket", "Leave it off."
        ),
        Resource(
            r"s3\.Bucket",
            "blockPublicAccess",
            (r"BLOCK_ACLS_ONLY$", OFF),
            *(*OPEN, LIKELY, "policies may open the bucket", "Use BLOCK_ALL."),
        ),
        Resource(
            r"s3\.BlockPublicAccess",
            "blockPublicPolicy",
            (OFF,),
            *(*OPEN, LIKELY, "policies may open the bucket", "Use BLOCK_ALL."),
        ),
        Resource(
            r"s3\.Bucket",
            "encryption",
            (ABSENT, r"UNENCRYPTED$|UNMANAGED$"),
            *(*CLEAR, DOUBTFUL, "what is kept has no key of its own", "Set encryption."),
        ),
        Resource(
            r"s3\.Bucket",
            "enforceSSL",
            (ABSENT, OFF),
            *("clear-text-protocol", 319, DOUBTFUL, "the bucket answers without TLS", "Set enforceSSL: true."),
        ),
        Resource(
            r"sqs\.Queue|sns\.Topic|kinesis\.Stream",
            "encryption",
            (ABSENT, r"UNENCRYPTED$"),
            *(*CLEAR, DOUBTFUL, "messages are kept in clear text", "Set encryption."),
        ),
        Resource(
            r"(rds\.Database\w+|ec2\.Volume|efs\.FileSystem|neptune\.\w+|docdb\.\w+)",
            r"storageEncrypted|encrypted",
            (OFF,),
            *(*CLEAR, LIKELY, "what is kept is not encrypted", "Leave encryption on."),
        ),
        Resource(
            r"rds\.\w+|redshift\.\w+|dms\.\w+",
            "publiclyAccessible",
            (ON,),
            *("public-resource", 668, LIKELY, "anybody may reach the database", "Leave it off."),
        ),
        Resource(
            r"codebuild\.Project",
            "badge",
            (ON,),
            *("public-resource", 306, DOUBTFUL, "anybody may see how a build ended", "Leave it off."),
        ),
        Resource(
            r"iam\.PolicyStatement",
            "principals|actions",
            (r"(^|\.)(Any|Star)Principal(\(\))?$|^\*$",),
            *(*OPEN, DOUBTFUL, "the policy is for anybody or anything", "Name who may do what."),
        ),
    )
)


def check_cloud(machine: Machine, call: Call) -> None:
    if call.spelled.endswith(".grantPublicAccess"):
        why, fix = "anybody may read the bucket", "Serve it by CloudFront."
        machine.report(call.node, *OPEN, MEDIUM, LIKELY, why, fix)
    elif call.new and LIBRARY.match(call.name):
        name = call.name.replace("aws_", "aws-")
        for pattern, resource in TABLE:
            if pattern.search(name) and _is_bad(call, resource):
                machine.report(
                    call.node, resource.rule, resource.cwe, MEDIUM, resource.confidence, resource.why, resource.fix
                )


def _is_bad(call: Call, resource: Resource) -> bool:
    given = call.argument(0) if len(call.arguments) == 1 else call.argument(2)
    keys = resource.option.split("|")
    values: list[Value] = [value for key in keys if (value := given.held(key)) is not NOTHING]
    unknown = given.fields is None and len(call.nodes) > 2
    if ABSENT in resource.bad and not values and not unknown and not any(key in (given.fields or {}) for key in keys):
        return "..." not in (given.fields or {})
    return any(is_bad(value, bad) for value in values for bad in resource.bad if bad != ABSENT)


__all__ = ["check_cloud"]
