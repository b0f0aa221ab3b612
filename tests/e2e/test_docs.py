#!/usr/bin/env python3
"""What is written agrees with what is built: options, config keys, man pages."""
import re
import shutil
import subprocess

from common import tap
from tap import check, main, run, skip, test

COMMANDS = ("run", "scan", "check", "test", "explain", "status")
PAGES = ("bucketwatch.8", "bucketwatch.yaml.5", "bucketwatch-rules.5")


def page(name):
    """The page as text for people, one space between words."""
    path = tap.BUILD / "man" / name
    check(path.exists(), "%s was not built" % path)
    if not shutil.which("mandoc"):
        skip("mandoc is not installed")
    p = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=200", str(path)],
                       stdout=subprocess.PIPE, check=True)
    text = re.sub(r".\x08", "", p.stdout.decode())
    return text.replace("\u2010", "-").replace("\u2212", "-").replace("\u2011", "-")


@test
def man_pages_have_no_faults(tmp):
    if not shutil.which("mandoc"):
        skip("mandoc is not installed")
    for name in PAGES:
        path = tap.BUILD / "man" / name
        check(path.exists(), "%s was not built" % path)
        p = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(path)],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # a page of ours that is not installed yet is no fault
        faults = [line for line in p.stdout.decode().splitlines()
                  if "referenced manual not found" not in line]
        check(not faults, "\n".join(faults))
        left = re.search(r"@[A-Za-z_]+@", path.read_text())
        check(left is None, "%s: %s was not substituted" % (name, left and left[0]))


@test
def every_option_is_in_the_man_page(tmp):
    text = page("bucketwatch.8")
    missing = []
    for command in COMMANDS:
        check(re.search(r"\bbucketwatch %s\b" % command, text) or
              re.search(r"^\s+%s\b" % command, text, re.M),
              "the command %s is not in the page" % command)
        for option in re.findall(r"^ +(?:-\w, )?(--[a-z-]+)",
                                 run(command, "--help").exits(0).out, re.M):
            if not re.search(re.escape(option) + r"(?![a-z-])", text):
                missing.append("%s %s" % (command, option))
    check(not missing, "not in the page: %s" % ", ".join(missing))


@test
def every_option_of_the_man_page_is_known(tmp):
    text = page("bucketwatch.8")
    known = {o for c in COMMANDS
             for o in re.findall(r"--[a-z-]+", run(c, "--help").exits(0).out)}
    known |= set(re.findall(r"--[a-z-]+", run("--help").out + run("--help").err))
    known |= {"--version", "--help"}
    unknown = {o for o in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)} - known
    check(not unknown, "in the page, not in --help: %s" % ", ".join(sorted(unknown)))


@test
def every_option_in_the_readme_and_papers_is_known(tmp):
    known = {"--version", "--help"} | {
        o for c in COMMANDS
        for o in re.findall(r"--[a-z-]+", run(c, "--help").exits(0).out)}
    wrong = []
    for f in [tap.SRC / "README", *sorted((tap.SRC / "doc").glob("*.md")),
              *sorted((tap.SRC / "systemd").glob("*.in"))]:
        text = f.read_text().replace("\\\n", " ")
        for line in text.splitlines():
            for m in re.finditer(r"\bbucketwatch (%s)\b([^`|;&]*)" % "|".join(COMMANDS),
                                 line):
                wrong += ["%s: %s %s" % (f.name, m[1], o) for o in re.findall(
                    r"(?<![\w-])--[a-z][a-z-]*", m[2]) if o not in known]
    check(not wrong, "\n".join(wrong))


def keys_of_the_shipped_config():
    """Every key, those that are only shown in comments included."""
    text = (tap.SRC / "etc" / "bucketwatch.yaml").read_text()
    keys = set()
    for line in text.splitlines():
        m = re.match(r"^[ #-]*([a-z_]+):(?:\s|$)", line)
        # a comment in prose may have a colon too; keys stand with a value or alone
        if m:
            keys.add(re.sub("_(file|env)$", "", m[1]) if m[1] != "ca_file" else m[1])
    return keys


@test
def every_key_of_the_shipped_config_is_in_the_man_page(tmp):
    text = page("bucketwatch.yaml.5")
    keys = keys_of_the_shipped_config()
    for key in ("sources", "outputs", "state", "look_back", "settle", "url"):
        check(key in keys, "%s is not shown in etc/bucketwatch.yaml: %s" % (key, keys))
    missing = sorted(k for k in keys if not re.search(r"\b%s\b" % k, text))
    check(not missing, "not in the page: %s" % ", ".join(missing))


@test
def every_key_that_the_program_knows_is_shown(tmp):
    # the tables that read the config are the truth; they are read as text here
    if not (tap.SRC / "src").exists():
        skip("not run from a source tree")
    keys = set()
    for f in ("src/app/config.c", "src/source/directory.c", "src/output/kind.h",
              "src/output/file.c", "src/output/stdout.c", "src/output/syslog.c",
              "src/output/webhook.c"):
        text = (tap.SRC / f).read_text()
        keys |= set(re.findall(r'\.key = "([a-z_]+)"', text))
        keys |= set(re.findall(r'\{ "([a-z_]+)", OPTION_', text))
        keys |= set(re.findall(r"\bNODE\(([a-z_]+)\)", text)) - {"key"}
    check(len(keys) > 25, "the tables look different now: %s" % keys)
    shipped = (tap.SRC / "etc" / "bucketwatch.yaml").read_text()
    manual = page("bucketwatch.yaml.5")
    for what, text in (("etc/bucketwatch.yaml", shipped), ("the man page", manual)):
        # a secret may be shown by the file or the environment it comes from
        missing = sorted(k for k in keys if not re.search(
            r"\b%s(_file|_env)?\b" % k, text))
        check(not missing, "not in %s: %s" % (what, ", ".join(missing)))


@test
def defaults_in_the_shipped_config_are_the_true_ones(tmp):
    text = (tap.SRC / "src" / "app" / "config.c").read_text() if (
        tap.SRC / "src").exists() else skip("not run from a source tree")
    shipped = (tap.SRC / "etc" / "bucketwatch.yaml").read_text()
    wrong = []
    for key, value in re.findall(
            r'\{ "([a-z_]+)", OPTION_(?:DURATION|SIZE|INT),[^"{}]*"([^"]+)"', text):
        m = re.search(r"^[ #]*%s: *(\S+)" % key, shipped, re.M)
        if m is None or m[1] != value:
            wrong.append("%s: %s (it is %s)" % (key, m and m[1], value))
    check(not wrong, "\n".join(wrong))


@test
def version_is_the_packages(tmp):
    r = run("--version").exits(0)
    check(re.fullmatch(r"bucketwatch \d+\.\d+\.\d+.*\n", r.out, re.S), r.out)


if __name__ == "__main__":
    main()
