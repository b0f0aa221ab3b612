#!/usr/bin/env python3
"""bucketwatch scan, through the real binary: exit codes, output forms, inputs."""
import csv
import io
import json
import os
import pty
import random
import resource
import subprocess
import time
import zlib

from common import logs, scan, tap
from tap import check, has, has_not, main, run, same, skip, test

KEYS = ("id", "time", "rule", "object", "record", "actor", "action", "bucket",
        "source_ip", "matched")


# -- exit codes ----------------------------------------------------------------------

@test
def nothing_found_is_exit_0(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.event(1), logs.event(2)))
    r = scan(tmp, f).exits(0).counts(objects=1, records=2, findings=0, errors=0)
    same(r.out, "", "stdout")


@test
def a_finding_is_exit_1(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.event(1), logs.stop(2)))
    r = scan(tmp, f).exits(1).counts(records=2, findings=1)
    same(len(r.findings), 1, "findings")


@test
def wrong_use_is_exit_2(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1)))
    for args in (["--no-such-option", f], [], ["--format", "xml", f],
                 ["--input", "csv", f], ["--level", "loud", f],
                 ["--threads", "0", f], ["--threads", "two", f],
                 ["--since", "someday", f], ["--until", "2026-13-01", f],
                 ["--color", "blue", f], ["--rules"],
                 ["--rules", tmp / "absent.yaml", f],
                 ["--config", tmp / "absent.yaml", f]):
        r = run("scan", *args)
        check(r.code == 2, "%s: exit code %d, meant 2\n%s" % (args, r.code, r.err))
        same(r.out, "", "stdout of %s" % args)
        check(r.err != "", "%s: nothing is said" % args)


@test
def an_unknown_command_is_exit_2(tmp):
    run("scam").exits(2)
    run().exits(2)


@test
def every_command_has_help(tmp):
    for command in ("run", "scan", "check", "test", "explain", "status"):
        r = run(command, "--help").exits(0)
        has(r.out, "usage: bucketwatch %s" % command)
        has(r.out, "exit code")
        same(r.err, "", "stderr")


@test
def a_wrong_rule_is_exit_2_and_wins_over_unreadable_input(tmp):
    bad = logs.write(tmp / "bad.yaml", b"title: x\nlogsource: {product: aws}\n"
                     b"detection:\n    s: {a|nonsense: 1}\n    condition: s\n")
    r = scan(tmp, tmp / "absent", rules=bad).exits(2)
    has(r.err, "bad.yaml:")
    has(r.err, "nonsense")


@test
def unreadable_input_is_exit_3_and_wins_over_findings(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1)))
    r = scan(tmp, tmp / "absent.json", f).exits(3).counts(findings=1)
    has(r.err, "absent.json")
    same(len(r.findings), 1, "findings")


@test
def an_unreadable_file_in_a_folder_is_named_and_the_others_are_read(tmp):
    f = logs.write(tmp / "l" / "a.json", logs.trail(logs.stop(1)))
    logs.write(tmp / "l" / "b.json", logs.trail(logs.stop(2)))
    f.chmod(0)
    user = None
    if os.geteuid() == 0:   # root reads everything: as nobody, then
        user = 65534
        os.chown(tmp, user, user)
    try:
        r = scan(tmp, tmp / "l", user=user)
    except PermissionError:
        skip("nobody cannot run %s" % tap.BINARY)
    r.exits(3).counts(findings=1, objects_failed=1)
    has(r.err, "a.json: ")
    has(r.err, "Permission denied")


@test
def a_full_disk_behind_stdout_is_told(tmp):
    f = logs.write(tmp / "a.json", logs.trail(*(logs.stop(i) for i in range(400))))
    with open("/dev/full", "wb") as full:
        p = subprocess.run([str(tap.BINARY), "scan", "--format", "json", "--rules",
                            str(logs.rules(tmp)), str(f)], stdout=full,
                           stderr=subprocess.PIPE, timeout=tap.DEADLINE)
    check(p.returncode not in (0, 1) and p.returncode > 0,
          "exit code %d although nothing could be written" % p.returncode)
    has(p.stderr.decode(), "cannot be written")


@test
def more_files_than_may_be_open_are_all_read(tmp):
    n = 600
    for i in range(n):
        logs.write(tmp / "l" / ("%d" % (i % 9)) / ("%03d.gz" % i),
                   logs.gz(logs.trail(logs.stop(i))))
    r = scan(tmp, tmp / "l", limits=[(resource.RLIMIT_NOFILE, 48)]).exits(1)
    r.counts(objects=n, findings=n, errors=0)


# -- forms of output -----------------------------------------------------------------

@test
def json_has_the_keys_that_scripts_stand_on(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.event(1), logs.stop(2)))
    r = scan(tmp, f).exits(1)
    a = r.findings[0]
    for key in KEYS:
        check(key in a, "no key %s in %s" % (key, a))
    same(a["rule"]["id"], logs.STOPPED)
    same(a["rule"]["title"], "Trail stopped")
    same(a["rule"]["level"], "high")
    same(a["object"], str(f), "object")
    same(a["record"], 2, "record")
    same(a["actor"], logs.ROLE, "actor")
    same(a["action"], "StopLogging", "action")
    same(a["source_ip"], "192.0.2.41", "source_ip")
    same(a["time"][:19], logs.moment(2)[:19], "time")
    check(a["time"].endswith("Z"), "time is not RFC 3339: %s" % a["time"])
    same(a["event"]["eventID"], logs.event_id(2), "event")
    check("StopLogging" in json.dumps(a["matched"]) and "selection" in
          json.dumps(a["matched"]), "matched does not say why: %s" % a["matched"])


@test
def json_is_one_object_a_line_whatever_a_log_holds(tmp):
    nasty = 'a"b\\c\n\r\t\u2028\x00\x1b[31m<é>\U0001f600'
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1, userAgent=nasty)))
    r = scan(tmp, f).exits(1)
    same(r.out.count("\n"), 1, "lines")
    # what is told of a record beside it are plain strings: they have no NUL
    same(r.findings[0]["user_agent"], nasty.replace("\0", "\ufffd"), "user_agent")
    same(r.findings[0]["event"]["userAgent"], nasty, "event.userAgent")


@test
def bucket_and_key_come_from_the_record(tmp):
    f = logs.write(tmp / "a.log", logs.access(1, requester="-", key="a%2520b"))
    a = scan(tmp, f).exits(1).findings[0]
    same(a["bucket"], "example-data", "bucket")
    same(a["key"], "a b", "key (twice encoded)")
    same(a["action"], "REST.GET.OBJECT", "action")
    same(a["source_ip"], "198.51.100.7", "source_ip")
    same(a["event"]["http_status"], 200, "event.http_status")


@test
def csv_is_quoted_and_holds_no_formula(tmp):
    f = logs.write(tmp / "a.json", logs.trail(
        logs.stop(1, userIdentity={"type": "IAMUser",
                                   "arn": '=cmd|"/c calc",\nx'})))
    r = scan(tmp, f, form="csv").exits(1)
    rows = list(csv.reader(io.StringIO(r.out, newline="")))
    same(len(rows), 2, "rows")
    row = dict(zip(rows[0], rows[1]))
    same(len(rows[0]), len(rows[1]), "columns")
    same(row["level"], "high")
    same(row["object"], str(f))
    same(row["record"], "1")
    check(row["actor"].startswith("'="), "a formula: %r" % row["actor"])
    has(row["actor"], '"/c calc",')
    has_not(row["actor"], "\n", "a raw newline in a cell")


@test
def csv_has_its_head_even_when_nothing_is_found(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.event(1)))
    r = scan(tmp, f, form="csv").exits(0)
    same(r.out.split(",")[0], "id")


@test
def text_lets_no_log_drive_the_terminal(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(
        1, userAgent="\x1b]0;owned\x07\x9b31m\nHIGH forged line",
        userIdentity={"type": "IAMUser", "arn": "arn:\x1b[2Jx"})))
    r = scan(tmp, f, form="text").exits(1)
    for byte in (0x1b, 0x07, 0x9b, 0x0d):
        check(byte not in r.raw, "byte 0x%02x in the text" % byte)
    has(r.out, "Trail stopped")
    check(not any(line.startswith("HIGH forged") for line in r.out.splitlines()),
          "a line was forged: %s" % r.out)


@test
def text_ends_with_counts_by_rule_and_actor_on_stderr(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1), logs.stop(2)))
    r = scan(tmp, f, form="text").exits(1)
    has(r.err, "By rule")
    has(r.err, "By actor")
    has(r.err, "2 records in 1 objects")
    r = scan(tmp, "--quiet", f, form="text").exits(1)
    same(r.err, "", "stderr with --quiet")


@test
def color_is_there_only_when_asked_for(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1)))
    check(b"\x1b[" not in scan(tmp, f, form="text").raw, "color without a terminal")
    check(b"\x1b[" in scan(tmp, "--color", "always", f, form="text").raw,
          "no color with --color always")


@test
def names_of_files_forge_nothing(tmp):
    folder = os.fsencode(str(tmp / "l"))
    os.mkdir(folder)
    for name in (b"a\xff\xfe.json", b"b\n{\"id\":1}\nHIGH forged", b"c\x1b[31m", b"d,\"e"):
        with open(folder + b"/" + name, "wb") as f:
            f.write(logs.trail(logs.stop(len(name))) + b"broken")
    for form in ("json", "text", "csv"):
        r = scan(tmp, tmp / "l", form=form)
        check(r.code in (1, 3), "exit code %d" % r.code)
        r.counts(objects=4, findings=4)
        for text in (r.out, r.err):
            check("\x1b" not in text, "%s: an escape got through" % form)
            check(not any(line.startswith(("HIGH forged", '{"id":1}'))
                          for line in text.splitlines()), "%s: forged: %s" % (form, text))
        r.raw.decode("utf-8")       # whatever the names are
    rows = list(csv.reader(io.StringIO(scan(tmp, tmp / "l", form="csv").out,
                                       newline="")))
    same([len(row) for row in rows], [len(rows[0])] * 5, "columns")


@test
def signatures_of_presigned_urls_are_not_told(tmp):
    line = logs.access(1, requester="-", uri=(
        "GET /k?X-Amz-Credential=AKIAEXAMPLE%2F20261120&X-Amz-Signature=deadbeefcafe01"
        "&X-Amz-Security-Token=t0kent0ken&AWSAccessKeyId=A&Signature=c2lnbmF0dXJl HTTP/1.1"))
    f = logs.write(tmp / "a.log", line)
    for form in ("json", "text", "csv"):
        r = scan(tmp, f, form=form).exits(1)
        for secret in ("deadbeefcafe01", "t0kent0ken", "c2lnbmF0dXJl"):
            has_not(r.out, secret, form)


@test
def a_terminal_sees_progress_and_a_pipe_does_not(tmp):
    mine, theirs = pty.openpty()
    p = subprocess.Popen(
        [str(tap.BINARY), "scan", "--rules", str(logs.rules(tmp)), "--format", "json",
         "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs)
    tap.cleanup(p.kill)
    os.close(theirs)
    os.set_blocking(mine, False)
    seen = b""
    end = time.monotonic() + tap.DEADLINE
    n = 0
    while b"records" not in seen and time.monotonic() < end:
        p.stdin.write(logs.lines(*(logs.event(n * 50 + i) for i in range(50))))
        p.stdin.flush()
        n += 1
        time.sleep(0.02)
        try:
            seen += os.read(mine, 65536)
        except BlockingIOError:
            pass
    p.stdin.close()
    check(b"records" in seen and b"\r" in seen, "no progress on a terminal: %r" % seen)
    same(p.stdout.read(), b"", "stdout")
    same(p.wait(tap.DEADLINE), 0, "exit code")
    os.close(mine)
    f = logs.write(tmp / "a.json", logs.trail(logs.event(1)))
    has_not(scan(tmp, f, form="text").err, "\r", "stderr of a pipe")


@test
def summary_goes_to_stderr_by_a_dash(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1)))
    r = run("scan", "--rules", logs.rules(tmp), "--format", "json", "--summary", "-",
            f).exits(1)
    s = json.loads(r.err.splitlines()[-1])
    for key in ("objects", "bytes_read", "bytes_decompressed", "records", "duplicates",
                "errors", "findings", "rules", "seconds"):
        check(key in s, "no %s in %s" % (key, s))
    same(s["rules"], 4, "rules")
    same(s["bytes_read"], f.stat().st_size, "bytes_read")


# -- forms of input ------------------------------------------------------------------

@test
def a_mixed_folder_is_counted_right(tmp):
    d = tmp / "l"
    trail = logs.trail(*(logs.event(i) for i in range(50)), logs.stop(50))
    sizes = 0
    out = 0
    for name, data, packed in (
            ("AWSLogs/x/a.json.gz", trail, True),
            ("AWSLogs/x/plain.json", logs.trail(logs.stop(60)), False),
            ("access/2026-11-20-08-00-00-0123456789ABCDEF",
             b"".join(logs.access(i, requester="-" if i % 5 == 0 else logs.ROLE)
                      for i in range(20)), False),
            ("access/packed", logs.access(30), True),
            ("sqs/n.json", json.dumps({"Records": [
                logs.notification(1), logs.notification(2, "ObjectCreated:Put")]})
             .encode(), False),
            ("digest/d.json.gz", json.dumps(logs.digest()).encode(), True),
            ("empty", b"", False),
            ("empty.gz", b"", True)):
        f = logs.write(d / name, logs.gz(data) if packed else data)
        sizes += f.stat().st_size
        out += len(data)
    r = scan(tmp, d).exits(1)
    r.counts(objects=8, records=51 + 1 + 20 + 1 + 2, errors=0, duplicates=0,
             digests=1, findings=1 + 1 + 4 + 1, bytes_read=sizes)
    check(abs(r.summary["bytes_decompressed"] - out) <= len(json.dumps(logs.digest())),
          "bytes_decompressed %d, meant %d" % (r.summary["bytes_decompressed"], out))
    by_rule = sorted((f["rule"]["title"], f["record"]) for f in r.findings)
    same(by_rule, [("Anonymous read", 1), ("Anonymous read", 6), ("Anonymous read", 11),
                   ("Anonymous read", 16), ("Object removed", 1),
                   ("Trail stopped", 1), ("Trail stopped", 51)], "findings")


@test
def standard_input_is_read_by_a_dash(tmp):
    data = logs.trail(logs.stop(1))
    for fed in (data, logs.gz(data)):
        r = scan(tmp, "-", stdin=fed).exits(1).counts(objects=1, records=1)
        same(r.findings[0]["object"], "-", "object")


@test
def a_pipe_with_a_name_is_read(tmp):
    fifo = tmp / "fifo"
    os.mkfifo(fifo)
    files = [logs.write(tmp / ("%d.json" % i), logs.trail(logs.stop(i)))
             for i in range(40)]        # more than fly at a time
    writer = subprocess.Popen(["sh", "-c", 'cat "$0" >"$1"', str(files[0]), str(fifo)])
    tap.cleanup(writer.kill)
    r = scan(tmp, *files[1:], fifo).exits(1).counts(objects=40, findings=40)
    same(r.findings[-1]["object"], str(fifo), "object")
    same(writer.wait(tap.DEADLINE), 0, "the writer's end")


@test
def names_decide_nothing(tmp):
    logs.write(tmp / "l" / "a.log", logs.gz(logs.trail(logs.stop(1))))
    logs.write(tmp / "l" / "b.json.gz", logs.access(1, requester="-"))
    logs.write(tmp / "l" / "c.txt", logs.trail(logs.stop(2)))
    scan(tmp, tmp / "l").exits(1).counts(objects=3, records=3, findings=3, errors=0)


@test
def every_envelope_of_cloudtrail_is_opened(tmp):
    one = logs.stop(1)
    for name, data in (
            ("records", logs.trail(one)),
            ("single", json.dumps(one).encode()),
            ("pretty", json.dumps({"Records": [one]}, indent=4).encode()),
            ("pretty single", json.dumps(one, indent=2).encode()),
            ("lines", logs.lines(one)),
            ("no last newline", logs.lines(one).rstrip()),
            ("carriage returns", logs.lines(one).replace(b"\n", b"\r\n")),
            ("byte order mark", b"\xef\xbb\xbf" + logs.trail(one)),
            ("eventbridge", json.dumps(logs.eventbridge(one)).encode()),
            ("eventbridge lines", logs.lines(logs.eventbridge(one))),
            ("in an array", json.dumps([one]).encode())):
        f = logs.write(tmp / "a.json", data)
        r = scan(tmp, f)
        check(r.code == 1, "%s: exit code %d\n%s" % (name, r.code, r.err))
        r.counts(records=1, findings=1, errors=0)
        same(r.findings[0]["event"]["eventID"], one["eventID"], name)
        same(r.findings[0]["record"], 1, name)


@test
def one_event_has_one_id_in_every_envelope(tmp):
    one = logs.stop(1)
    for name, data in (("a", logs.trail(one)), ("b", logs.lines(one)),
                       ("c", json.dumps(logs.eventbridge(one)).encode()),
                       ("d", json.dumps(one, indent=1).encode())):
        logs.write(tmp / "l" / name, data)
    scan(tmp, tmp / "l").exits(1).counts(records=4, duplicates=3, findings=1)


@test
def notifications_come_bare_and_by_sns_and_eventbridge(tmp):
    n = {"Records": [logs.notification(1)]}
    bridge = {"version": "0", "id": "e", "detail-type": "Object Deleted",
              "source": "aws.s3", "account": logs.ACCOUNT,
              "time": "2026-11-20T08:00:00Z", "region": "eu-central-1",
              "resources": ["arn:aws:s3:::example-data"],
              "detail": {"version": "0", "bucket": {"name": "example-data"},
                         "object": {"key": "k/1", "sequencer": "0055AED6DCD90281E5",
                                    "version-id": "v"},
                         "request-id": "C3D13FE58DE4C810", "requester": logs.ACCOUNT,
                         "source-ip-address": "192.0.2.41", "reason": "DeleteObject",
                         "deletion-type": "Permanently Deleted"}}
    for name, data in (("bare", n), ("sns", logs.sns(n)), ("eventbridge", bridge)):
        f = logs.write(tmp / "n.json", json.dumps(data).encode())
        r = scan(tmp, f)
        check(r.code == 1, "%s: exit code %d, %s\n%s" % (
            name, r.code, r.summary, r.err))
        same(r.findings[0]["rule"]["id"], logs.REMOVED, name)
        same(r.findings[0]["bucket"], "example-data", name)
        same(r.findings[0]["key"], "k/1", name)


@test
def the_s3_test_event_is_no_error(tmp):
    f = logs.write(tmp / "t.json", json.dumps({
        "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-11-20T08:00:00Z",
        "Bucket": "example-data", "RequestId": "R", "HostId": "H"}).encode())
    scan(tmp, f).exits(0).counts(errors=0, findings=0)


@test
def many_members_are_one_object(tmp):
    data = logs.trail(*(logs.event(i) for i in range(30)), logs.stop(30))
    cut = len(data) // 3
    packed = logs.gz(data[:cut]) + logs.gz(b"") + logs.gz(data[cut:])
    f = logs.write(tmp / "a.gz", packed)
    scan(tmp, f).exits(1).counts(records=31, findings=1, errors=0,
                                 bytes_decompressed=len(data), bytes_read=len(packed))
    two = logs.gz(logs.lines(logs.stop(1))) + logs.gz(logs.lines(logs.stop(2)))
    f = logs.write(tmp / "b.gz", two)
    scan(tmp, f).exits(1).counts(records=2, findings=2)


@test
def a_truncated_gzip_gives_what_could_be_read_and_a_named_error(tmp):
    rng = random.Random(7)
    records = [logs.stop(0)] + [
        logs.event(i, userAgent="%032x" % rng.getrandbits(128)) for i in range(1, 200)]
    packed = logs.gz(logs.trail(*records))
    whole = logs.write(tmp / "whole.gz", packed)
    f = logs.write(tmp / "cut.json.gz", packed[:len(packed) // 2])
    scan(tmp, whole).exits(1).counts(records=200)
    r = scan(tmp, f).exits(3).counts(findings=1, objects_failed=1)
    check(20 < r.summary["records"] < 180, "records: %s" % r.summary)
    has(r.err, "cut.json.gz")
    has(r.err, "ends early")
    check(r.summary["errors"] >= 1, "no error is counted: %s" % r.summary)
    # the same holds for whichever inflate did the work: nearly half is half
    d = zlib.decompressobj(31)
    there = d.decompress(packed[:len(packed) // 2]).count(b'"eventVersion"')
    check(r.summary["records"] >= there - 1,
          "%d records of the %d that could be read" % (r.summary["records"], there))


@test
def a_corrupt_gzip_gives_what_could_be_read_and_a_named_error(tmp):
    rng = random.Random(8)
    records = [logs.stop(0)] + [
        logs.event(i, userAgent="%032x" % rng.getrandbits(128)) for i in range(1, 200)]
    packed = bytearray(logs.gz(logs.trail(*records)))
    packed[len(packed) * 3 // 4] ^= 0xff
    f = logs.write(tmp / "bad.gz", bytes(packed))
    r = scan(tmp, f).exits(3).counts(findings=1)
    has(r.err, "bad.gz")
    check(r.summary["errors"] >= 1, "no error is counted: %s" % r.summary)


@test
def trailing_garbage_is_a_named_error_after_all_records(tmp):
    f = logs.write(tmp / "a.gz", logs.gz(logs.trail(logs.stop(1), logs.event(2))) +
                   b"garbage behind")
    r = scan(tmp, f).exits(3).counts(records=2, findings=1, errors=1)
    has(r.err, "14 bytes that are not gzip follow")
    f = logs.write(tmp / "z.gz", logs.gz(logs.trail(logs.stop(1))) + bytes(512))
    scan(tmp, f).exits(1).counts(records=1, errors=0)


@test
def a_bomb_meets_the_limits_of_the_config(tmp):
    data = logs.trail(logs.stop(1)) + b" " * (3 << 20)
    f = logs.write(tmp / "bomb.gz", logs.gz(data))
    c = logs.write(tmp / "c.yaml", b"limits:\n  object: 1MiB\n")
    scan(tmp, f).exits(1).counts(errors=0)
    r = scan(tmp, "--config", c, f).exits(3).counts(findings=1)
    has(r.err, "grows over the limit")
    has(r.err, "bomb.gz")


@test
def a_bomb_meets_the_ratio(tmp):
    data = logs.trail(logs.stop(1)) + b" " * (40 << 20)
    f = logs.write(tmp / "bomb.gz", logs.gz(data))
    r = scan(tmp, f).exits(3).counts(findings=1)
    has(r.err, "grows more than 200 times")
    c = logs.write(tmp / "c.yaml", b"limits: {ratio: 0}\n")
    scan(tmp, "--config", c, f).exits(1).counts(errors=0)


@test
def a_digest_is_routed_away_and_no_error(tmp):
    f = logs.write(tmp / "d.json.gz", logs.gz(json.dumps(logs.digest()).encode()))
    r = scan(tmp, f).exits(0).counts(objects=1, digests=1, records=0, errors=0)
    same(r.out, "", "stdout")


@test
def a_bad_record_is_named_and_the_next_one_is_read(tmp):
    f = logs.write(tmp / "a.json", logs.lines(logs.stop(1)) +
                   b'{"eventName": "StopLogging", "eventID": }\n' +
                   logs.lines(logs.stop(3)))
    r = scan(tmp, f).exits(3).counts(findings=2)
    check(r.summary["errors"] >= 1, "no error is counted: %s" % r.summary)
    has(r.err, "a.json:2")
    same([x["record"] for x in r.findings], [1, 3], "records")


@test
def a_bad_line_is_named_and_the_next_one_is_read(tmp):
    f = logs.write(tmp / "a.log", logs.access(1, requester="-") + b"not a log line\n" +
                   logs.access(3, requester="-") + b"x" * 70000 + b"\n" +
                   logs.access(5, requester="-"))
    r = scan(tmp, f).exits(3).counts(findings=3, errors=2)
    has(r.err, "a.log:2")
    has(r.err, "a.log:4")
    same([x["record"] for x in r.findings], [1, 3, 5], "records")


@test
def a_record_over_the_limit_is_an_error_and_the_next_one_is_read(tmp):
    c = logs.write(tmp / "c.yaml", b"limits: {record: 64KiB}\n")
    big = logs.stop(2, userAgent="x" * 100000)
    for name, data in (("lines", logs.lines(logs.stop(1), big, logs.stop(3))),
                       ("array", logs.trail(logs.stop(1), big, logs.stop(3)))):
        f = logs.write(tmp / "a.json", data)
        r = scan(tmp, "--config", c, f)
        check(r.code == 3, "%s: exit code %d\n%s" % (name, r.code, r.err))
        r.counts(findings=2, errors=1)
        has(r.err, "a.json:2")
        same([x["record"] for x in r.findings], [1, 3], name)


@test
def strange_text_is_read_and_printed_as_json(tmp):
    deep = {}
    for _ in range(900):
        deep = {"a": deep}
    raw = logs.trail(logs.stop(1), logs.stop(2, requestParameters=deep),
                     logs.stop(3, userAgent="x" * (10 << 20)), logs.stop(5))
    raw = raw.replace(b'"R000001"', b'"\xff\xfe\xc0\x80\\ud800"')
    raw = raw.replace(b'"R000005"', b'"a","n":123456789012345678901234567890,"n":1e999')
    f = logs.write(tmp / "a.json", raw)
    r = scan(tmp, f)
    check(r.code in (1, 3), "exit code %d\n%s" % (r.code, tap.show(r.err)))
    check({1, 3, 5 - 1} <= {x["record"] for x in r.findings},
          "records found: %s\n%s" % ([x["record"] for x in r.findings], r.err))


# -- the same thing once -------------------------------------------------------------

@test
def one_event_in_two_files_is_one_finding(tmp):
    logs.write(tmp / "l" / "a.json", logs.trail(logs.event(1), logs.stop(2)))
    logs.write(tmp / "l" / "b.json.gz", logs.gz(logs.trail(logs.stop(2), logs.event(3))))
    r = scan(tmp, tmp / "l").exits(1)
    r.counts(records=4, duplicates=1, findings=1)
    has(r.findings[0]["object"], "a.json", "the first one tells")


@test
def one_event_id_of_two_accounts_is_two_findings(tmp):
    logs.write(tmp / "l" / "a.json", logs.trail(logs.stop(1)))
    logs.write(tmp / "l" / "b.json", logs.trail(
        logs.stop(1, recipientAccountId="444455556666")))
    logs.write(tmp / "l" / "c.json", logs.trail(logs.stop(1, awsRegion="us-east-1")))
    r = scan(tmp, tmp / "l").exits(1).counts(duplicates=0, findings=3)
    same(len({x["id"] for x in r.findings}), 3, "ids")


@test
def an_access_line_that_comes_twice_is_one_finding(tmp):
    line = logs.access(1, requester="-")
    logs.write(tmp / "l" / "a", line + logs.access(2))
    logs.write(tmp / "l" / "b", line + logs.access(3))
    scan(tmp, tmp / "l").exits(1).counts(records=4, duplicates=1, findings=1)


@test
def records_of_a_batch_delete_are_not_duplicates(tmp):
    batch = b"".join(
        logs.access(7, "BATCH.DELETE.OBJECT", key="k/%d" % i) for i in range(4))
    f = logs.write(tmp / "a", batch)
    scan(tmp, f).counts(records=4, duplicates=0)


@test
def input_json_takes_nothing_for_a_duplicate(tmp):
    f = logs.write(tmp / "a.json", logs.lines(logs.stop(1), logs.stop(1), logs.stop(1)))
    r = scan(tmp, "--input", "json", f).exits(1)
    r.counts(records=3, duplicates=0, findings=3)
    scan(tmp, f).counts(records=3, duplicates=2, findings=1)


@test
def input_json_runs_rules_of_every_logsource(tmp):
    rule = logs.write(tmp / "w.yaml", b"title: w\nlogsource: {product: windows, "
                      b"category: process_creation}\ndetection:\n"
                      b"    s: {CommandLine|contains: whoami}\n    condition: s\n")
    f = logs.write(tmp / "a.json", logs.lines({"CommandLine": "cmd /c WHOAMI"},
                                              {"CommandLine": "dir"}))
    r = scan(tmp, "--input", "json", f, rules=rule).exits(1).counts(findings=1, rules=1)
    same(r.findings[0]["record"], 1)
    scan(tmp, f, rules=rule).exits(0).counts(findings=0, rules=0)


@test
def ids_are_the_same_in_every_run(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1), logs.stop(2)))
    one = [x["id"] for x in scan(tmp, f).findings]
    g = logs.write(tmp / "elsewhere" / "b.gz", logs.gz(logs.trail(logs.stop(2),
                                                                  logs.stop(1))))
    same(sorted(x["id"] for x in scan(tmp, g).findings), sorted(one), "ids")


# -- choosing ------------------------------------------------------------------------

@test
def since_and_until_cut_by_event_time(tmp):
    f = logs.write(tmp / "a.json", logs.trail(*(logs.stop(i * 600) for i in range(10))))
    r = scan(tmp, "--since", logs.moment(1200), f).exits(1)
    same([x["record"] for x in r.findings], list(range(3, 11)), "--since")
    r = scan(tmp, "--until", logs.moment(1200), f).exits(1)
    same([x["record"] for x in r.findings], [1, 2], "--until is before that time")
    r = scan(tmp, "--since", "2026-11-20T00:10Z", "--until", "2026-11-20T00:20:00Z",
             f).exits(1).counts(findings=1, outside_time=9)
    scan(tmp, "--since", "2026-11-21", f).exits(0).counts(findings=0)


@test
def level_leaves_the_lesser_ones_out(tmp):
    logs.write(tmp / "l" / "a", logs.trail(
        logs.stop(1), logs.event(2, errorCode="AccessDenied")))
    logs.write(tmp / "l" / "b", logs.access(1, requester="-"))
    logs.write(tmp / "l" / "c", json.dumps({"Records": [logs.notification(1)]}).encode())
    for level, n in (("informational", 4), ("low", 3), ("medium", 2), ("high", 1)):
        scan(tmp, "--level", level, tmp / "l").exits(1).counts(findings=n)
    scan(tmp, "--level", "critical", tmp / "l").exits(0).counts(findings=0)


@test
def include_and_exclude_choose_files_of_a_folder(tmp):
    for name in ("a.json", "b.json", "sub/c.json", "skip/d.json", "e.txt"):
        logs.write(tmp / "l" / name, logs.trail(logs.stop(hash(name) % 1000)))
    scan(tmp, tmp / "l").counts(objects=5)
    scan(tmp, "--exclude", "skip/**", tmp / "l").counts(objects=4)
    scan(tmp, "--exclude", "*.txt", tmp / "l").counts(objects=4)
    scan(tmp, "--include", "*.txt", tmp / "l").counts(objects=1)
    scan(tmp, "--include", "*.json", "--exclude", "sub", tmp / "l").counts(objects=3)


@test
def time_field_names_where_the_time_is(tmp):
    f = logs.write(tmp / "a.json", logs.lines(
        {"eventName": "StopLogging", "meta": {"at": "2026-11-20T08:00:00Z"}},
        {"eventName": "StopLogging", "meta": {"at": 1795161600}},
        {"eventName": "StopLogging", "meta": {"at": "1795161600.5"}},
        {"eventName": "StopLogging"}))
    args = ("--input", "json", "--time-field", "meta.at")
    r = scan(tmp, *args, f).exits(1).counts(findings=4)
    times = [x["time"] for x in r.findings]
    same(times[0][:19], "2026-11-20T08:00:00", "ISO 8601")
    same(times[1][:19], "2026-11-20T08:00:00", "epoch seconds")
    same(times[3], None, "none")
    r = scan(tmp, *args, "--since", "2026-11-21", f).exits(0)


@test
def threads_do_not_change_the_output(tmp):
    rng = random.Random(1)
    for i in range(60):
        records = [logs.stop(i * 100 + j) if rng.random() < .1 else
                   logs.event(i * 100 + j) for j in range(rng.randrange(60))]
        if i % 7 == 3:
            records.append(logs.stop((i - 3) * 100 + 1))      # a duplicate, maybe
        logs.write(tmp / "l" / ("f%02d" % i), logs.gz(logs.trail(*records)))
        logs.write(tmp / "l" / ("g%02d" % i), b"".join(logs.access(
            i * 100 + j, requester="-" if rng.random() < .1 else logs.ROLE)
            for j in range(40)))
    for form in ("csv", "text", "json"):
        one, four = (scan(tmp, "--threads", n, tmp / "l", form=form).exits(1)
                     for n in (1, 4))
        a, b = one.raw, four.raw
        if form == "json":      # but for the time at which it was found
            a, b = ([{**f, "alert_time": 0} for f in r.findings] for r in (one, four))
        check(a == b, "%s differs between 1 and 4 threads" % form)
        check(len(a) > 0, "nothing was found")


@test
def objects_come_in_the_order_of_their_names(tmp):
    for i in range(40):
        logs.write(tmp / "l" / ("%02d" % i), logs.trail(
            *(logs.event(1000 * i + j) for j in range(500 if i % 3 == 0 else 1)),
            logs.stop(1000 * i + 999)))
    r = scan(tmp, "--threads", 4, tmp / "l").exits(1)
    got = [x["object"] for x in r.findings]
    same(got, sorted(got), "order")
    same(len(got), 40, "findings")


@test
def rules_folder_comes_from_the_environment(tmp):
    logs.rules(tmp)
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1)))
    r = scan(tmp, f, rules="", env={"BUCKETWATCH_RULES": str(tmp / "rules.yaml")})
    r.exits(1).counts(rules=4, findings=1)
    other = tmp / "other.yaml"
    logs.write(other, logs.RULES.split("---")[2].encode())
    r = scan(tmp, f, rules=other, env={"BUCKETWATCH_RULES": str(tmp / "rules.yaml")})
    r.exits(0).counts(rules=1)


@test
def rules_of_the_build_tree_are_found_without_being_named(tmp):
    if tap.SRC not in (tap.BUILD, *tap.BUILD.parents):
        skip("built outside the source tree")
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1)))
    r = scan(tmp, f, rules="").exits(1)
    check(r.summary["rules"] > 10, "rules: %s" % r.summary)


# -- with a state file ---------------------------------------------------------------

@test
def a_second_scan_with_state_tells_only_what_is_new(tmp):
    state = tmp / "s.db"
    logs.write(tmp / "l" / "a.json", logs.trail(logs.stop(1)))
    r = scan(tmp, "--state", state, tmp / "l").exits(1).counts(findings=1)
    r = scan(tmp, "--state", state, tmp / "l").exits(0)
    r.counts(findings=0, objects=0, objects_known=1)
    logs.write(tmp / "l" / "b.json", logs.trail(logs.stop(1), logs.stop(2)))
    r = scan(tmp, "--state", state, tmp / "l").exits(1)
    r.counts(findings=1, objects=1, objects_known=1, duplicates=1)
    same(r.findings[0]["event"]["eventID"], logs.event_id(2))
    scan(tmp, tmp / "l").exits(1).counts(findings=2)     # without: as if it were new


@test
def what_could_not_be_told_is_told_by_the_next_scan_with_state(tmp):
    state = tmp / "s.db"
    for n in range(1, 30):
        logs.write(tmp / "l" / ("%d.json" % n), logs.trail(logs.stop(n)))
    with open("/dev/full", "wb") as full:
        p = subprocess.run([str(tap.BINARY), "scan", "--rules", str(logs.rules(tmp)), "--format",
                            "json", "--state", str(state), str(tmp / "l")], stdout=full,
                           stderr=subprocess.PIPE, check=False)
    same(p.returncode, 3, "exit code")
    has(p.stderr.decode(), "standard output cannot be written")
    scan(tmp, "--state", state, tmp / "l").exits(1).counts(findings=29)


@test
def a_scan_of_some_of_the_time_does_not_mark_objects_as_read(tmp):
    state = tmp / "s.db"
    logs.write(tmp / "l" / "a.json", logs.trail(logs.stop(1)))
    scan(tmp, "--state", state, "--since", "2090-01-01", tmp / "l").exits(0)
    scan(tmp, "--state", state, tmp / "l").exits(1).counts(findings=1)


@test
def two_rules_of_one_title_give_two_findings(tmp):
    (tmp / "r").mkdir()
    for name in ("a", "b"):
        (tmp / "r" / (name + ".yml")).write_text(
            "title: same\nlogsource: {product: aws, service: cloudtrail}\n"
            "detection: {s: {eventName: StopLogging}, condition: s}\n")
    logs.write(tmp / "a.json", logs.trail(logs.stop(1)))
    r = scan(tmp, tmp / "a.json", rules=tmp / "r").exits(1)
    same(len({f["id"] for f in r.findings}), 2, "ids")


@test
def nothing_to_read_is_said(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1)))
    (tmp / "l").mkdir()
    os.symlink(f, tmp / "l" / "link.json")
    has(scan(tmp, tmp / "l").exits(0).counts(objects=0).err, "there is no file to read")


@test
def a_giant_record_is_told_by_its_size_and_beginning(tmp):
    event = logs.stop(1)
    event["requestParameters"] = {"pad": "x" * 1000000}
    logs.write(tmp / "a.json", logs.trail(event))
    r = scan(tmp, tmp / "a.json").exits(1)
    event = r.findings[0]["event"]
    same(event["truncated"], True, "truncated")
    check(event["bytes"] > 1000000 and event["start"].startswith("{"), "what is shown")


@test
def a_state_file_of_something_else_is_refused(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.stop(1)))
    logs.write(tmp / "s.db", b"this is no database, it is a letter\n" * 50)
    r = scan(tmp, "--state", tmp / "s.db", f).exits(2)
    has(r.err, "s.db")


@test
def without_state_nothing_is_kept(tmp):
    logs.write(tmp / "l" / "a.json", logs.trail(logs.stop(1)))
    logs.rules(tmp)
    before = sorted(str(p) for p in tmp.rglob("*"))
    run("scan", "--rules", tmp / "rules.yaml", tmp / "l", cwd=tmp).exits(1)
    same(sorted(str(p) for p in tmp.rglob("*")), before, "files")


# -- size ----------------------------------------------------------------------------

@test
@tap.long
def memory_stays_small_whatever_the_size(tmp):
    size = int(os.environ.get("BIG_FILE_MB", "200")) << 20
    path = tmp / "big.json.gz"
    n = big_file(path, size)
    r = scan(tmp, path, timeout=tap.DEADLINE * 10, peak=True).exits(1)
    r.counts(records=n, findings=1, errors=0)
    check(r.summary["bytes_decompressed"] >= size, "too small: %s" % r.summary)
    print("# %d MB, %d records, %.1f s, peak %.1f MiB" % (
        size >> 20, n, r.summary["seconds"], r.peak_kib / 1024))
    check(r.peak_kib < 64 * 1024, "peak memory %.1f MiB" % (r.peak_kib / 1024))


def big_file(path, size):
    """One {"Records":[...]} of that many bytes; the number of its records. Blocks of
    the same records are packed once and repeated as members: it is made in no time."""
    block = b"".join(json.dumps(logs.event(i)).encode() + b"," for i in range(1000))
    packed = logs.gz(block)
    n = 0
    with open(path, "wb") as f:
        f.write(logs.gz(b'{"Records":['))
        while n * len(block) < size:
            f.write(packed)
            n += 1
        f.write(logs.gz(json.dumps(logs.stop(86000)).encode() + b"]}"))
    return n * 1000 + 1


if __name__ == "__main__":
    main()
