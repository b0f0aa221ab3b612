"""
Tests that speak TAP, in a few lines: @test marks a function (its name is the
behaviour it shows), main() runs them all, each in a folder of its own that is gone
afterwards. A test fails by raising; check(), same() and their like say what was there
and what was meant. Nothing waits for a fixed time: wait_until() polls up to a deadline.
"""
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

SRC = pathlib.Path(os.environ.get("top_srcdir", ".")).resolve()
BUILD = pathlib.Path(os.environ.get("top_builddir", ".")).resolve()
SHARED = pathlib.Path(
    os.environ.get("BUCKETWATCH_SHARED", SRC / ".." / "shared")).resolve()
BINARY = BUILD / "bucketwatch"

# Sanitizers make everything slower: deadlines grow, the longest tests are left out.
SANITIZED = os.environ.get("SANITIZED", "") not in ("", "0")
PATIENCE = 4.0 if SANITIZED else 1.0
DEADLINE = 30 * PATIENCE        # of anything that has to happen at all

_tests = []


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def test(fn):
    _tests.append(fn)
    return fn


def skip(reason):
    raise Skipped(reason)


def long(fn):
    """Left out under sanitizers, where it would take minutes."""
    def run(tmp):
        if SANITIZED:
            skip("too long under sanitizers")
        fn(tmp)
    run.__name__ = fn.__name__
    return run


# -- saying what is wrong ------------------------------------------------------------

def fail(message):
    raise Failed(message)


def check(condition, message):
    if not condition:
        fail(message)


def same(got, want, what=""):
    if got != want:
        fail("%s: got %s, meant %s" % (what or "not the same", show(got), show(want)))


def has(text, part, what=""):
    if part not in text:
        fail("%s: %s is not in %s" % (what or "missing", show(part), show(text)))


def has_not(text, part, what=""):
    if part in text:
        fail("%s: %s is in %s" % (what or "too much", show(part), show(text)))


def show(value, most=2000):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= most else "%s ... %s" % (
        text[:most // 2], text[-most // 2:])


# -- the program ---------------------------------------------------------------------

class Result:
    """What a run of the program left: its exit code (negative: the signal that ended
    it), both outputs, and (with peak) the most memory it was seen to hold (KiB)."""
    def __init__(self, code, out, err, peak_kib):
        self.code, self.raw, self.err, self.peak_kib = code, out, err, peak_kib
        self.out = out.decode("utf-8", "surrogateescape")

    def exits(self, code):
        if self.code != code:
            fail("exit code %s, meant %s\nstdout: %s\nstderr: %s" % (
                self.code, code, show(self.out), show(self.err)))
        return self


def environment(env=None):
    e = {k: v for k, v in os.environ.items() if not k.startswith("BUCKETWATCH_")}
    e.update(env or {})
    return e


def peak_of(pid):
    """The most memory that a process has held until now, in KiB. (What wait4() says
    at its end is no use: it begins with what the test itself held.)"""
    try:
        with open("/proc/%d/status" % pid) as f:
            return next((int(line.split()[1]) for line in f
                         if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def limiter(limits):
    def set_limits():
        for what, value in limits:
            resource.setrlimit(what, (value, value))
    return set_limits


def run(*args, stdin=None, env=None, cwd=None, timeout=None, peak=False,
        user=None, limits=()):
    """Runs the program to its end. stdin: bytes, or an open file. limits: pairs of a
    RLIMIT_... and its value."""
    timeout = timeout or DEADLINE * 2
    most = 0
    feed = stdin if isinstance(stdin, bytes) else None
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        p = subprocess.Popen(
            [str(BINARY), *map(str, args)], stdout=out, stderr=err,
            stdin=subprocess.PIPE if feed is not None else
            stdin or subprocess.DEVNULL, env=environment(env), cwd=cwd, user=user,
            preexec_fn=limiter(limits) if limits else None)
        end = time.monotonic() + timeout
        try:
            if feed is not None:
                try:
                    p.stdin.write(feed)
                    p.stdin.close()
                except BrokenPipeError:
                    pass
            while p.poll() is None:
                if time.monotonic() > end:
                    fail("still running after %.0fs: bucketwatch %s" % (
                        timeout, " ".join(map(str, args))))
                if peak:
                    most = max(most, peak_of(p.pid))
                try:
                    p.wait(0.005 if peak else end - time.monotonic())
                except subprocess.TimeoutExpired:
                    pass
        finally:
            if p.poll() is None:
                p.kill()
                p.wait()
        out.seek(0)
        err.seek(0)
        r = Result(p.returncode, out.read(),
                   err.read().decode("utf-8", "replace"), most)
    for word in ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer",
                 "runtime error:"):
        has_not(r.err, word, "the sanitizer complains")
    return r


# -- waiting -------------------------------------------------------------------------

def wait_until(fn, seconds=None, what="it"):
    """Calls fn until it returns something true, which is returned."""
    seconds = seconds or DEADLINE
    end = time.monotonic() + seconds
    while True:
        value = fn()
        if value:
            return value
        if time.monotonic() > end:
            fail("%s did not happen within %.1fs; last seen: %s" % (
                what, seconds, show(value)))
        time.sleep(0.01)


def stays(fn, seconds, what="it"):
    """The opposite: fn must stay true for that long (something must not happen)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not fn():
            fail("%s did not stay so" % what)
        time.sleep(0.02)


# -- running -------------------------------------------------------------------------

def needs_binary():
    if not BINARY.exists():
        print("Bail out! %s is not built (top_builddir says where)" % BINARY)
        sys.exit(1)


def where(e):
    """The lines of the test that led to a failure."""
    return "".join("%s:%d: %s\n" % (os.path.basename(f.filename), f.lineno, f.line)
                   for f in traceback.extract_tb(e.__traceback__)
                   if f.filename != __file__)


def main():
    """Runs all, or those whose names hold one of the arguments."""
    needs_binary()
    words = sys.argv[1:]
    tests = [t for t in _tests if not words or any(w in t.__name__ for w in words)]
    failed = 0
    print("1..%d" % len(tests), flush=True)
    for number, fn in enumerate(tests, 1):
        tmp = pathlib.Path(tempfile.mkdtemp(prefix="bw-"))
        started = time.monotonic()
        name = fn.__name__
        try:
            fn(tmp)
            line = "ok %d - %s" % (number, name)
        except Skipped as why:
            line = "ok %d - %s # SKIP %s" % (number, name, why)
        except Exception as e:  # whatever it is, the others run
            failed += 1
            line = "not ok %d - %s" % (number, name)
            for part in (where(e) + str(e) if isinstance(e, Failed) else
                         traceback.format_exc()).splitlines():
                print("# " + part)
        finally:
            for close in reversed(_cleanups):
                close()
            _cleanups.clear()
            shutil.rmtree(tmp, ignore_errors=True)
        print(line, flush=True)
        if time.monotonic() - started > 5:
            print("# took %.1fs" % (time.monotonic() - started), flush=True)
    sys.exit(1 if failed else 0)


_cleanups = []


def cleanup(fn):
    """fn is called at the end of the test, however it ends."""
    _cleanups.append(fn)
