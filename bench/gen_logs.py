#!/usr/bin/env python3
"""Makes realistic logs of any size, for benchmarks and long tests.

  gen_logs.py cloudtrail --out DIR [--files N] [--records N] [--seed N] ...
  gen_logs.py s3access   --out DIR [--files N] [--records N] [--seed N] ...

The same arguments give the same text, with any number of jobs (the bytes of gzip files
also hang on the version of zlib). CloudTrail: about 1.8 KB a record, management events
beside S3, KMS and Lambda data events, in bursts of similar calls by a few callers at a
time, as real files have them, which gzip packs about ten to one. Access logs: about
620 bytes a line, 26 or 27 fields. All names, addresses, keys and ids are made up.
"""
import argparse
import base64
import gzip
import json
import multiprocessing
import os
import random
import time

START = 1793952000		# 2026-11-06 08:00 UTC: time of the first file
STEP = 300			# seconds a file covers
IDS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TEAMS = ["orders", "billing", "search", "media", "etl", "crm", "ledger", "notify",
         "reports", "gateway", "inventory", "web"]
FOLDERS = ["raw", "curated", "exports", "year=2026/month=11", "invoices", "thumbs", "models",
           "backup/daily", "events", "incoming", "archive", "K\u00f6ln", "tmp"]
KINDS = ["parquet", "json.gz", "csv", "png", "pdf", "avro", "log.gz", "bin"]
SDKS = [
    "aws-sdk-java/2.25.31 Linux/5.10.227-219.884.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.13+11-LTS "
    "Java/17.0.13 vendor/Amazon.com_Inc. exec-env/AWS_ECS_FARGATE io/sync http/Apache cfg/retry-mode/standard",
    "Boto3/1.34.131 md/Botocore#1.34.131 ua/2.0 os/linux#6.1.92-99.174.amzn2023.x86_64 md/arch#x86_64 "
    "lang/python#3.11.9 md/pyimpl#CPython exec-env/AWS_Lambda_python3.11 cfg/retry-mode#legacy Botocore/1.34.131",
    "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/s3#1.58.2",
    "aws-sdk-js/3.620.0 ua/2.0 os/linux#5.10.220 lang/js md/nodejs#20.15.1 api/s3#3.620.0 exec-env/AWS_ECS_FARGATE",
    "Hadoop 3.3.6-amzn-3, aws-sdk-java/1.12.705 Linux/6.1.94-99.176.amzn2023.x86_64 "
    "OpenJDK_64-Bit_Server_VM/17.0.11+9-LTS java/17.0.11 scala/2.12.15 vendor/Amazon.com_Inc. cfg/retry-mode/standard",
]
HANDS = [
    "aws-cli/2.17.18 md/awscrt#0.20.11 ua/2.0 os/linux#6.8.0-48-generic md/arch#x86_64 lang/python#3.11.9 "
    "md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#s3.cp",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.68.0 "
    "(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.5 os/linux lang/go#1.22.6",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.750 Linux/5.10.218 OpenJDK_64-Bit_Server_VM/25.412-b09 "
    "java/1.8.0_412 vendor/Oracle_Corporation cfg/retry-mode/standard]",
]
LOG_AGENTS = ["-", "curl/8.5.0", "Go-http-client/2.0", "S3Console/0.4", "Boto3/1.34.131 Botocore/1.34.131",
              "aws-cli/2.17.18 md/command#s3.cp", "aws-cli/2.17.18 md/command#s3.sync"]
TLS = [("TLSv1.3", "TLS_AES_128_GCM_SHA256")] * 3 + [("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")]


def short_id(rng):
    n = rng.getrandbits(80)
    return "".join(IDS[n >> s & 31] for s in range(0, 80, 5))


def uuid(rng):
    x = "%032x" % rng.getrandbits(128)
    return f"{x[:8]}-{x[8:12]}-4{x[13:16]}-a{x[17:20]}-{x[20:]}"


def opaque(rng, n):
    return base64.b64encode(rng.randbytes(n)).decode()


def when(t):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))


# -- the account -------------------------------------------------------------------

class World:
    """The callers and buckets of one account; the same for every file of a seed."""

    def __init__(self, seed):
        rng = random.Random(f"{seed}/world")
        self.account = "111122223333"
        self.owner = "%064x" % rng.getrandbits(256)
        self.regions = ["us-east-1"] * 5 + ["eu-central-1"] * 3 + ["eu-west-1"] * 2
        self.buckets = [f"acme-{rng.choice(TEAMS)}-{rng.choice(['prod', 'stage', 'data', 'logs'])}-{i:02d}"
                        for i in range(40)]
        self.callers = [self.caller(rng, i) for i in range(120)]
        self.busy = [1.0 / (i + 2) for i in range(120)]
        # For access logs: many more callers, the most of them seldom.
        self.requesters = [self.requester(rng, i) for i in range(400)]
        self.requests = [1.0 / (i + 6) for i in range(400)]

    def caller(self, rng, i):
        team = rng.choice(TEAMS)
        if i % 9 == 4:
            name = f"svc-{team}-{i}"
            who = {"type": "IAMUser", "principalId": "AIDA" + short_id(rng) + "X",
                   "arn": f"arn:aws:iam::{self.account}:user/{name}", "accountId": self.account,
                   "accessKeyId": "AKIA" + short_id(rng), "userName": name}
        else:
            human = i % 7 == 3
            role = f"{team}-admin" if human else f"{team}-{rng.choice(['task', 'lambda', 'node', 'job'])}-{i}"
            session = f"person{i}@example.com" if human else (
                "i-0%016x" % rng.getrandbits(64) if rng.random() < .5 else role)
            pid = "AROA" + short_id(rng) + "Q"
            who = {"type": "AssumedRole", "principalId": f"{pid}:{session}",
                   "arn": f"arn:aws:sts::{self.account}:assumed-role/{role}/{session}", "accountId": self.account,
                   "accessKeyId": "ASIA" + short_id(rng),
                   "sessionContext": {
                       "sessionIssuer": {"type": "Role", "principalId": pid,
                                         "arn": f"arn:aws:iam::{self.account}:role/{role}",
                                         "accountId": self.account, "userName": role},
                       "webIdFederationData": {},
                       "attributes": {"creationDate": "2026-11-06T07:%02d:%02dZ" % (rng.randrange(60), rng.randrange(60)),
                                      "mfaAuthenticated": "true" if human else "false"}}}
            if session.startswith("i-0"):
                who["sessionContext"]["ec2RoleDelivery"] = "2.0"
        address = f"10.{rng.randrange(32)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        if i % 5 == 0:
            address = f"198.51.100.{rng.randrange(1, 255)}"
        agent = rng.choice(HANDS) if i % 7 == 3 else rng.choice(SDKS)
        return who, address, agent, rng.choice(TLS), self.buckets[i % 40]

    def requester(self, rng, i):
        team = rng.choice(TEAMS)
        if i % 100 == 50:
            name = "-"
        elif i % 3:
            name = f"arn:aws:sts::{self.account}:assumed-role/{team}-job-{i}/{team}-{rng.getrandbits(48):012x}"
        else:
            name = f"arn:aws:iam::{self.account}:user/svc-{team}-{i}"
        address = f"10.{rng.randrange(32)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        if i % 6 == 0:
            address = f"203.0.113.{rng.randrange(1, 255)}"
        return name, address, rng.choice(SDKS[2:4] + HANDS + LOG_AGENTS), rng.choice(TLS)


def some_key(rng):
    return "%s/%s/%08x-%04d.%s" % (rng.choice(TEAMS), rng.choice(FOLDERS), rng.getrandbits(32),
                                   rng.randrange(2000), rng.choice(KINDS))


# -- CloudTrail --------------------------------------------------------------------
# A burst is one caller doing one thing again and again. Its record is made once, with
# marks where records differ, and becomes a format string.

MARKS = {"\x01time": "t", "\x01request": "r", "\x01uuid": "u", "\x01event": "e", "\x01key": "k",
         "\x01host": "h", "\x01token": "s"}


def compiled(record):
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False).replace("%", "%%")
    text = text.replace('"\\u0001out"', "%(n)d").replace('"\\u0001in"', "%(i)d")
    for mark, letter in MARKS.items():
        text = text.replace(mark.replace("\x01", "\\u0001"), f"%({letter})s")
    return text


def base_record(w, caller, region, source, name, params, response, read, host):
    who, address, agent, tls, _ = caller
    return {
        "eventVersion": "1.11", "userIdentity": who, "eventTime": "\x01time",
        "eventSource": source + ".amazonaws.com", "eventName": name, "awsRegion": region,
        "sourceIPAddress": address, "userAgent": agent, "requestParameters": params,
        "responseElements": response, "requestID": "\x01uuid", "eventID": "\x01event",
        "readOnly": read, "eventType": "AwsApiCall", "managementEvent": True,
        "recipientAccountId": w.account, "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": tls[0], "cipherSuite": tls[1], "clientProvidedHostHeader": host},
    }


def insert_after(record, key, more):
    out = {}
    for k, v in record.items():
        out[k] = v
        if k == key:
            out.update(more)
    return out


def s3_object(w, rng, caller, region):
    bucket = caller[4]
    name, read = rng.choices([("GetObject", True), ("HeadObject", True), ("PutObject", False), ("DeleteObject", False),
                              ("ListObjects", True), ("DeleteObjects", False), ("CopyObject", False)],
                             [50, 14, 18, 4, 10, .2, 1])[0]
    host = f"{bucket}.s3.{region}.amazonaws.com"
    params = {"bucketName": bucket, "Host": host}
    if name == "ListObjects":
        params.update({"list-type": "2", "prefix": rng.choice(TEAMS) + "/", "delimiter": "/", "encoding-type": "url",
                       "max-keys": "1000"})
    elif name == "DeleteObjects":
        params["delete"] = ""
    else:
        params["key"] = "\x01key"
    if name == "PutObject" and rng.random() < .5:
        params["x-amz-server-side-encryption"] = "aws:kms"
        params["x-amz-storage-class"] = "INTELLIGENT_TIERING"
    if name == "CopyObject":
        params["x-amz-copy-source"] = rng.choice(w.buckets) + "/\x01key"
    r = base_record(w, caller, region, "s3", name, params, None, read, host)
    if name == "PutObject":
        r["responseElements"] = {"x-amz-server-side-encryption": "aws:kms",
                                 "x-amz-server-side-encryption-aws-kms-key-id":
                                 f"arn:aws:kms:{region}:{w.account}:key/{uuid(rng)}"}
    if rng.random() < .03:
        code = rng.choice(["AccessDenied", "NoSuchKey"])
        r = insert_after(r, "userAgent", {"errorCode": code, "errorMessage": {
            "AccessDenied": f"User: {caller[0]['arn']} is not authorized to perform: s3:{name} on resource: "
                            f"\"arn:aws:s3:::{bucket}\" because no identity-based policy allows the action",
            "NoSuchKey": "The specified key does not exist."}[code]})
    r["userAgent"] = "[" + r["userAgent"].strip("[]") + "]"
    r["requestID"] = "\x01request"
    more = {"SignatureVersion": "SigV4", "CipherSuite": caller[3][1], "bytesTransferredIn": "\x01in" if not read else 0,
            "AuthenticationMethod": "AuthHeader", "x-amz-id-2": "\x01host", "bytesTransferredOut": "\x01out"}
    if name == "PutObject":
        more["SSEApplied"] = "SSE_KMS"
    r = insert_after(r, "responseElements", {"additionalEventData": more})
    resources = [{"accountId": w.account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}]
    if "key" in params:
        resources.insert(0, {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/\x01key"})
    else:
        resources.insert(0, {"type": "AWS::S3::Object", "ARNPrefix": f"arn:aws:s3:::{bucket}/"})
    r = insert_after(r, "readOnly", {"resources": resources})
    r["managementEvent"] = False
    r["eventCategory"] = "Data"
    if rng.random() < .4:
        r = insert_after(r, "recipientAccountId", {"vpcEndpointId": "vpce-0%015x" % rng.getrandbits(60),
                                                   "vpcEndpointAccountId": w.account})
    return r


def kms(w, rng, caller, region):
    key = f"arn:aws:kms:{region}:{w.account}:key/{uuid(rng)}"
    name = rng.choice(["Decrypt", "Decrypt", "GenerateDataKey"])
    params = {"encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::{caller[4]}/\x01key"}}
    if name == "Decrypt":
        params["encryptionAlgorithm"] = "SYMMETRIC_DEFAULT"
    else:
        params.update({"keyId": key, "keySpec": "AES_256"})
    r = base_record(w, caller, region, "kms", name, params, None, True, f"kms.{region}.amazonaws.com")
    return insert_after(r, "readOnly", {"resources": [{"accountId": w.account, "type": "AWS::KMS::Key", "ARN": key}]})


def function(w, rng, caller, region):
    arn = f"arn:aws:lambda:{region}:{w.account}:function:{rng.choice(TEAMS)}-{rng.choice(['resize', 'import', 'notify'])}"
    r = base_record(w, caller, region, "lambda", "Invoke",
                    {"functionName": arn, "sourceArn": f"arn:aws:s3:::{caller[4]}", "sourceAccount": w.account,
                     "contentType": "application/json", "invocationType": "Event"},
                    None, False, f"lambda.{region}.amazonaws.com")
    r = insert_after(r, "responseElements", {"additionalEventData": {"functionVersion": arn + ":$LATEST"}})
    r = insert_after(r, "readOnly", {"resources": [{"accountId": w.account, "type": "AWS::Lambda::Function", "ARN": arn}]})
    r["managementEvent"] = False
    r["eventCategory"] = "Data"
    return r


def assume_role(w, rng, caller, region):
    service = rng.choice(["lambda", "ec2", "ecs-tasks", "glue"]) + ".amazonaws.com"
    role = f"{rng.choice(TEAMS)}-{rng.choice(['task', 'lambda', 'node', 'job'])}-{rng.randrange(120)}"
    arn = f"arn:aws:iam::{w.account}:role/{role}"
    pid = "AROA" + short_id(rng) + "Q"
    r = base_record(w, caller, region, "sts", "AssumeRole",
                    {"roleArn": arn, "roleSessionName": role, "durationSeconds": 3600},
                    {"credentials": {"accessKeyId": "ASIA" + short_id(rng), "sessionToken": "\x01token",
                                     "expiration": "Nov 6, 2026, 9:12:44 PM"},
                     "assumedRoleUser": {"assumedRoleId": f"{pid}:{role}",
                                         "arn": f"arn:aws:sts::{w.account}:assumed-role/{role}/{role}"}},
                    True, f"sts.{region}.amazonaws.com")
    r["userIdentity"] = {"type": "AWSService", "invokedBy": service}
    r["sourceIPAddress"] = r["userAgent"] = service
    r = insert_after(r, "readOnly", {"resources": [{"accountId": w.account, "type": "AWS::IAM::Role", "ARN": arn}]})
    r["sharedEventID"] = uuid(rng)
    del r["tlsDetails"]
    return r


def describe(w, rng, caller, region):
    source, name, params = rng.choice([
        ("ec2", "DescribeInstances", {"filterSet": {"items": [
            {"name": "instance-state-name", "valueSet": {"items": [{"value": "running"}, {"value": "pending"}]}},
            {"name": "tag:team", "valueSet": {"items": [{"value": t} for t in TEAMS]}}]}, "instancesSet": {}, "maxResults": 1000}),
        ("ec2", "DescribeNetworkInterfaces", {"networkInterfaceIdSet": {"items": [
            {"networkInterfaceId": "eni-0%016x" % rng.getrandbits(64)} for _ in range(6)]}, "filterSet": {}}),
        ("ecs", "DescribeServices", {"cluster": "main", "services": [f"{t}-service" for t in TEAMS], "include": ["TAGS"]}),
        ("elasticloadbalancing", "DescribeTargetHealth", {"targetGroupArn":
            f"arn:aws:elasticloadbalancing:{region}:{w.account}:targetgroup/{rng.choice(TEAMS)}/{rng.getrandbits(64):016x}"}),
        ("monitoring", "GetMetricData", {"startTime": "Nov 6, 2026, 7:00:00 AM", "endTime": "Nov 6, 2026, 8:00:00 AM",
                                         "metricDataQueries": [{"id": f"m{i}", "metricStat": {"stat": "Sum", "period": 300}}
                                                               for i in range(5)]}),
    ])
    return base_record(w, caller, region, source, name, params, None, True, f"{source}.{region}.amazonaws.com")


def log_stream(w, rng, caller, region):
    return base_record(w, caller, region, "logs", "CreateLogStream",
                       {"logGroupName": f"/aws/lambda/{rng.choice(TEAMS)}-import",
                        "logStreamName": "2026/11/06/[$LATEST]%032x" % rng.getrandbits(128)},
                       None, False, f"logs.{region}.amazonaws.com")


def bucket_settings(w, rng, caller, region):
    """Configuration, nearly always harmless; the text of policies has escapes in it."""
    bucket = caller[4]
    host = f"{bucket}.s3.{region}.amazonaws.com"
    base = {"bucketName": bucket, "Host": host}
    pick = rng.random()
    if pick < .6:
        name, sub = rng.choice([("GetBucketAcl", "acl"), ("GetBucketPolicy", "policy"), ("GetBucketVersioning", "versioning"),
                                ("GetBucketEncryption", "encryption"), ("GetBucketLogging", "logging"),
                                ("GetBucketPublicAccessBlock", "publicAccessBlock")])
        return base_record(w, caller, region, "s3", name, {**base, sub: ""}, None, True, host)
    if pick < .8:
        return base_record(w, caller, region, "s3", "PutBucketPolicy", {**base, "policy": "", "bucketPolicy": {
            "Version": "2012-10-17", "Statement": [
                {"Sid": "TLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*",
                 "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
                {"Sid": "App", "Effect": "Allow", "Principal": {"AWS": caller[0]["arn"]},
                 "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{bucket}/*"}]}}, None, False, host)
    if pick < .97:
        policy = json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [f"arn:aws:s3:::{b}/*" for b in w.buckets[:6]]}]})
        return base_record(w, caller, region, "iam", "PutRolePolicy",
                           {"roleName": "etl-job-1", "policyName": "read", "policyDocument": policy}, None, False, "iam.amazonaws.com")
    return base_record(w, caller, region, "s3", "PutBucketVersioning",
                       {**base, "versioning": "", "VersioningConfiguration": {"Status": rng.choice(["Enabled", "Suspended"])}},
                       None, False, host)


WORK = [(s3_object, 62, 24), (kms, 14, 10), (function, 6, 8), (assume_role, 7, 2), (describe, 8, 5),
        (log_stream, 2, 2), (bucket_settings, 1, 3)]	# kind, weight, mean length of a burst


def burst(w, rng, region):
    kind, _, mean = rng.choices(WORK, [x[1] / x[2] for x in WORK])[0]
    caller = rng.choices(w.callers, w.busy)[0]
    return [compiled(kind(w, rng, caller, region)), 1 + int(rng.expovariate(1 / mean))]


def cloudtrail_text(w, seed, number, records):
    rng = random.Random(f"{seed}/cloudtrail/{number}")
    region = rng.choice(w.regions)
    start = START + number * STEP
    live = [burst(w, rng, region) for _ in range(3)]
    out = []
    for i in range(records):
        slot = rng.randrange(3)
        form, left = live[slot]
        n = rng.getrandbits(34)
        key = some_key(rng) if "%(k)s" in form else ""
        out.append(form % {
            "t": when(start + i * STEP // records), "e": uuid(rng), "k": key,
            "r": short_id(rng) if "%(r)s" in form else "", "u": uuid(rng) if "%(u)s" in form else "",
            "h": opaque(rng, 57) if "%(h)s" in form else "", "n": n >> (n & 15), "i": n >> 14,
            "s": opaque(rng, 420) if "%(s)s" in form else ""})
        if left == 1:
            live[slot] = burst(w, rng, region)
        else:
            live[slot][1] = left - 1
    stamp = time.strftime("%Y%m%dT%H%MZ", time.gmtime(start + STEP))
    name = f"{w.account}_CloudTrail_{region}_{stamp}_{short_id(rng)}.json"
    return name, '{"Records":[' + ",".join(out) + "]}"


# -- access logs -------------------------------------------------------------------

OPERATIONS = [	# operation, method, has a key, query, weight
    ("REST.GET.OBJECT", "GET", True, "", 52), ("REST.HEAD.OBJECT", "HEAD", True, "", 14),
    ("REST.PUT.OBJECT", "PUT", True, "?x-id=PutObject", 13), ("REST.PUT.PART", "PUT", True, "?partNumber=7&uploadId=2~EXAMPLEuploadidEXAMPLEuploadid", 4),
    ("REST.GET.BUCKET", "GET", False, "?list-type=2&delimiter=%2F&prefix=events%2F&encoding-type=url&max-keys=1000", 9),
    ("REST.DELETE.OBJECT", "DELETE", True, "", 2), ("REST.COPY.OBJECT", "PUT", True, "", 1),
    ("BATCH.DELETE.OBJECT", None, True, "", 1), ("REST.POST.MULTI_OBJECT_DELETE", "POST", False, "?delete", .2),
    ("REST.GET.LOCATION", "GET", False, "?location", 1.5), ("REST.GET.ACL", "GET", False, "?acl", 1),
    ("REST.GET.POLICY_STATUS", "GET", False, "?policyStatus", 1)]
OPERATION_WEIGHTS = [x[4] for x in OPERATIONS]


def access_text(w, seed, number, records):
    rng = random.Random(f"{seed}/s3access/{number}")
    bucket = w.buckets[number % len(w.buckets)]
    region = rng.choice(w.regions)
    host = f"{bucket}.s3.{region}.amazonaws.com"
    start = START + number * 3600
    out = []
    for i in range(records):
        name, address, agent, tls = rng.choices(w.requesters, w.requests)[0]
        operation, method, keyed, query, _ = rng.choices(OPERATIONS, OPERATION_WEIGHTS)[0]
        if name == "-":
            operation, method, keyed, query, _ = OPERATIONS[0]
        clock = time.strftime("%d/%b/%Y:%H:%M:%S", time.gmtime(start + i * 3600 // records))
        n = rng.getrandbits(34)
        size = n >> (n & 15)
        key = some_key(rng).replace("=", "%253D").replace("\u00f6", "%25C3%25B6") if keyed else "-"
        status, error = 200, "-"
        if rng.random() < (.5 if name == "-" else .012):
            status, error = rng.choice([(403, "AccessDenied"), (404, "NoSuchKey"), (304, "-")])
        elif method in ("DELETE", None):
            status = 204
        sent = 243 if status in (403, 404) else size if operation == "REST.GET.OBJECT" and status == 200 else "-"
        if method is None:
            wire, spent, words = "-", "- -", "- -"
        else:
            wire = f'"{method} /{key.replace("%25", "%") if keyed else ""}{query} HTTP/1.1"'
            spent = f"{1 + n % 400} {1 + n % 90}"
            words = f'"{"https://www.example.com/app" if n % 11 == 0 else "-"}" "{agent.strip("[]")}"'
        plain = n % 499 == 0
        out.append(" ".join([
            w.owner, bucket, f"[{clock} +0000]", address, name, short_id(rng), operation, key, wire, str(status), error,
            str(sent), str(size) if keyed else "-", spent, words, short_id(rng) * 2 if keyed and n % 3 else "-", opaque(rng, 57),
            "-" if name == "-" else "SigV4", "-" if plain else tls[1], "-" if name == "-" else "AuthHeader", host,
            "-" if plain else tls[0], "-", "-" if n % 50 else "Yes"] + ([region] if number % 2 else [])))
    stamp = time.strftime("%Y-%m-%d-%H-%M-%S", time.gmtime(start + 3900))
    return f"{stamp}-{rng.getrandbits(64):016X}", "\n".join(out) + "\n"


# -- files -------------------------------------------------------------------------

WORLD = None


def one(job):
    number, a = job
    global WORLD
    if WORLD is None:
        WORLD = World(a.seed)
    make = cloudtrail_text if a.kind == "cloudtrail" else access_text
    name, text = make(WORLD, a.seed, number, a.records)
    data = text.encode()
    path = os.path.join(a.out, name + (".gz" if a.gzip else ""))
    with open(path, "wb") as f:
        if a.gzip:
            with gzip.GzipFile("", "wb", a.level, f, mtime=0) as z:
                z.write(data)
        else:
            f.write(data)
    return len(data), os.path.getsize(path)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("kind", choices=["cloudtrail", "s3access"])
    p.add_argument("--out", required=True, metavar="DIR")
    p.add_argument("--files", type=int, default=10, metavar="N")
    p.add_argument("--records", type=int, default=5000, metavar="N", help="records (lines) a file")
    p.add_argument("--seed", type=int, default=1, metavar="N")
    p.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N")
    p.add_argument("--level", type=int, default=6, metavar="N", help="of gzip")
    g = p.add_mutually_exclusive_group()
    g.add_argument("--gzip", action="store_true", default=None, help="the default for cloudtrail")
    g.add_argument("--plain", dest="gzip", action="store_false", help="the default for s3access")
    a = p.parse_args()
    if a.gzip is None:
        a.gzip = a.kind == "cloudtrail"
    if min(a.files, a.records, a.jobs) < 1:
        p.error("counts start at 1")

    os.makedirs(a.out, exist_ok=True)
    jobs = [(i, a) for i in range(a.files)]
    if a.jobs == 1 or a.files == 1:
        sizes = [one(j) for j in jobs]
    else:
        with multiprocessing.Pool(min(a.jobs, a.files)) as pool:
            sizes = pool.map(one, jobs, chunksize=1)
    text, stored = (sum(x) for x in zip(*sizes))
    print("%d files, %d records, %.1f MB of text (%d bytes a record), %.1f MB stored" %
          (a.files, a.files * a.records, text / 1e6, text / (a.files * a.records), stored / 1e6))


if __name__ == "__main__":
    main()
