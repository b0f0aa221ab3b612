#!/usr/bin/env python3
"""make bench: how fast bucketwatch is, stage by stage and end to end, as ratios.

    bench.py BINARY STAGES [--size MB] [--runs N] [--sigma FOLDER] [--keep DIR]

BINARY is bucketwatch, STAGES bench_stages. Logs are made by gen_logs.py (the same
arguments give the same bytes). All figures are of one run on one machine, the tools in
turn (A B A B ...), so that ratios hold where the machine's speed drifts; the median of
the runs counts. Tools that are not installed are left out and named.
"""
import argparse
import glob
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def run(argv, shell=False):
    """Wall seconds of one command; what it prints is thrown away."""
    start = time.perf_counter()
    p = subprocess.run(argv, shell=shell, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
    if p.returncode not in (0, 1):
        raise SystemExit("failed (%d): %s" % (p.returncode, argv))
    return time.perf_counter() - start


def contest(commands, runs):
    """Every command once in turn, runs times: name -> median seconds."""
    times = {name: [] for name, _ in commands}
    for name, argv in commands:
        run(argv, isinstance(argv, str))            # warm
    for _ in range(runs):
        for name, argv in commands:
            times[name].append(run(argv, isinstance(argv, str)))
    return {n: statistics.median(t) for n, t in times.items()}


def peak_mib(argv):
    """Peak resident memory of one command, in MiB."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execv(argv[0], argv)
    _, _, usage = os.wait4(pid, 0)
    return usage.ru_maxrss / 1024


def table(title, rows):
    print("\n" + title)
    for r in rows:
        print("  " + r)


def goal(text, value, least, at_most=False):
    ok = value <= least if at_most else value >= least
    print("  %-62s %8.2f  (goal %s %g) %s" % (text, value, "<=" if at_most else ">=",
                                          least, "ok" if ok else "MISSED"))
    return ok


def make(kind, out, files, records, extra=()):
    if not os.path.isdir(out):
        subprocess.run([sys.executable, os.path.join(HERE, "gen_logs.py"), kind, "--out",
                        out, "--files", str(files), "--records", str(records), "--seed",
                        "1", *extra], check=True, stdout=subprocess.DEVNULL)
    return sorted(f for f in glob.glob(out + "/**/*", recursive=True)
                  if os.path.isfile(f))


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("binary")
    ap.add_argument("stages")
    ap.add_argument("--size", type=int, default=1000, help="MB of text a format")
    ap.add_argument("--runs", type=int, default=5)
    ap.add_argument("--sigma", help="more rules: SigmaHQ's AWS folder, say")
    ap.add_argument("--keep", help="make the logs here and leave them")
    ap.add_argument("--big", type=int, default=500, help="MB of the one big object")
    a = ap.parse_args()
    bw = os.path.abspath(a.binary)
    work = a.keep or tempfile.mkdtemp(prefix="bucketwatch-bench-")
    os.makedirs(work, exist_ok=True)
    rules = [os.path.join(HERE, "..", "etc", "rules.d")] + ([a.sigma] if a.sigma else [])
    every = [bw, "scan", "--quiet", "--format", "json"]
    for r in rules:
        every += ["--rules", r]
    # One SigmaHQ rule of level low matches every call of a role session: with it, what
    # is measured is the printing of findings. That is a row of its own.
    scan = every + ["--level", "medium"]
    ok = True

    records = 5000
    ct = make("cloudtrail", work + "/ct", max(2, a.size * 1000000 // (records * 1800)),
              records)
    ct_dir = work + "/ct"
    s3 = make("s3access", work + "/s3", max(2, a.size * 1000000 // (100000 * 620)),
              100000)
    s3_dir = work + "/s3"
    s = work + "/summary.json"
    subprocess.run(scan + ["--summary", s, ct_dir], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    with open(s, encoding="utf-8") as f:
        ct_sum = json.load(f)
    subprocess.run(scan + ["--summary", s, s3_dir], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    with open(s, encoding="utf-8") as f:
        s3_sum = json.load(f)
    ct_mb, s3_mb = ct_sum["bytes_decompressed"] / 1e6, s3_sum["bytes_decompressed"] / 1e6
    print("CloudTrail %d files, %.0f MB of text (%.1f MB stored), %d records, %d findings of "
          "level medium or above; access logs %d files, %.0f MB, %d lines, %d findings; %d "
          "rules" % (len(ct), ct_mb, ct_sum["bytes_read"] / 1e6, ct_sum["records"],
                     ct_sum["findings"], len(s3), s3_mb, s3_sum["records"],
                     s3_sum["findings"], ct_sum["rules"]))

    print("\nStages, one thread (MB of text a second, median of %d)" % a.runs)
    sys.stdout.flush()
    subprocess.run([a.stages, "--runs", str(a.runs), *ct], check=False)
    subprocess.run([a.stages, "--runs", str(a.runs), "--s3access", *s3[:2]], check=False)

    # end to end on CloudTrail
    one = " ".join(scan + ["--threads", "1", ct_dir])
    glob_ct = ct_dir + "/*"
    tools = [
        ("inflate only, zlib", " ".join([a.stages, "--only", "zlib", "--runs", "1", *ct])),
        ("bucketwatch, 1 thread", one),
        ("bucketwatch, 1 thread, zlib alone", " ".join(scan + ["--threads", "1",
         "--inflate", "zlib", ct_dir])),
        ("bucketwatch, 2 threads", " ".join(scan + ["--threads", "2", ct_dir])),
        ("bucketwatch, 1 thread, every finding", " ".join(every + ["--threads", "1", ct_dir])),
        ("bucketwatch, 2 threads, every finding", " ".join(every + ["--threads", "2", ct_dir])),
        ("gzip -dc", "gzip -dc %s" % glob_ct),
        ("zgrep -c", "zgrep -c DeleteTrail %s" % glob_ct),
    ]
    t = contest(tools, a.runs)
    slow = []
    if shutil.which("jq"):
        slow.append(("jq, one filter", "zcat %s | jq -c '.Records[] | select(.eventSource=="
                     "\"s3.amazonaws.com\" and .errorCode==null and .eventName==\"DeleteObject"
                     "s\")|.eventID'" % glob_ct))
    else:
        print("jq is not installed: left out")
    t.update(contest(slow, 1) if slow else {})
    base = t["bucketwatch, 1 thread"]
    table("CloudTrail end to end, whole processes", [
        "%-38s %7.3f s %7.0f MB/s %9.0f records/s   x%.2f of our time" %
        (n, v, ct_mb / v, ct_sum["records"] / v, v / base) for n, v in t.items()])
    print()
    inflate = t["inflate only, zlib"]
    ok &= goal("zlib alone, 1 thread: share of zlib's inflate-only speed",
               inflate / t["bucketwatch, 1 thread, zlib alone"], 0.6)
    ok &= goal("faster inflate, 1 thread: share of zlib's inflate-only speed",
               inflate / base, 0.9)
    if "jq, one filter" in t:
        ok &= goal("times jq's speed", t["jq, one filter"] / base, 20)
    ok &= goal("two threads: times one thread's speed", base / t["bucketwatch, 2 threads"],
               1.9)

    # access logs
    tools = [("bucketwatch, 1 thread", " ".join(scan + ["--threads", "1", s3_dir]))]
    if shutil.which("mawk"):
        tools.append(("mawk, count by two fields", "mawk '{n[$5\" \"$7]++} END {for (k in n)"
                      " print n[k], k}' %s/*" % s3_dir))
    t = contest(tools, a.runs)
    if shutil.which("goaccess"):
        t.update(contest([("goaccess", "goaccess --log-format=AWSS3 --no-progress "
                           "--no-global-config -o %s/goaccess.json %s/*"
                           % (work, s3_dir))], 1))
    else:
        print("goaccess is not installed: left out")
    base = t["bucketwatch, 1 thread"]
    table("Access logs end to end, whole processes", [
        "%-38s %7.3f s %7.0f MB/s %9.0f lines/s     x%.2f of our time" %
        (n, v, s3_mb / v, s3_sum["records"] / v, v / base) for n, v in t.items()])
    print()
    if "goaccess" in t:
        ok &= goal("times goaccess's speed", t["goaccess"] / base, 20)
    if "mawk, count by two fields" in t:
        ok &= goal("times mawk's speed, counting by two fields",
                   t["mawk, count by two fields"] / base, 1)

    # memory: one big object
    big = make("cloudtrail", work + "/big", 1, a.big * 1000000 // 1800)
    peak = peak_mib([*scan, *big])
    print()
    ok &= goal("peak MiB over one object of %d MB (%.0f MB stored)"
               % (a.big, os.path.getsize(big[0]) / 1e6), peak, 64, True)
    if not a.keep:
        shutil.rmtree(work)
    print("\n" + ("all goals met" if ok else "NOT all goals met"))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
