#!/usr/bin/env python3
"""A seeded sample of the campaign (tests/campaign/kill.py): twenty SIGKILLs."""
import os
import sys

from common import tap
from tap import check, main, test

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "campaign"))
import kill     # noqa: E402


@test
def twenty_kills_change_nothing_that_is_told(tmp):
    kills = 6 if tap.SANITIZED else 20
    wrong = kill.campaign(tmp, kills * 20, kills, 20261124)
    check(not wrong, "\n".join(wrong))


if __name__ == "__main__":
    main()
