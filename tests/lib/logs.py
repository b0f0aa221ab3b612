"""
Made-up logs for tests: CloudTrail events, access-log lines, notifications, and the
files they come in. All of it is numbered, so that a test knows what it made.
"""
import gzip
import json
import os
import pathlib
import uuid

ACCOUNT = "111122223333"
ROLE = "arn:aws:iam::%s:role/engineer" % ACCOUNT
_space = uuid.UUID("6b75636b-6574-4761-8463-680000000000")


def event_id(n):
    return str(uuid.uuid5(_space, str(n)))


def moment(n):
    """The n-th second of a day in November."""
    return "2026-11-20T%02d:%02d:%02dZ" % (n // 3600 % 24, n // 60 % 60, n % 60)


def event(n, name="GetObject", source="s3.amazonaws.com", **more):
    """A CloudTrail record; more replaces or adds top-level keys (None: takes away)."""
    e = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:alice",
            "arn": "arn:aws:sts::%s:assumed-role/engineer/alice" % ACCOUNT,
            "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE,
                                                 "accountId": ACCOUNT}},
        },
        "eventTime": moment(n),
        "eventSource": source,
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.41",
        "userAgent": "aws-cli/2.17.18",
        "requestParameters": {"bucketName": "example-data", "key": "k/%d" % n},
        "responseElements": None,
        "requestID": "R%06d" % n,
        "eventID": event_id(n),
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Data",
    }
    for key, value in more.items():
        if value is None:
            e.pop(key, None)
        else:
            e[key] = value
    return e


def stop(n, **more):
    """The event that RULES finds."""
    return event(n, "StopLogging", "cloudtrail.amazonaws.com",
                 **{"requestParameters": {"name": "main"}, **more})


def access(n, operation="REST.GET.OBJECT", requester=ROLE, key=None, status=200,
           agent="curl/8.1", ip="198.51.100.7", uri=None):
    """An access-log line of 27 columns, with its newline. requester "-": anonymous."""
    key = "k/%d" % n if key is None else key
    return ('%s example-data [20/Nov/2026:%02d:%02d:%02d +0000] %s %s %s %s %s '
            '"%s" %d - 113 512 7 5 "-" "%s" - '
            'hostid%d= SigV4 TLS_AES_128_GCM_SHA256 AuthHeader '
            'example-data.s3.eu-central-1.amazonaws.com TLSv1.3 - - eu-central-1\n' % (
                "0f1e" * 16, n // 3600 % 24, n // 60 % 60, n % 60, ip, requester,
                "REQ%013d" % n, operation, key, uri or "GET /%s HTTP/1.1" % key,
                status, agent, n)).encode()


def notification(n, name="ObjectRemoved:Delete"):
    return {
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-central-1",
        "eventTime": moment(n)[:-1] + ".000Z", "eventName": name,
        "userIdentity": {"principalId": "AWS:AROAEXAMPLE:alice"},
        "requestParameters": {"sourceIPAddress": "192.0.2.41"},
        "responseElements": {"x-amz-request-id": "N%06d" % n, "x-amz-id-2": "h"},
        "s3": {"s3SchemaVersion": "1.0", "configurationId": "all",
               "bucket": {"name": "example-data",
                          "ownerIdentity": {"principalId": "A1"},
                          "arn": "arn:aws:s3:::example-data"},
               "object": {"key": "k/%d" % n, "size": 12, "eTag": "e",
                          "sequencer": "%016X" % n}},
    }


def eventbridge(record):
    return {"version": "0", "id": event_id("eb" + record["eventID"]),
            "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
            "account": ACCOUNT, "time": record["eventTime"],
            "region": "eu-central-1", "resources": [], "detail": record}


def sns(body):
    return {"Type": "Notification", "MessageId": event_id("sns"),
            "TopicArn": "arn:aws:sns:eu-central-1:%s:t" % ACCOUNT,
            "Subject": "Amazon S3 Notification", "Message": json.dumps(body),
            "Timestamp": "2026-11-20T08:00:00.000Z", "SignatureVersion": "1",
            "Signature": "c2ln", "SigningCertURL": "https://sns.example/c.pem",
            "UnsubscribeURL": "https://sns.example/u"}


def digest():
    return {"awsAccountId": ACCOUNT, "digestStartTime": "2026-11-20T07:00:00Z",
            "digestEndTime": "2026-11-20T08:00:00Z", "digestS3Bucket": "trail",
            "digestS3Object": "AWSLogs/%s/CloudTrail-Digest/d.json.gz" % ACCOUNT,
            "digestPublicKeyFingerprint": "31e8b5433410dfb61a9dc45cc65b22ff",
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": None, "oldestEventTime": None,
            "previousDigestS3Bucket": None, "previousDigestS3Object": None,
            "previousDigestHashValue": None, "previousDigestHashAlgorithm": None,
            "previousDigestSignature": None, "logFiles": []}


# -- files ---------------------------------------------------------------------------

def trail(*records):
    return json.dumps({"Records": list(records)}, separators=(",", ":")).encode()


def lines(*records):
    return b"".join(json.dumps(r).encode() + b"\n" for r in records)


def gz(data):
    return gzip.compress(data, 6, mtime=0)


def write(path, data):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def move_in(path, data, outside):
    """The way a careful shipper does it: written elsewhere, then renamed."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.rename(write(pathlib.Path(outside) / ("in-" + path.name), data), path)
    return path


# -- rules ---------------------------------------------------------------------------

STOPPED = "11111111-0000-4000-8000-000000000001"
ANONYMOUS = "11111111-0000-4000-8000-000000000002"
REMOVED = "11111111-0000-4000-8000-000000000003"
DENIED = "11111111-0000-4000-8000-000000000004"

RULES = """\
title: Trail stopped
id: %s
level: high
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: StopLogging}
    condition: selection
---
title: Anonymous read
id: %s
level: medium
logsource: {product: aws, service: s3access}
detection:
    selection: {operation: REST.GET.OBJECT, requester: null}
    condition: selection
---
title: Object removed
id: %s
level: low
logsource: {product: aws, service: s3notification}
detection:
    selection: {eventName|startswith: "ObjectRemoved"}
    condition: selection
---
title: Refused
id: %s
level: informational
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {errorCode: AccessDenied}
    condition: selection
""" % (STOPPED, ANONYMOUS, REMOVED, DENIED)


def rules(tmp):
    path = pathlib.Path(tmp) / "rules.yaml"
    if not path.exists():
        path.write_text(RULES)
    return path


EVERYTHING = """\
title: Everything of %s
id: 22222222-0000-4000-8000-00000000000%d
level: low
logsource: {product: aws, service: %s}
detection:
    selection: {bucket: no such bucket anywhere}
    condition: not selection
"""


def catch_all(tmp, *services):
    """A rule that matches every record of these services."""
    path = pathlib.Path(tmp) / "all.yaml"
    path.write_text("---\n".join(EVERYTHING % (s, i, s) for i, s in enumerate(
        services or ("cloudtrail", "s3access", "s3notification"))))
    return path
