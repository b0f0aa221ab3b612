#!/usr/bin/env python3
"""Writes the example logs: one morning in a made-up account, and a burglary in it.

  make.py [DIR]         DIR is the folder of this file unless another one is named

The same files come out every time. Names, addresses (of the ranges for documentation),
keys and ids are all made up.
"""
import base64
import gzip
import json
import os
import random
import sys
from datetime import datetime, timedelta, timezone

ACCOUNT = "111122223333"
REGION = "eu-central-1"
DAY = datetime(2026, 11, 20, tzinfo=timezone.utc)
OWNER = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
IDS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CIPHER = "TLS_AES_128_GCM_SHA256"

CLI = ("aws-cli/2.17.18 md/awscrt#0.20.11 ua/2.0 os/linux#%s md/arch#x86_64 "
       "lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard md/command#%s")
BOTO = ("Boto3/1.34.131 md/Botocore#1.34.131 ua/2.0 os/linux#6.1.92 md/arch#x86_64 "
        "lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.131")
JAVA = ("aws-sdk-java/2.25.31 Linux/5.10.227 OpenJDK_64-Bit_Server_VM/17.0.13+11-LTS "
        "Java/17.0.13 vendor/Amazon.com_Inc. io/sync http/Apache cfg/retry-mode/standard")
TERRAFORM = ("APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) "
             "terraform-provider-aws/5.68.0 aws-sdk-go-v2/1.30.5 os/linux lang/go#1.22.6")
BROWSER = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/130.0.0.0 Safari/537.36")

rng = random.Random("a morning in November")


def at(clock):
    """08:12:04 -> the moment"""
    h, m, s = map(int, clock.split(":"))
    return DAY + timedelta(hours=h, minutes=m, seconds=s)


def request_id():
    return "".join(rng.choice(IDS) for _ in range(16))


def event_id():
    x = "%032x" % rng.getrandbits(128)
    return f"{x[:8]}-{x[8:12]}-4{x[13:16]}-a{x[17:20]}-{x[20:]}"


def host_id():
    return base64.b64encode(rng.randbytes(57)).decode()


# -- who ---------------------------------------------------------------------------

def person(role, name, mfa="true"):
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE{role.upper()[:8]}:{name}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": f"ASIA{role.upper()[:8]:X<9}EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": f"AROAEXAMPLE{role.upper()[:8]}",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
                "accountId": ACCOUNT,
                "userName": role,
            },
            "attributes": {"creationDate": "2026-11-20T07:41:13Z", "mfaAuthenticated": mfa},
        },
    }


ALICE = (person("engineer", "alice"), "192.0.2.41")
BOB = (person("analyst", "bob"), "192.0.2.57")
WRITER = (person("report-writer", "report-writer-fn", "false"), "192.0.2.130")
BILLING = (person("billing-export", "i-0example7c1d2e3f4", "false"), "192.0.2.131")
CI_USER = {
    "type": "IAMUser",
    "principalId": "AIDAEXAMPLECIDEPLOY",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/ci-deploy",
    "accountId": ACCOUNT,
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "userName": "ci-deploy",
}
CI = (CI_USER, "192.0.2.10")
INTRUDER = (CI_USER, "203.0.113.77")    # the same key, from somewhere else


def cli(command, kernel="6.8.0-48-generic"):
    return "[" + CLI % (kernel, command) + "]"


def kali(command):
    return cli(command, "6.8.11-kali2-amd64")


# -- CloudTrail --------------------------------------------------------------------

def event(clock, who, source, name, params=None, agent=None, response=None,
          read=True, error=None, message=None, **more):
    identity, address = who
    r = {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": at(clock).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source + ".amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": address,
        "userAgent": agent or BOTO,
    }
    if error:
        r["errorCode"] = error
        r["errorMessage"] = message or "Access Denied"
    r["requestParameters"] = params
    r["responseElements"] = response
    r["requestID"] = event_id()
    r["eventID"] = event_id()
    r["readOnly"] = read
    r["eventType"] = "AwsApiCall"
    r["managementEvent"] = True
    r["recipientAccountId"] = ACCOUNT
    r["eventCategory"] = "Management"
    r["tlsDetails"] = {"tlsVersion": "TLSv1.3", "cipherSuite": CIPHER,
                       "clientProvidedHostHeader": f"{source}.{REGION}.amazonaws.com"}
    r.update(more)
    return r


def s3(clock, who, name, bucket, params=None, agent=None, key=None, read=True,
       out=0, into=0, error=None, data=False):
    host = f"{bucket}.s3.{REGION}.amazonaws.com" if bucket else f"s3.{REGION}.amazonaws.com"
    p = {"Host": host}
    if bucket:
        p["bucketName"] = bucket
    if key:
        p["key"] = key
    p.update(params or {})
    r = event(clock, who, "s3", name, p, agent or f"[{BOTO}]", read=read, error=error)
    r["requestID"] = request_id()
    r["additionalEventData"] = {
        "SignatureVersion": "SigV4",
        "CipherSuite": CIPHER,
        "bytesTransferredIn": into,
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": host_id(),
        "bytesTransferredOut": out,
    }
    r["tlsDetails"]["clientProvidedHostHeader"] = host
    if bucket:
        r["resources"] = [{"accountId": ACCOUNT, "type": "AWS::S3::Bucket",
                           "ARN": f"arn:aws:s3:::{bucket}"}]
        if key:
            r["resources"].insert(0, {"type": "AWS::S3::Object",
                                      "ARN": f"arn:aws:s3:::{bucket}/{key}"})
    if data:
        r["managementEvent"] = False
        r["eventCategory"] = "Data"
    return r


def invoice():
    return "2026/%02d/invoice-%05d.pdf" % (rng.randrange(1, 12), rng.randrange(10000, 40000))


def billing_work(first, last, n):
    """The billing export reads and writes invoices, with a KMS key."""
    out = []
    t, step = at(first), (at(last) - at(first)) / n
    for i in range(n):
        clock = (t + step * i).strftime("%H:%M:%S")
        if i % 4 == 3:
            out.append(event(clock, BILLING, "kms", "GenerateDataKey",
                             {"keyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
                              "encryptionContext": {"aws:s3:arn": "arn:aws:s3:::example-invoices"},
                              "keySpec": "AES_256"}, JAVA))
        elif i % 4 == 2:
            size = rng.randrange(18000, 90000)
            out.append(s3(clock, BILLING, "PutObject", "example-invoices", {"x-amz-server-side-encryption": "aws:kms"},
                          f"[{JAVA}]", invoice(), read=False, into=size, data=True))
        else:
            out.append(s3(clock, BILLING, "GetObject", "example-invoices", None, f"[{JAVA}]", invoice(),
                          out=rng.randrange(18000, 90000), data=True))
    return out


def first_file():
    """Nothing but work."""
    r = billing_work("08:00:05", "08:04:50", 12)
    r += [
        event("08:00:31", ({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}, "lambda.amazonaws.com"),
              "sts", "AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/report-writer", "roleSessionName": "report-writer-fn"},
              "lambda.amazonaws.com"),
        event("08:00:33", WRITER, "logs", "CreateLogStream",
              {"logGroupName": "/aws/lambda/report-writer-fn", "logStreamName": "2026/11/20/[$LATEST]example"}, read=False),
        event("08:01:02", ({"type": "IAMUser", "principalId": "AIDAEXAMPLEALICE", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
                            "accountId": ACCOUNT, "userName": "alice"}, "192.0.2.41"), "signin", "ConsoleLogin", None, BROWSER,
              {"ConsoleLogin": "Success"}, read=False, eventType="AwsConsoleSignIn",
              additionalEventData={"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "Yes"}),
        s3("08:01:20", ALICE, "ListBuckets", None, None, "[S3Console/0.4, aws-internal/3]", out=1204),
        s3("08:01:26", ALICE, "GetBucketVersioning", "example-reports", {"versioning": ""}, "[S3Console/0.4, aws-internal/3]", out=133),
        s3("08:01:26", ALICE, "GetBucketEncryption", "example-reports", {"encryption": ""}, "[S3Console/0.4, aws-internal/3]", out=401),
        event("08:02:11", ALICE, "ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}}, cli("ec2.describe-instances")[1:-1]),
        event("08:02:40", CI, "sts", "GetCallerIdentity", None, TERRAFORM),
        s3("08:02:44", CI, "GetBucketPolicy", "example-web-assets", {"policy": ""}, f"[{TERRAFORM}]", out=612),
        s3("08:02:45", CI, "GetBucketLogging", "example-web-assets", {"logging": ""}, f"[{TERRAFORM}]", out=189),
        s3("08:02:45", CI, "GetBucketPublicAccessBlock", "example-web-assets", {"publicAccessBlock": ""}, f"[{TERRAFORM}]", out=338),
        s3("08:02:47", CI, "PutBucketPublicAccessBlock", "example-web-assets",
           {"publicAccessBlock": "", "PublicAccessBlockConfiguration": {
               "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "BlockPublicAcls": True, "IgnorePublicAcls": True,
               "BlockPublicPolicy": True, "RestrictPublicBuckets": True}}, f"[{TERRAFORM}]", read=False),
        s3("08:02:49", CI, "PutBucketPolicy", "example-web-assets",
           {"policy": "", "bucketPolicy": {"Version": "2012-10-17", "Statement": [
               {"Sid": "OnlyByTLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
                "Resource": ["arn:aws:s3:::example-web-assets", "arn:aws:s3:::example-web-assets/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
               {"Sid": "CDN", "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-web-assets/*",
                "Condition": {"StringEquals": {"AWS:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/EEXAMPLE"}}}]}},
           f"[{TERRAFORM}]", read=False),
        event("08:03:12", BOB, "athena", "StartQueryExecution",
              {"queryString": "SELECT region, sum(total) FROM reports.q3 GROUP BY region", "workGroup": "analysts"}, BROWSER,
              {"queryExecutionId": event_id()}, read=False),
        event("08:03:50", BOB, "athena", "GetQueryResults", {"queryExecutionId": event_id()}, BROWSER),
        event("08:04:02", ALICE, "cloudtrail", "DescribeTrails", {"trailNameList": []}, cli("cloudtrail.describe-trails")[1:-1]),
        event("08:04:03", ALICE, "cloudtrail", "GetTrailStatus", {"name": "main"}, cli("cloudtrail.get-trail-status")[1:-1]),
    ]
    return r


def second_file():
    """Somebody has found the key of ci-deploy."""
    r = billing_work("08:10:10", "08:19:40", 12)
    r += [
        event("08:11:20", BOB, "glue", "GetTables", {"databaseName": "reports"}, BROWSER),
        s3("08:11:58", ALICE, "GetBucketTagging", "example-reports", {"tagging": ""}, "[S3Console/0.4, aws-internal/3]", out=180),
        event("08:12:04", INTRUDER, "sts", "GetCallerIdentity", None, kali("sts.get-caller-identity")[1:-1]),
        s3("08:12:31", INTRUDER, "ListBuckets", None, None, kali("s3api.list-buckets"), out=1204),
        s3("08:12:52", INTRUDER, "GetBucketPublicAccessBlock", "example-reports", {"publicAccessBlock": ""},
           kali("s3api.get-public-access-block"), out=338),
        s3("08:12:59", INTRUDER, "GetBucketVersioning", "example-reports", {"versioning": ""},
           kali("s3api.get-bucket-versioning"), out=133),
        s3("08:13:05", INTRUDER, "GetBucketLogging", "example-reports", {"logging": ""}, kali("s3api.get-bucket-logging"), out=289),
        s3("08:13:12", INTRUDER, "GetBucketVersioning", "example-invoices", {"versioning": ""},
           kali("s3api.get-bucket-versioning"), out=133),
        event("08:13:28", INTRUDER, "iam", "ListUsers", None, kali("iam.list-users")[1:-1], error="AccessDenied",
              message=f"User: arn:aws:iam::{ACCOUNT}:user/ci-deploy is not authorized to perform: iam:ListUsers on resource: "
                      f"arn:aws:iam::{ACCOUNT}:user/ because no identity-based policy allows the iam:ListUsers action"),
        s3("08:13:51", INTRUDER, "DeleteAccountPublicAccessBlock", None, {"accountId": ACCOUNT, "publicAccessBlock": ""},
           kali("s3control.delete-public-access-block"), read=False, error="AccessDenied"),
        s3("08:14:22", INTRUDER, "DeleteBucketPublicAccessBlock", "example-reports", {"publicAccessBlock": ""},
           kali("s3api.delete-public-access-block"), read=False),
        s3("08:14:50", INTRUDER, "PutBucketPolicy", "example-reports",
           {"policy": "", "bucketPolicy": {"Version": "2012-10-17", "Statement": [
               {"Sid": "tmp", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": ["arn:aws:s3:::example-reports", "arn:aws:s3:::example-reports/*"]}]}},
           kali("s3api.put-bucket-policy"), read=False),
        s3("08:15:18", INTRUDER, "PutBucketLogging", "example-reports",
           {"logging": "", "BucketLoggingStatus": {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/"}},
           kali("s3api.put-bucket-logging"), read=False),
        s3("08:15:41", INTRUDER, "PutBucketVersioning", "example-reports",
           {"versioning": "", "VersioningConfiguration": {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "Status": "Suspended"}},
           kali("s3api.put-bucket-versioning"), read=False),
        s3("08:15:49", INTRUDER, "PutBucketVersioning", "example-invoices",
           {"versioning": "", "VersioningConfiguration": {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "Status": "Suspended"}},
           kali("s3api.put-bucket-versioning"), read=False),
        event("08:16:30", INTRUDER, "cloudtrail", "StopLogging", {"name": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"},
              kali("cloudtrail.stop-logging")[1:-1], read=False),
    ]
    return r


def third_file():
    """The trail "main" is silent; the one for the objects of example-invoices is not."""
    r = [x for x in billing_work("08:20:10", "08:34:30", 12) if x["eventCategory"] == "Data"]
    t = at("08:22:07")
    for i in range(14):
        r.append(s3((t + timedelta(seconds=2 * i)).strftime("%H:%M:%S"), INTRUDER, "GetObject", "example-invoices", None,
                    kali("s3.sync"), invoice(), out=rng.randrange(18000, 90000), data=True))
    r.append(s3("08:22:05", INTRUDER, "ListObjects", "example-invoices", {"list-type": "2", "prefix": "", "encoding-type": "url"},
                kali("s3.sync"), out=31220, data=True))
    for clock in ("08:33:12", "08:33:15"):
        r.append(s3(clock, INTRUDER, "DeleteObjects", "example-invoices", {"delete": ""}, kali("s3.rm"), read=False,
                    out=48211, into=61020, data=True))
    return r


def dropped_file():
    """What comes while somebody is watching."""
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    r = [x for x in billing_work("08:40:10", "08:49:30", 8) if x["eventCategory"] == "Data"]
    for i, clock in enumerate(("08:41:02", "08:41:04")):
        k = "2026/11/invoice-4%04d.pdf" % i
        r.append(s3(clock, INTRUDER, "CopyObject", "example-invoices",
                    {"x-amz-copy-source": f"example-invoices/{k}", "x-amz-server-side-encryption-customer-algorithm": "AES256"},
                    kali("s3api.copy-object"), k, read=False, out=234, data=True))
        r[-1]["additionalEventData"]["SSEApplied"] = "SSE_C"
    r.append(s3("08:42:20", INTRUDER, "PutObject", "example-invoices", None, kali("s3.cp"), "HOW_TO_RECOVER_YOUR_FILES.txt",
                read=False, into=911, data=True))
    r.append(event("08:43:37", INTRUDER, "kms", "ScheduleKeyDeletion", {"keyId": key, "pendingWindowInDays": 7},
                   kali("kms.schedule-key-deletion")[1:-1], {"keyId": key, "keyState": "PendingDeletion", "pendingWindowInDays": 7},
                   read=False))
    r.append(event("08:44:15", ({"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root",
                                 "accountId": ACCOUNT}, "192.0.2.41"), "iam", "ListAccessKeys", {"userName": "ci-deploy"}, BROWSER))
    r.append(event("08:44:41", ({"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root",
                                 "accountId": ACCOUNT}, "192.0.2.41"), "iam", "UpdateAccessKey",
                   {"userName": "ci-deploy", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "status": "Inactive"}, BROWSER, read=False))
    return r


# -- the access log of example-reports ---------------------------------------------

def line(clock, address, requester, operation, key, request, status, error="-", sent="-", size="-",
         agent="-", tls=True, rid=None):
    auth = requester != "-"
    wire = f'"{request} HTTP/1.1"' if request else "-"
    times = f"{rng.randrange(9, 90)} {rng.randrange(5, 9)}" if request else "- -"
    quoted = (f'"-" "{agent}"') if request else "- -"
    host = f"example-reports.s3.{REGION}.amazonaws.com"
    return " ".join([
        OWNER, "example-reports", at(clock).strftime("[%d/%b/%Y:%H:%M:%S +0000]"), address, requester,
        rid or request_id(), operation, key, wire, str(status), error, str(sent), str(size), times, quoted, "-",
        host_id(), "SigV4" if auth else "-", CIPHER if tls else "-", "AuthHeader" if auth else "-", host,
        "TLSv1.3" if tls else "-", "-", "-", REGION if address.startswith("192.0.2.13") else "-"])


ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/"
REPORTS = ["2026/q%d/%s.%s" % (q, n, e) for q in (1, 2, 3) for n, e in
           (("revenue", "parquet"), ("customers", "parquet"), ("forecast", "csv"), ("summary", "pdf"))]


def ordinary_lines(first, last, n):
    out = []
    t, step = at(first), (at(last) - at(first)) / n
    for i in range(n):
        clock = (t + step * i).strftime("%H:%M:%S")
        key = rng.choice(REPORTS)
        size = rng.randrange(20000, 400000)
        kind = rng.randrange(10)
        if kind < 5:
            out.append(line(clock, "192.0.2.57", ROLE + "analyst/bob", "REST.GET.OBJECT", key, "GET /" + key, 200, "-",
                            size, size, BOTO))
        elif kind < 7:
            out.append(line(clock, "192.0.2.130", ROLE + "report-writer/report-writer-fn", "REST.PUT.OBJECT", key,
                            "PUT /" + key, 200, "-", "-", size, BOTO))
        elif kind < 9:
            out.append(line(clock, "192.0.2.130", ROLE + "report-writer/report-writer-fn", "REST.GET.BUCKET", "-",
                            "GET /?list-type=2&prefix=2026%2F&encoding-type=url", 200, "-", 2210, "-", BOTO))
        else:
            out.append(line(clock, "192.0.2.41", ROLE + "engineer/alice", "REST.HEAD.OBJECT", key, "HEAD /" + key, 200, "-",
                            "-", size, "S3Console/0.4"))
    return out


def first_lines():
    out = ordinary_lines("07:58:11", "08:09:02", 20)
    out.append(line("08:04:44", "198.51.100.23", "-", "REST.GET.OBJECT", "index.html", "GET /index.html", 403, "AccessDenied",
                    243, "-", "curl/8.5.0"))
    return out


def second_lines():
    out = ordinary_lines("08:12:30", "08:36:00", 14)
    ua = "curl/8.5.0"
    out.append(line("08:19:02", "198.51.100.23", "-", "REST.GET.BUCKET", "-", "GET /?list-type=2", 200, "-", 4812, "-", ua, tls=False))
    for i, key in enumerate(rng.sample(REPORTS, 6)):
        size = rng.randrange(20000, 400000)
        out.append(line("08:19:%02d" % (20 + 5 * i), "198.51.100.23", "-", "REST.GET.OBJECT", key, "GET /" + key, 200, "-", size, size,
                        ua, tls=False))
    user = f"arn:aws:iam::{ACCOUNT}:user/ci-deploy"
    rid = request_id()
    out.append(line("08:31:44", "203.0.113.77", user, "REST.POST.MULTI_OBJECT_DELETE", "-", "POST /?delete", 200, "-", 1532, "-",
                    CLI % ("6.8.11-kali2-amd64", "s3.rm"), rid=rid))
    for key in REPORTS:
        out.append(line("08:31:44", "203.0.113.77", user, "BATCH.DELETE.OBJECT", key, None, 204, "-", "-",
                        rng.randrange(20000, 400000), rid=rid))
    return out


# -- files -------------------------------------------------------------------------

def write_gzip(path, records):
    records.sort(key=lambda r: r["eventTime"])
    text = json.dumps({"Records": records}, separators=(",", ":")).encode()
    with open(path, "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as z:
        z.write(text)


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    trail = os.path.join(top, f"logs/AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/11/20")
    access = os.path.join(top, "logs/s3access")
    drop = os.path.join(top, "drop")
    for d in (trail, access, drop):
        os.makedirs(d, exist_ok=True)

    first, second, third = first_file(), second_file(), third_file()
    # CloudTrail delivers some events twice, in files some minutes apart.
    second.append([r for r in first if r["eventName"] == "GetTrailStatus"][0])
    third.append([r for r in second if r["eventName"] == "StopLogging"][0])
    name = f"{trail}/{ACCOUNT}_CloudTrail_{REGION}_20261120T%sZ_%s.json.gz"
    write_gzip(name % ("0805", "Ab3dE5fGh7JkL9mN"), first)
    write_gzip(name % ("0820", "pQ2rS4tU6vW8xY0z"), second)
    write_gzip(name % ("0835", "Zy1xW3vU5tS7rQ9p"), third)
    write_gzip(f"{drop}/more-attack.json.gz", dropped_file())

    for stem, lines in (("2026-11-20-08-10-12-3C5A7B9D1E2F4A6B", first_lines()),
                        ("2026-11-20-08-50-31-9D1E2F4A6B3C5A7B", second_lines())):
        lines.sort(key=lambda x: x.split("[")[1][:20])
        with open(f"{access}/{stem}", "w", newline="\n") as f:
            f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
