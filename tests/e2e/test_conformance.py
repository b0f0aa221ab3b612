#!/usr/bin/env python3
"""Sigma as other engines' tests have it, through the real binary: one run a rule, its
events as JSON lines, and the records that it must find. The cases are no part of this
project: without them the tests are skipped."""
import json

from common import logs, scan, tap
from tap import check, main, run, skip, test


def cases(name):
    path = tap.SHARED / "conformance" / name
    if not path.exists():
        skip("no conformance cases at %s" % path)
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def hold(tmp, name):
    """Groups the cases by rule and holds each answer against the expected one."""
    groups = {}
    for number, case in enumerate(cases(name), 1):
        key = (case["rule_yaml"], json.dumps(case.get("placeholders")))
        groups.setdefault(key, []).append((number, case))
    wrong, total = [], 0
    items = sorted(groups.items(), key=lambda g: g[1][0][0])
    for (text, placeholders), group in items:
        rule = logs.write(tmp / "rule.yaml", text.encode())
        args = ["--input", "json"]
        if placeholders != "null":
            config = logs.write(tmp / "c.yaml", json.dumps(
                {"rules": {"placeholders": json.loads(placeholders)}}).encode())
            args += ["--config", config]
        fed = "".join(c["event_json"].replace("\n", " ") + "\n" for _, c in group)
        r = scan(tmp, *args, "-", rules=rule, stdin=fed.encode())
        total += len(group)
        if r.code not in (0, 1):
            wrong.append("%s:%d (%s): exit code %d: %s" % (
                name, group[0][0], group[0][1]["origin"], r.code, r.err.strip()))
            continue
        hit = {x["record"] for x in r.findings}
        for at, (number, case) in enumerate(group, 1):
            if (at in hit) != case["expected_match"]:
                wrong.append("%s:%d (%s): %s, meant the opposite\n%s\n%s" % (
                    name, number, case["origin"],
                    "it matches" if at in hit else "it does not match",
                    case["rule_yaml"], case["event_json"]))
    print("# %d cases of %d rules" % (total, len(groups)))
    check(not wrong, "%d of %d cases are wrong\n%s" % (
        len(wrong), total, "\n".join(wrong[:30])))


@test
def every_conformance_case_is_judged_as_expected(tmp):
    hold(tmp, "sigma_conformance.jsonl")


@test
def every_regression_case_is_judged_as_expected(tmp):
    hold(tmp, "sigma_regression.jsonl")


@test
def every_invalid_rule_is_refused_with_its_place(tmp):
    taken = []
    for number, case in enumerate(cases("sigma_invalid.jsonl"), 1):
        rule = logs.write(tmp / "rule.yaml", case["rule_yaml"].encode())
        r = run("check", rule)
        if r.code != 2 or "rule.yaml:" not in r.out + r.err:
            taken.append("line %d (%s): exit code %d, %s\n%s" % (
                number, case["origin"], r.code, (r.out + r.err).strip(),
                case["rule_yaml"]))
    check(not taken, "%d were not refused\n%s" % (len(taken), "\n".join(taken)))


@test
def correlation_rules_are_read_and_not_run(tmp):
    refused = []
    for number, case in enumerate(cases("sigma_correlation.jsonl"), 1):
        rule = logs.write(tmp / "rule.yaml", case["rule_yaml"].encode())
        r = run("check", rule)
        if r.code != 0 or "correlation" not in r.out:
            refused.append("line %d: exit code %d, %s\n%s" % (
                number, r.code, (r.out + r.err).strip(), case["rule_yaml"]))
    check(not refused, "%d were not read\n%s" % (len(refused), "\n".join(refused)))


if __name__ == "__main__":
    main()
