#!/usr/bin/env python3
"""Writes src/base/fold.inc: Unicode simple case folding as ranges.

Simple folding (CaseFolding.txt, status C and S) is derived from the character
database that Python carries: the one-character casefold, else the one-character
lower case of the characters whose full folding is longer.

    python3 src/base/make_fold.py > src/base/fold.inc
"""
import sys
import unicodedata


def fold(cp):
    c = chr(cp)
    if unicodedata.category(c) in ("Cs", "Cn"):
        return cp
    f = c.casefold()
    if len(f) == 1:
        return ord(f)
    low = c.lower()
    # U+0130 folds only in Turkic (status T); two-character lower cases stay
    return ord(low) if len(low) == 1 and low != c else cp


def main():
    rows = []           # first, last, step, delta
    for cp in range(0x80, 0x110000):
        f = fold(cp)
        if f == cp:
            continue
        d = f - cp
        if rows and rows[-1][3] == d:
            first, last, step, _ = rows[-1]
            gap = cp - last
            if gap <= 2 and (first == last or gap == step):
                rows[-1] = (first, cp, gap, d)
                continue
        rows.append((cp, cp, 1, d))
    print("/* Made by make_fold.py (Unicode %s). first, last, step, delta. */"
          % unicodedata.unidata_version)
    for r in rows:
        print("{ 0x%05x, 0x%05x, %d, %d }," % r)
    print("%d ranges" % len(rows), file=sys.stderr)


main()
