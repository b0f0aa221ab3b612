#!/usr/bin/env python3
"""Real logs and rules from public projects, where they are at hand (they are no part
of this one): every record is read, counted as by a few lines of Python, and equal to
what other projects' tests expect of it."""
import datetime
import gzip
import json
import pathlib
import re

from common import logs, scan, tap
from tap import check, has, main, run, same, skip, test

CORPUS = tap.SHARED / "corpus"


def corpus(*parts):
    path = CORPUS.joinpath(*parts)
    if not path.exists():
        skip("no reference logs at %s" % path)
    return path


def count_json(data):
    """Records in a text: {"Records": [...]}, JSON lines, or one object."""
    try:
        top = json.loads(data)
    except ValueError:
        return sum(1 for line in data.splitlines() if line.strip())
    return len(top["Records"]) if "Records" in top else 1


def events(path):
    """The events inside a file of somebody's unit tests, one a line."""
    with open(path, encoding="utf-8") as f:
        return [json.loads(line)["event"] for line in f]


# -- reading -------------------------------------------------------------------------

@test
def every_cloudtrail_file_is_read_without_loss(tmp):
    files = [f for folder in ("console-cartographer", "stratus", "otrf")
             for f in sorted(corpus(folder).rglob("*.json"))]
    files.append(corpus("invictus", "records.jsonl.gz"))
    rule = logs.catch_all(tmp)
    total = 0
    for f in files:
        data = f.read_bytes()
        data = gzip.decompress(data) if f.suffix == ".gz" else data
        want = count_json(data)
        r = scan(tmp, f, rules=rule)
        check(r.code == 1, "%s: exit code %d\n%s" % (f, r.code, tap.show(r.err)))
        r.counts(records=want, errors=0, objects=1, bytes_decompressed=len(data))
        total += want
    print("# %d files, %d records" % (len(files), total))


@test
def a_catch_all_rule_finds_every_record_once(tmp):
    f = corpus("invictus", "records.jsonl.gz")
    want = [json.loads(line) for line in gzip.decompress(f.read_bytes()).splitlines()]
    r = scan(tmp, f, rules=logs.catch_all(tmp)).exits(1)
    fresh = {}
    for n, record in enumerate(want, 1):
        fresh.setdefault((record["eventID"], record.get("recipientAccountId"),
                          record.get("awsRegion")), (n, record))
    same(len(r.findings), len(fresh), "findings")
    same(r.summary["duplicates"], len(want) - len(fresh), "duplicates")
    same(sorted(x["record"] for x in r.findings), sorted(n for n, _ in fresh.values()),
         "record numbers")
    by_number = {x["record"]: x for x in r.findings}
    for n, record in fresh.values():
        same(by_number[n]["event"], record, "the event of record %d" % n)
        same(by_number[n]["action"], record["eventName"], "action")
        same(by_number[n]["source_ip"], record.get("sourceIPAddress"), "source_ip")
        same(by_number[n]["time"][:19], record["eventTime"][:19], "time")


@test
def events_of_other_projects_tests_are_read(tmp):
    for name in ("panther/cloudtrail.jsonl", "traildiscover/events.jsonl",
                 "misc/streamalert.jsonl"):
        inner = events(corpus(name))
        flat = []
        for e in inner:
            flat.extend(e["Records"] if isinstance(e, dict) and "Records" in e else [e])
        flat = [e for e in flat if isinstance(e, dict)]
        f = logs.write(tmp / "e.json", logs.trail(*flat))
        r = scan(tmp, f, rules=logs.catch_all(tmp))
        check(r.code in (0, 1), "%s: exit code %d\n%s" % (name, r.code, tap.show(r.err)))
        r.counts(records=len(flat), errors=0)
        r = scan(tmp, "--input", "json", corpus(name), rules=logs.catch_all(tmp))
        check(r.code == 1, "%s as JSON lines: exit code %d\n%s" % (name, r.code, r.err))
        r.counts(records=len(inner), errors=0, duplicates=0)


@test
def gzip_and_plain_give_the_same_findings(tmp):
    rule = logs.catch_all(tmp)
    for f in sorted(corpus("console-cartographer").glob("*.json"))[:4]:
        packed = logs.write(tmp / (f.name + ".gz"), logs.gz(f.read_bytes()))
        a, b = scan(tmp, f, rules=rule), scan(tmp, packed, rules=rule)
        same([(x["id"], x["record"], x["event"]) for x in a.findings],
             [(x["id"], x["record"], x["event"]) for x in b.findings], f.name)


# -- access logs -----------------------------------------------------------------------

@test
def every_access_log_line_is_read(tmp):
    rule = logs.catch_all(tmp)
    for f in sorted(corpus("s3access").glob("*.log")):
        want = sum(1 for line in f.read_bytes().split(b"\n") if line.strip())
        for mode in ("auto", "s3access"):
            r = scan(tmp, "--input", mode, f, rules=rule)
            check(r.code == 1, "%s: exit code %d\n%s" % (f.name, r.code, r.err))
            r.counts(records=want, errors=0)


def equal(got, want):
    if isinstance(want, str) and isinstance(got, (int, float)):
        return str(got) == want
    return got == want


def differs(finding, want):
    """How a finding differs from what another project asserts of its line, or None."""
    event = finding["event"]
    for name, value in want.get("fields", {}).items():
        if name == "time":      # they keep it as text; ours is compared below
            continue
        if not equal(event.get(name), value):
            return "%s is %r, meant %r" % (name, event.get(name), value)
    for name in want.get("null", []):
        if event.get(name) is not None:
            return "%s is %r, meant to be absent" % (name, event[name])
    at = datetime.datetime.fromisoformat(finding["time"].replace("Z", "+00:00"))
    when = want.get("time_iso")
    if when and at.replace(tzinfo=None) != datetime.datetime.fromisoformat(
            when.replace("Z", "")).replace(tzinfo=None):
        return "time is %s, meant %s" % (finding["time"], when)
    if "epoch" in want and at.timestamp() != want["epoch"]:
        return "time is %s, meant %s" % (finding["time"], want["epoch"])
    if "time" in want.get("fields", {}):
        meant = datetime.datetime.strptime(want["fields"]["time"].strip("[]"),
                                           "%d/%b/%Y:%H:%M:%S %z")
        if at != meant:
            return "time is %s, meant %s" % (finding["time"], meant)
    return None


@test
def access_log_fields_are_what_other_projects_expect(tmp):
    rule = logs.catch_all(tmp)
    lines = fields = 0
    for expected in sorted(corpus("s3access").glob("*.expected.jsonl")):
        f = pathlib.Path(str(expected).replace(".expected.jsonl", ".log"))
        r = scan(tmp, "--input", "s3access", f, rules=rule).exits(1)
        by_line = {x["record"]: x for x in r.findings}
        for text in expected.read_text().splitlines():
            want = json.loads(text)
            lines += 1
            fields += len(want.get("fields", {})) + len(want.get("null", []))
            if want["line"] is None:    # a sum over the keys below one of its folders
                key = want["fields"].pop("key")
                why = [differs(x, want) for x in r.findings
                       if x["key"].startswith(key + "/")]
                check(None in why, "%s: no line is as meant: %s" % (f.name, why))
                continue
            check(want["line"] in by_line, "%s: line %d was not read" % (
                f.name, want["line"]))
            why = differs(by_line[want["line"]], want)
            check(why is None, "%s:%s: %s" % (f.name, want["line"], why))
    print("# %d lines, %d fields" % (lines, fields))


@test
def fuzzed_files_end_in_named_errors_or_records(tmp):
    files = sorted(corpus("s3access", "ncbi-fuzz").iterdir())
    rule = logs.catch_all(tmp)
    for mode in ("auto", "s3access", "json"):
        r = scan(tmp, "--input", mode, *files, rules=rule)
        check(r.code in (0, 1, 3), "exit code %d\n%s" % (r.code, tap.show(r.err)))
        r.counts(objects=len(files))
        check((r.summary["errors"] > 0) == (r.code == 3), "code %d: %s" % (
            r.code, r.summary))
        if r.code == 3:
            check(re.search(r"^\S*ncbi-fuzz/\S+: ", r.err, re.M) or
                  re.search(r"^\S*ncbi-fuzz/\S+:\d+", r.err, re.M),
                  "errors name no file: %s" % tap.show(r.err))
    for f in files:     # one by one: none stands in another's way
        r = scan(tmp, f, rules=rule)
        check(r.code in (0, 1, 3), "%s: exit code %d" % (f.name, r.code))
        if r.code == 3:
            has(r.err, f.name)
    print("# %d files" % len(files))


@test
def any_bytes_end_in_named_errors_or_records(tmp):
    # every kind of corpus file, cut and mangled by a seeded hand
    import random
    rng = random.Random(20261124)
    seeds = [f for f in sorted(corpus("stratus").glob("*.json"))][:6]
    seeds += sorted(corpus("s3access").glob("*.log"))[:6]
    rule = logs.catch_all(tmp)
    rounds = 30 if tap.SANITIZED else 150
    files = []
    for i in range(rounds):
        data = bytearray(rng.choice(seeds).read_bytes()[:20000])
        if rng.random() < .4:
            data = bytearray(logs.gz(bytes(data)))
        for _ in range(rng.randrange(1, 9)):
            at = rng.randrange(len(data))
            how = rng.randrange(4)
            if how == 0:
                data[at] = rng.randrange(256)
            elif how == 1:
                del data[at:at + rng.randrange(1, 50)]
            elif how == 2:
                data[at:at] = rng.randbytes(rng.randrange(1, 20))
            else:
                data[at:at] = rng.choice(
                    [b'"', b"{", b"}", b"[", b"]", b"\\", b"\x00", b"\n", b"\\u0000",
                     b"\\ud800", b"\xff", b'{"Records":['])
            if not data:
                data = bytearray(b"x")
        files.append(logs.write(tmp / "m" / ("%03d" % i), bytes(data)))
    r = scan(tmp, tmp / "m", rules=rule)
    check(r.code in (1, 3), "exit code %d\n%s" % (r.code, tap.show(r.err)))
    r.counts(objects=rounds)


# -- rules -----------------------------------------------------------------------------

def mistakes(r):
    return [line for line in (r.out + r.err).splitlines()
            if re.match(r"\S+?:\d+", line) and ": note: " not in line]


@test
def every_sigmahq_rule_loads(tmp):
    folder = corpus("sigma", "rules", "rules")
    r = run("check", folder)
    check(r.code == 0, "exit code %d: %s" % (r.code, tap.show("\n".join(mistakes(r)))))
    files = list(folder.rglob("*.yml"))
    has(r.out, "%d rules" % len(files))


@test
def rules_under_unsupported_are_refused_by_name(tmp):
    for f in sorted(corpus("sigma", "rules", "unsupported").rglob("*.yml")):
        r = run("check", f)
        check(r.code == 2, "%s: exit code %d\n%s" % (f.name, r.code, r.out + r.err))
        has(r.out + r.err, f.name)
        check(re.search(r"aggregation .*(count|near)", r.out + r.err), r.out + r.err)


@test
def every_suzaku_rule_loads(tmp):
    folder = corpus("suzaku-rules", "rules")
    r = run("check", folder)
    check(r.code == 0, "exit code %d: %s" % (r.code, tap.show("\n".join(mistakes(r)))))
    check(re.search(r"\d{3} rules", r.out), r.out)


@test
def sigmahq_rules_find_the_attack_in_real_logs(tmp):
    f = corpus("invictus", "records.jsonl.gz")
    folder = corpus("sigma", "rules", "rules")
    r = scan(tmp, f, rules=folder).exits(1).counts(errors=0)
    check(len({x["rule"]["id"] for x in r.findings}) >= 5, "few rules fire: %s" %
          sorted({x["rule"]["title"] for x in r.findings}))
    # and every finding says which value of which selection it was
    for x in r.findings:
        check(x["matched"], "nothing matched in %s" % x["rule"]["title"])


if __name__ == "__main__":
    main()
