"""
What the end-to-end tests share: the way to tests/lib, and scan with its answers read.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))

import logs     # noqa: E402
import tap      # noqa: E402


class Scanned(tap.Result):
    """findings: the JSON lines on stdout; summary: the counts."""
    def __init__(self, result, form, summary):
        self.__dict__.update(result.__dict__)
        self.findings = []
        if form == "json":
            for line in self.out.splitlines():
                try:
                    self.findings.append(json.loads(line))
                except ValueError:
                    tap.fail("stdout has a line that is no JSON: %s" % tap.show(line))
        self.summary = json.loads(summary.read_text()) if summary.exists() else None

    def counts(self, **want):
        for key, value in want.items():
            if self.summary is None or self.summary.get(key) != value:
                tap.fail("summary: %s is meant to be %s in %s\nstderr: %s" % (
                    key, value, self.summary, tap.show(self.err)))
        return self


def scan(tmp, *args, form="json", rules=None, **more):
    """scan with the tests' own rules (logs.RULES) unless others are named."""
    summary = tmp / "summary.json"
    summary.unlink(missing_ok=True)
    rules = logs.rules(tmp) if rules is None else rules
    r = tap.run("scan", "--format", form, "--summary", summary,
                *(["--rules", rules] if rules else []), *args, **more)
    return Scanned(r, form, summary)
