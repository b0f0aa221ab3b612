#!/usr/bin/env python3
"""bucketwatch check: every mistake in one run, with its place; no secret is said."""
import re

from common import logs, tap
from tap import check, has, has_not, main, run, same, test

PLACE = re.compile(r"^(?P<file>.+?):(?P<line>\d+)(?::(?P<col>\d+))?: (?P<msg>.+)$", re.M)


def mistakes(r):
    """[(line, column, message)] of what check printed, notes left out."""
    return [(int(m["line"]), int(m["col"] or 0), m["msg"])
            for m in PLACE.finditer(r.out + r.err) if not m["msg"].startswith("note:")]


def checked(tmp, text, *args, name="c.yaml", **more):
    f = logs.write(tmp / name, text.encode())
    rules = logs.rules(tmp)
    return run("check", "--config", f, *args, env={"BUCKETWATCH_RULES": str(rules),
                                                   **more.pop("env", {})}, **more)


@test
def a_right_config_is_exit_0(tmp):
    (tmp / "logs").mkdir()
    r = checked(tmp, """\
sources:
  - name: local
    type: directory
    path: %s/logs
    exclude: ["*.tmp"]
    settle: 5s
outputs:
  - name: out
    type: stdout
    level: high
  - name: file
    type: file
    path: %s/alerts.jsonl
state:
  path: %s/state.db
dedup:
  look_back: 24h
  memory: 32MiB
limits:
  record: 16MiB
log: {level: info}
""" % (tmp, tmp, tmp))
    r.exits(0)
    same(mistakes(r), [], "mistakes")
    has(r.out, "4 rules")
    check(not (tmp / "state.db").exists(), "check opened the state file")
    check(not (tmp / "alerts.jsonl").exists(), "check opened the output file")


@test
def the_shipped_config_is_right(tmp):
    shipped = tap.SRC / "etc" / "bucketwatch.yaml"
    check(shipped.exists(), "etc/bucketwatch.yaml is not there")
    r = run("check", "--config", shipped,
            env={"BUCKETWATCH_RULES": str(tap.SRC / "etc" / "rules.d")}).exits(0)
    same(mistakes(r), [], "mistakes")


@test
def every_mistake_is_told_in_one_run_with_its_place(tmp):
    r = checked(tmp, """\
sources:
  - name: local
    type: directory
    path: /var/log
    setle: 5s
outputs:
  - name: out
    type: stdot
  - name: file
    type: file
dedup:
  look_back: five minutes
  memory: 32 parsecs
limits:
  tries: 0
  thread: 2
statee:
  path: /tmp/x
log:
  level: loud
""")
    r.exits(2)
    at = {line: msg for line, _, msg in mistakes(r)}
    for line, words in ((5, ("setle", "settle")), (8, ("stdot", "stdout")),
                        (9, ("path",)), (12, ("look_back", "5m")),
                        (13, ("memory",)), (15, ("tries",)),
                        (16, ("thread", "threads")), (17, ("statee", "state")),
                        (20, ("level",))):
        check(line in at, "line %d is not among %s" % (line, tap.show(r.out + r.err)))
        for word in words:
            has(at[line], word, "line %d" % line)
    check(all(col > 0 for _, col, _ in mistakes(r)), "a column is missing: %s" % r.out)


@test
def columns_point_at_the_word(tmp):
    r = checked(tmp, "limits:\n    tries: 0\n    thread: 3\n").exits(2)
    got = sorted((line, col) for line, col, _ in mistakes(r))
    check(got in ([(2, 12), (3, 5)], [(2, 5), (3, 5)]), "places: %s" % got)


@test
def an_unknown_key_names_the_nearest_known_one(tmp):
    for text, near in (("sorces: []\n", "sources"), ("ruls: {}\n", "rules"),
                       ("limits: {recrod: 1MiB}\n", "record"),
                       ("control: {sockt: x}\n", "socket"),
                       ("dedup: {lookback: 1h}\n", "look_back")):
        r = checked(tmp, text).exits(2)
        has(r.out + r.err, "'%s'" % near, text.strip())


@test
def broken_yaml_is_told_with_its_line(tmp):
    for text, line in (("sources:\n  - name: x\n   type: y\n", 3),
                       ("limits: {record: 1MiB\n", None),
                       ("a: &x 1\nb: *y\n", 2), ("limits:\n\ttries: 3\n", 2),
                       ("limits: {tries: 3}\nlimits: {tries: 4}\n", 2)):
        r = checked(tmp, text).exits(2)
        got = [m[0] for m in mistakes(r)]
        check(got and (line is None or line in got), "%r: %s" % (text, r.out + r.err))


@test
def two_of_one_name_are_refused(tmp):
    r = checked(tmp, """\
outputs:
  - name: a
    type: stdout
  - name: a
    type: stdout
""").exits(2)
    has(r.out + r.err, "c.yaml:4:")


SECRETS = """\
outputs:
  - name: hook
    type: webhook
    url: https://user:pa55word-hunter2@hooks.example.com/services/T000/s3cr3t-token-abc
    authorization: Bearer t0ps3cret-value-xyz
    headers: ["X-Key: k3y-in-a-header-123"]
    timeout: never
  - name: hook2
    type: webhook
    url_env: MY_HOOK
    timeout: %s
  - name: hook3
    type: webhook
    url_file: %s
    colour: red
"""


@test
def secrets_are_never_printed(tmp):
    f = logs.write(tmp / "secret", b"https://hooks.example.com/x/fr0m-a-file-98765\n")
    env = {"MY_HOOK": "http://hooks.example.com/x/fr0m-the-env-43210"}
    for timeout in ("15s", "sometimes"):
        r = checked(tmp, SECRETS % (timeout, f), env=env).exits(2)
        for word in ("hunter2", "s3cr3t", "t0ps3cret", "k3y-in-a", "fr0m-a-file",
                     "fr0m-the-env", "43210", "98765"):
            has_not(r.out + r.err, word, "a secret")
        check(len(mistakes(r)) >= 3, "mistakes: %s" % r.out)


@test
def a_url_that_is_none_is_refused_without_being_said(tmp):
    for url in ("ftp://x.example/tok3n-abcdef", "tok3n-abcdef", "http://:99999/tok3n",
                "http://example.com/tok3n-abcdef"):
        r = checked(tmp, "outputs: [{name: h, type: webhook, url: '%s'}]\n" % url)
        r.exits(2)
        has_not(r.out + r.err, "tok3n", url)


@test
def a_secret_that_is_not_there_is_a_mistake(tmp):
    r = checked(tmp, "outputs:\n  - {name: a, type: webhook, url_env: NO_SUCH_VAR}\n"
                "  - {name: b, type: webhook, url_file: %s/none}\n" % tmp).exits(2)
    has(r.out + r.err, "NO_SUCH_VAR")
    has(r.out + r.err, "%s/none" % tmp)
    same(len(mistakes(r)), 2, "mistakes")


@test
def mistakes_of_rules_and_config_come_together(tmp):
    bad = logs.write(tmp / "bad.yaml", b"title: x\nlogsource: {product: aws}\n"
                     b"detection:\n    s: {a|nonsense: 1}\n    condition: s\n")
    r = checked(tmp, "limits: {tries: 0}\nrules: {paths: ['%s']}\n" % bad).exits(2)
    has(r.out + r.err, "c.yaml:1:")
    has(r.out + r.err, "bad.yaml:4:")


def refused(tmp, text, *words):
    f = logs.write(tmp / "r.yaml", text.encode())
    r = run("check", f)
    check(r.code == 2, "exit code %d for\n%s\n%s" % (r.code, text, r.out + r.err))
    has(r.out + r.err, "r.yaml:")
    for word in words:
        has(r.out + r.err, word)
    return r


RULE = """\
title: x
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: StopLogging}
    condition: %s
"""


@test
def old_aggregations_are_refused_by_name(tmp):
    for condition in ("selection | count() > 5",
                      "selection | count(eventName) by sourceIPAddress > 5",
                      "selection | near other"):
        refused(tmp, RULE % condition, "r.yaml:5:",
                "count" if "count" in condition else "near")


@test
def a_condition_that_names_nothing_is_refused(tmp):
    refused(tmp, RULE % "selecton", "selecton")
    refused(tmp, RULE % "1 of filter_*", "filter_*")
    refused(tmp, RULE % "(selection", "r.yaml:5:")
    refused(tmp, RULE % "selection and", "r.yaml:5:")


@test
def a_regular_expression_that_is_none_is_refused(tmp):
    refused(tmp, RULE.replace("{eventName: StopLogging}", "{eventName|re: '(a'}")
            % "selection", "r.yaml:4:")


@test
def a_placeholder_comes_from_the_config(tmp):
    rule = logs.write(tmp / "p.yaml", (RULE.replace(
        "{eventName: StopLogging}", "{eventName|expand: '%calls%'}")
        .replace("condition: %s", "condition: selection")).encode())
    r = run("check", rule).exits(2)
    has(r.out + r.err, "calls")
    c = logs.write(tmp / "c.yaml", b"rules: {placeholders: {calls: [A, B]}}\n")
    run("check", "--config", c, rule).exits(0)


@test
def a_folder_of_rules_is_checked_whole(tmp):
    logs.write(tmp / "r" / "a.yaml", (RULE % "selection").encode())
    logs.write(tmp / "r" / "sub" / "b.yml", (RULE % "selecton").encode())
    logs.write(tmp / "r" / "c.yaml", (RULE % "1 of them and").encode())
    logs.write(tmp / "r" / "README.md", b"no rule")
    r = run("check", tmp / "r").exits(2)
    has(r.out + r.err, "b.yml:5:")
    has(r.out + r.err, "c.yaml:5:")
    has_not(r.out + r.err, "README")


@test
def a_path_that_is_not_there_is_named(tmp):
    r = run("check", tmp / "absent").exits(2)
    has(r.out + r.err, "absent")
    r = run("check", "--config", tmp / "none.yaml").exits(2)
    has(r.out + r.err, "none.yaml")


@test
def quiet_says_nothing_when_all_is_right(tmp):
    r = run("check", "--quiet", logs.rules(tmp)).exits(0)
    same(r.out + r.err, "", "output")


if __name__ == "__main__":
    main()
