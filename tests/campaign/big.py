#!/usr/bin/env python3
"""Objects of 500 MB (or --mb N) are read in a stream: one gzip'd CloudTrail file that
repeats its records, one with an id of its own in each, one access log. Their records
are all counted and memory stays under 64 MiB."""
import argparse
import gzip
import json
import os
import pathlib
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "e2e")]
import logs         # noqa: E402
import tap          # noqa: E402
import test_scan    # noqa: E402
from common import scan     # noqa: E402

PEAK_MAX = 64       # MiB


def distinct(path, size):
    """Every record has an eventID of its own; the last one is a hit."""
    record = json.dumps(logs.event(1)).encode()
    head, tail = record.split(logs.event_id(1).encode())
    n = size // (len(record) + 1)
    with gzip.open(path, "wb", 1) as f:
        f.write(b'{"Records":[')
        for at in range(0, n, 1000):
            f.write(b"".join(head + b"%032x" % i + tail + b"," for i in
                             range(at, min(at + 1000, n))))
        f.write(json.dumps(logs.stop(80000)).encode() + b"]}")
    return n + 1


def access(path, size):
    """Every line has a request id of its own; the last one is a hit."""
    line = logs.access(1)
    head, tail = line.split(b"REQ0000000000001")
    n = size // len(line)
    with open(path, "wb") as f:
        for at in range(0, n, 1000):
            f.write(b"".join(head + b"%016X" % i + tail for i in
                             range(at, min(at + 1000, n))))
        f.write(logs.access(80000, requester="-"))
    return n + 1


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--mb", type=int, default=500)
    a = p.parse_args()
    tap.needs_binary()
    bad = 0
    for make in (test_scan.big_file, distinct, access):
        with tempfile.TemporaryDirectory(prefix="bw-big-") as folder:
            tmp = pathlib.Path(folder)
            n = make(tmp / "big", a.mb << 20)
            try:
                r = scan(tmp, tmp / "big", timeout=3600, peak=True).exits(1)
                r.counts(records=n, findings=1, errors=0)
            except tap.Failed as e:
                print("WRONG: %s: %s" % (make.__name__, e))
                bad += 1
                continue
        mib = r.peak_kib / 1024
        bad += mib >= PEAK_MAX
        print("big (%s): %d MB, %d records, %d duplicates, %.1f s, peak memory "
              "%.1f MiB%s" % (make.__name__, a.mb, n, r.summary["duplicates"],
                              r.summary["seconds"], mib,
                              "" if mib < PEAK_MAX else " WRONG: too much"))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
