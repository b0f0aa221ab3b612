#!/usr/bin/env python3
"""What run.sh does after it has built: the main job on the examples, on a copy of them
and with the program at hand."""
import os
import re
import shlex
import shutil
import signal
import time

from common import tap
from daemon import Daemon
from tap import check, has, main, skip, test, wait_until


def command():
    """The words behind `exec build/release/bucketwatch run` in run.sh."""
    path = tap.SRC / "run.sh"
    check(path.exists(), "there is no run.sh")
    text = path.read_text().replace("\\\n", " ")
    m = re.search(r"^exec build/release/bucketwatch run (.*)$", text, re.M)
    check(m, "run.sh does not end in the main job")
    return [w for w in shlex.split(m[1]) if w != "$@"]


@test
def run_sh_is_to_be_run_from_anywhere(tmp):
    path = tap.SRC / "run.sh"
    has(path.read_text(), 'cd "$(dirname "$0")"')
    has(path.read_text(), "tools/build.sh")
    if not os.access(path, os.X_OK):
        # a read-only copy of a release keeps its modes; anything else is a fault
        skip("run.sh has lost its mode") if not os.access(tap.SRC, os.W_OK) else \
            check(False, "run.sh cannot be executed")


@test
def the_examples_alert_and_a_dropped_file_alerts_within_a_second(tmp):
    words = command()
    check("--watch" in words and words[words.index("--watch") + 1] == "examples",
          "run.sh watches something else: %s" % words)
    shutil.copytree(tap.SRC / "examples", tmp / "examples", copy_function=shutil.copy)
    temp = tmp / "temp"
    temp.mkdir()
    for f in [tmp / "examples", *(tmp / "examples").rglob("*")]:
        f.chmod(0o755 if f.is_dir() else 0o644)
        os.utime(f, (1, 1))     # as old as in a checkout: nobody is writing them
    words[words.index("--watch") + 1] = str(tmp / "examples")
    d = Daemon(tmp, args=words, env={
        "TMPDIR": str(temp), "BUCKETWATCH_RULES": str(tap.SRC / "etc" / "rules.d")})
    d.start()

    def printed():
        """Alerts on stdout: each begins at the margin."""
        return len(re.findall(r"^\S", d.stdout.read_text(), re.M))
    # all that is there is read when as many are printed as a scan finds
    found = tap.run("scan", "--rules", tap.SRC / "etc" / "rules.d", "--format", "json",
                    tmp / "examples" / "logs").exits(1)
    before = len(found.out.splitlines())
    check(before >= 5, "the examples have %d findings" % before)
    wait_until(lambda: printed() == before, what="alerts of the examples")
    dropped = sorted((tmp / "examples" / "drop").iterdir())
    check(dropped, "examples/drop is empty")
    for f in dropped:
        shutil.copy(f, tmp / "examples" / "logs")
    copied = time.monotonic()
    wait_until(lambda: printed() > before, what="an alert of the dropped file")
    took = time.monotonic() - copied
    print("# %d alerts at the start, one of the dropped file after %.0f ms" % (
        before, took * 1000))
    check(took < tap.PATIENCE * (1 if os.cpu_count() > 4 else 2),
          "the alert took %.2fs" % took)
    d.end(signal.SIGINT, 0)
    check(not list(temp.iterdir()), "temporary files were left behind")


if __name__ == "__main__":
    main()
