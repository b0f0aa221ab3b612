#!/usr/bin/env python3
"""bucketwatch test and explain, and the rules that are shipped."""
import json
import re

from common import logs, scan, tap
from tap import check, has, has_not, main, run, same, test

RULES_D = tap.SRC / "etc" / "rules.d"


@test
def every_shipped_rule_passes_its_tests(tmp):
    r = run("test", RULES_D).exits(0)
    m = re.search(r"(\d+) tests of (\d+) rules in (\d+) files: 0 failed", r.out)
    check(m, "the last line says something else: %s" % r.out)
    check(int(m[1]) > int(m[2]) > 10, "few tests: %s" % m[0])
    has_not(r.out, "have no test", "untested rules")


@test
def every_shipped_rule_is_right_and_is_run(tmp):
    r = run("check", RULES_D).exits(0)
    has(r.out, ": 0 mistakes")
    has_not(r.out, "none of ours")


@test
def every_shipped_rule_has_an_id_of_its_own(tmp):
    r = run("explain", "--rules", RULES_D, "--list").exits(0)
    ids = [line[53:89].strip() for line in r.out.splitlines()]
    check(len(ids) > 10, "few rules: %s" % r.out)
    same(len(set(ids)), len(ids), "ids that differ")
    check(all(re.fullmatch(r"[0-9a-f-]{36}", i) for i in ids), "ids: %s" % ids)


def rule_with_tests(tmp, *tests):
    logs.write(tmp / "r" / "a.yaml", b"""\
title: A
id: 33333333-0000-4000-8000-000000000001
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: StopLogging}
    filter: {userAgent|contains: terraform}
    condition: selection and not filter
""")
    logs.write(tmp / "r" / "a.test.yaml", ("tests:\n" + "".join(
        "  - name: %s\n    record: %s\n    match: %s\n" % t for t in tests)).encode())
    return tmp / "r"


@test
def a_failing_test_is_exit_1_and_says_why(tmp):
    r = run("test", rule_with_tests(
        tmp, ("good", "{eventName: StopLogging}", "true"),
        ("this one is wrong", "{eventName: StopLogging, userAgent: terraform/1}",
         "true"))).exits(1)
    has(r.out, "FAIL")
    has(r.out, "a.test.yaml:5")
    has(r.out, "this one is wrong")
    has(r.out, "does not match")
    has(r.out, "filter")
    has(r.out, "2 tests of 1 rules in 1 files: 1 failed")


@test
def verbose_lists_the_passing_ones(tmp):
    r = run("test", "--verbose", rule_with_tests(
        tmp, ("a good one", "{eventName: StopLogging}", "true"))).exits(0)
    has(r.out, "a good one")


@test
def a_rule_without_a_test_is_counted(tmp):
    d = rule_with_tests(tmp, ("good", "{eventName: StopLogging}", "true"))
    (d / "a.test.yaml").unlink()
    r = run("test", d).exits(0)
    has(r.out, "1 rules have no test")


@test
def a_wrong_test_file_is_exit_2_with_its_place(tmp):
    d = rule_with_tests(tmp, ("x", "{a: 1}", "maybe"))
    r = run("test", d).exits(2)
    has(r.err, "a.test.yaml:4:")
    logs.write(d / "a.test.yaml", b"tests:\n  - name: x\n    reccord: {}\n    match: true\n")
    r = run("test", d).exits(2)
    has(r.err, "a.test.yaml:3:")
    has(r.err, "record")
    run("test", tmp / "absent").exits(2)


@test
def an_access_log_line_can_be_tested(tmp):
    logs.write(tmp / "r" / "b.yaml", logs.RULES.split("---\n")[1].encode())
    logs.write(tmp / "r" / "b.test.yaml", ("tests:\n  - name: x\n    line: '%s'\n"
               "    match: true\n" % logs.access(1, requester="-").decode().strip())
               .encode())
    run("test", tmp / "r").exits(0)


# -- explain ---------------------------------------------------------------------------

@test
def explain_shows_how_a_rule_was_compiled(tmp):
    f = logs.rules(tmp)
    for word in (logs.STOPPED, "Trail stopped"):
        r = run("explain", "--rules", f, word).exits(0)
        has(r.out, "StopLogging")
        has(r.out, "eventName")
        has(r.out, "selection")
        has(r.out, "cloudtrail")


@test
def explain_tells_why_a_record_matches_and_why_not(tmp):
    d = rule_with_tests(tmp, ("good", "{eventName: StopLogging}", "true"))
    yes = logs.write(tmp / "yes.json", logs.trail(logs.stop(1)))
    no = logs.write(tmp / "no.json", logs.trail(
        logs.stop(1, userAgent="terraform/1.9")))
    r = run("explain", "--rules", d, "A", yes).exits(0)
    has(r.out, "StopLogging")
    r = run("explain", "--rules", d, "A", no).exits(1)
    has(r.out, "terraform/1.9", "the value it saw")
    has(r.out, "filter")


@test
def explain_takes_the_nth_record_and_standard_input(tmp):
    f = logs.write(tmp / "a.json", logs.trail(logs.event(1), logs.stop(2)))
    args = ("explain", "--rules", logs.rules(tmp))
    run(*args, "Trail stopped", f).exits(1)
    run(*args, "--record", 2, "Trail stopped", f).exits(0)
    run(*args, "--record", 2, "Trail stopped", "-", stdin=f.read_bytes()).exits(0)
    r = run(*args, "--record", 3, "Trail stopped", f).exits(3)
    has(r.err, "2 records")


@test
def explain_escapes_what_a_log_holds(tmp):
    f = logs.write(tmp / "a.json", logs.trail(
        logs.event(1, name="Stop\x1b[31mLogging\nforged: line")))
    r = run("explain", "--rules", logs.rules(tmp), "Trail stopped", f).exits(1)
    check(b"\x1b" not in r.raw, "an escape got through: %r" % r.raw)
    check(not any(line.startswith("forged") for line in r.out.splitlines()),
          "a line was forged: %s" % r.out)


@test
def explain_without_such_a_rule_or_record_says_so(tmp):
    f = logs.write(tmp / "a.json", b"this is no log\n")
    args = ("explain", "--rules", logs.rules(tmp))
    has(run(*args, "No such").exits(2).err, "No such")
    run(*args, "Trail stopped", f).exits(3)
    has(run(*args, "Trail stopped", tmp / "absent").exits(3).err, "absent")
    run(*args).exits(2)


# -- what a newcomer sees ----------------------------------------------------------------

@test
def the_examples_hold_an_attack_that_the_shipped_rules_find(tmp):
    examples = tap.SRC / "examples"
    r = scan(tmp, examples / "logs", rules=RULES_D).exits(1).counts(errors=0)
    check(r.summary["records"] > 20, "few records: %s" % r.summary)
    check(len({x["rule"]["id"] for x in r.findings}) >= 5,
          "few rules fire: %s" % json.dumps([x["rule"]["title"] for x in r.findings]))
    scan(tmp, examples / "drop", rules=RULES_D).exits(1).counts(errors=0)


if __name__ == "__main__":
    main()
