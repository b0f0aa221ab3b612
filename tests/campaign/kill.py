#!/usr/bin/env python3
"""
Kills the daemon with SIGKILL at random moments while logs arrive, and compares what it
has told with an undisturbed run over the same logs: each alert exactly once in the
outbox and in the file output, at least once on stdout and at the webhook and always
under the same ids, no object skipped.

  kill.py [--objects N] [--kills N] [--seed N] [--keep]
"""
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import logs     # noqa: E402
import tap      # noqa: E402
from daemon import Daemon, Webhook  # noqa: E402

GROWING = 6                     # access logs that are appended to all the time


# -- the logs ------------------------------------------------------------------------

class Logs:
    """A seeded list of steps, each of which puts one piece of log into a folder; which
    event ids must alert; and how many records each object has at the end."""
    def __init__(self, objects, seed):
        rng = random.Random(seed)
        self.steps, self.hits, self.records = [], set(), {}
        self.events = self.duplicates = 0
        earlier = []
        for i in range(objects):
            kind = rng.random()
            if i % 101 == 50:       # one that takes several commits
                self.trail(i, rng, earlier, rng.randrange(5000, 15000))
            elif kind < .65:
                self.trail(i, rng, earlier, rng.randrange(1, 25))
            elif kind < .8:
                self.access(i, rng)
            else:
                self.grow(rng)

    def step(self, how, name, data, records):
        self.steps.append((how, name, data))
        self.records[name] = self.records.get(name, 0) + records

    def trail(self, i, rng, earlier, size):
        records = []
        for _ in range(size):
            self.events += 1
            n = self.events
            if rng.random() < (.06 if size < 100 else .002):
                records.append(logs.stop(n))
                self.hits.add(logs.event_id(n))
            else:
                records.append(logs.event(n))
        if earlier and rng.random() < .25:      # the same event is delivered twice
            records.extend(rng.sample(earlier, min(3, len(earlier))))
            self.duplicates += min(3, len(earlier))
        rng.shuffle(records)
        earlier.extend(rng.sample(records, min(2, len(records))))
        earlier.extend(r for r in records if r["eventName"] == "StopLogging")
        del earlier[:-60]
        data = logs.gz(logs.trail(*records))
        self.step(rng.choice(["move", "move", "write", "slow"]),
                  "AWSLogs/%02d/%05d.json.gz" % (i % 24, i), data, len(records))

    def line(self, rng):
        self.events += 1
        n = self.events
        if rng.random() < .1:
            self.hits.add("REQ%013d" % n)
            return logs.access(n, requester="-")
        return logs.access(n)

    def access(self, i, rng):
        n = rng.randrange(1, 15)
        self.step(rng.choice(["move", "write"]), "access/%05d" % i,
                  b"".join(self.line(rng) for _ in range(n)), n)

    def grow(self, rng):
        n = rng.randrange(1, 5)
        self.step("append", "growing/%d.log" % rng.randrange(GROWING),
                  b"".join(self.line(rng) for _ in range(n)), n)


def put(folder, outside, how, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if how == "move":
        logs.move_in(path, data, outside)
    elif how == "write":
        path.write_bytes(data)
    elif how == "slow":                 # in pieces, closed at the end
        with open(path, "wb", buffering=0) as f:
            for at in range(0, len(data), 400):
                f.write(data[at:at + 400])
                time.sleep(0.001)
    else:                               # lines torn as a writer's buffer tears them
        with open(path, "ab", buffering=0) as f:
            f.write(data[:len(data) // 2])
            f.write(data[len(data) // 2:])


class Feeder(threading.Thread):
    """Puts steps into the folder, up to a goal that the main thread raises."""
    def __init__(self, daemon, steps, seed):
        super().__init__(daemon=True)
        self.d, self.steps = daemon, steps
        self.rng = random.Random(seed)
        self.goal = self.done = 0
        self.ended = False

    def run(self):
        while not self.ended and self.done < len(self.steps):
            if self.done >= self.goal:
                time.sleep(0.002)
                continue
            put(self.d.logs, self.d.outside, *self.steps[self.done])
            self.done += 1
            if self.rng.random() < .3:
                time.sleep(self.rng.random() * 0.02)


# -- the runs ------------------------------------------------------------------------

class Told:
    """All that a daemon has told, however it came to it."""
    def __init__(self, d, hook):
        self.alerts = {i: json.loads(j) for i, j in d.rows("SELECT id, json FROM alert")}
        self.rows, = d.rows("SELECT count(*) FROM alert")[0]
        self.deliveries = d.rows("SELECT id, alert_id, output, state FROM delivery")
        self.ledger = {
            pathlib.Path(name).relative_to(d.logs).as_posix(): (state, size, offset, n)
            for name, state, size, offset, n in d.rows(
                "SELECT name, state, size, offset, records FROM ledger")}
        self.file = d.file.read_bytes()
        self.file_ids = [json.loads(line)["id"] for line in self.file.splitlines()]
        # a kill may tear a line of stdout; the alert is printed again then
        self.stdout_ids, self.torn = [], 0
        for line in d.stdout.read_bytes().split(b"\n"):
            try:
                self.stdout_ids.append(json.loads(line)["id"])
            except ValueError:
                self.torn += bool(line)
                self.stdout_ids += [m.decode() for m in re.findall(
                    rb'\{"id":"([0-9a-f]{32})",(?!.*\{"id":)', line) if
                    line.endswith(b"}")]
        self.hook = [(h.get("webhook-id"), json.loads(b)["id"])
                     for _, h, b in list(hook.posts)]


def daemon_in(folder, hook):
    return Daemon(folder, outputs=[
        {"name": "stdout", "type": "stdout", "format": "json"},
        {"name": "hook", "type": "webhook", "url": hook.url}],
        source={"settle": "1s", "rescan": "5s"})


def wait_all(d, made):
    """Until all objects are read to their ends and everything is sent."""
    def all_read():
        if d.process.poll() is not None:
            tap.fail("the daemon ended by itself with %s:\n%s" % (
                d.process.returncode, tap.show(d.log())))
        s = d.status()
        if s is None or s["in_flight"] or s["state"]["deliveries_waiting"]:
            return False
        n = dict(d.rows("SELECT name, records FROM ledger WHERE state IN (0, 1)"))
        return sum(n.values()) >= sum(made.records.values()) and \
            len(n) >= len(made.records)
    tap.wait_until(all_read, 120 * tap.PATIENCE, "the end of reading")
    tap.wait_until(lambda: all(o["waiting"] == 0 for o in d.status()["outputs"]),
                   what="the end of sending")


def undisturbed(folder, made):
    hook = Webhook()
    d = daemon_in(folder, hook).start()
    for step in made.steps:
        put(d.logs, d.outside, *step)
    wait_all(d, made)
    d.end()
    told = Told(d, hook)
    hook.close()
    return told


def disturbed(folder, made, kills, seed):
    rng = random.Random(seed)
    hook = Webhook()
    d = daemon_in(folder, hook)
    feeder = Feeder(d, made.steps, seed)
    feeder.start()
    # a start takes a while; it is measured so that kills fall before and after it
    began = time.monotonic()
    d.start()
    start_time = max(0.02, time.monotonic() - began)
    d.kill()
    for k in range(kills):
        feeder.goal = len(made.steps) * (k + 1) // (kills + 1)
        d.launch()
        where = rng.random()
        if where < .25:
            time.sleep(rng.random() ** 2 * start_time)
        elif where < .9:        # most soon after, when what was left is read
            time.sleep(start_time + rng.expovariate(1 / 0.05))
        else:
            time.sleep(start_time + rng.random() * 0.8)
        code = d.process.poll()
        if code is not None:
            tap.fail("kill %d: the daemon had ended by itself with %s:\n%s" % (
                k + 1, code, tap.show(d.log()[-3000:])))
        d.kill()
    feeder.goal = len(made.steps)
    d.start()
    tap.wait_until(lambda: not feeder.is_alive(), 120, "the last file")
    wait_all(d, made)
    d.end()
    told = Told(d, hook)
    hook.close()
    # two starts beside those that were killed; each that was complete said so
    return told, kills + 2 - d.log().count(" outputs, ")


# -- the judgement -------------------------------------------------------------------

def hits_of(told):
    return {a["event"].get("eventID") or a["event"].get("request_id")
            for a in told.alerts.values()}


def judge(made, calm, told):
    """Everything that must hold; the list of what does not."""
    wrong = []

    def hold(condition, text):
        if not condition:
            wrong.append(text)
    for what, t in (("undisturbed", calm), ("killed", told)):
        ids = set(t.alerts)
        hold(t.rows == len(ids), "%s: an alert is in the outbox twice" % what)
        hold(hits_of(t) == made.hits, "%s: %d hits are missing, %d too many" % (
            what, len(made.hits - hits_of(t)), len(hits_of(t) - made.hits)))
        hold(len(ids) == len(made.hits), "%s: %d alerts, meant %d" % (
            what, len(ids), len(made.hits)))
        hold(len(t.file_ids) == len(set(t.file_ids)) and set(t.file_ids) == ids,
             "%s: the file has %d alerts, %d of them distinct, meant %d" % (
                 what, len(t.file_ids), len(set(t.file_ids)), len(ids)))
        hold(t.file.endswith(b"\n") or not t.file, "%s: the file ends torn" % what)
        hold(set(t.stdout_ids) == ids, "%s: stdout lacks %d, has %d unknown" % (
            what, len(ids - set(t.stdout_ids)), len(set(t.stdout_ids) - ids)))
        hold({a for _, a in t.hook} == ids, "%s: the webhook lacks %d" % (
            what, len(ids - {a for _, a in t.hook})))
        by_alert = {}
        for delivery, alert in t.hook:
            by_alert.setdefault(alert, set()).add(delivery)
        hold(all(len(v) == 1 for v in by_alert.values()),
             "%s: an alert came under several delivery ids" % what)
        known = {(i, a) for i, a, o, _ in t.deliveries if o == "hook"}
        hold(set(t.hook) <= known, "%s: the webhook got ids that are unknown" % what)
        hold(len(t.deliveries) == 3 * len(ids) and
             len({i for i, _, _, _ in t.deliveries}) == 3 * len(ids),
             "%s: %d deliveries for %d alerts" % (what, len(t.deliveries), len(ids)))
        hold(all(s == 1 for _, _, _, s in t.deliveries),
             "%s: a delivery is not called sent" % what)
        hold(set(t.ledger) == set(made.records), "%s: objects skipped: %s" % (
            what, sorted(set(made.records) - set(t.ledger))[:5]))
        bad = [(n, v, made.records.get(n)) for n, v in t.ledger.items()
               if v[0] not in (0, 1) or v[3] != made.records.get(n)]
        hold(not bad, "%s: not read whole: %s" % (what, bad[:5]))
    hold(set(calm.alerts) == set(told.alerts), "the ids differ from the undisturbed "
         "run's: %d" % len(set(calm.alerts) ^ set(told.alerts)))
    same = [i for i in set(calm.alerts) & set(told.alerts)
            if {k: v for k, v in calm.alerts[i].items()
                if k not in ("alert_time", "object", "record")} !=
            {k: v for k, v in told.alerts[i].items()
             if k not in ("alert_time", "object", "record")}]
    hold(not same, "%d alerts say something else than undisturbed" % len(same))
    hold({(i, a, o) for i, a, o, _ in calm.deliveries} ==
         {(i, a, o) for i, a, o, _ in told.deliveries},
         "the delivery ids differ from the undisturbed run's")
    return wrong


def campaign(tmp, objects, kills, seed):
    """Both runs in one folder of the same name, so that object names are the same."""
    made = Logs(objects, seed)
    began = time.monotonic()
    folder = tmp / "run"
    folder.mkdir()
    calm = undisturbed(folder, made)
    quiet_time = time.monotonic() - began
    folder.rename(tmp / "undisturbed")
    folder.mkdir()
    told, during_start = disturbed(folder, made, kills, seed)
    print("# seed %d: %d steps of log, %d objects, %d records, %d of them twice, "
          "%d hits" % (seed, objects, len(made.records), sum(made.records.values()),
                       made.duplicates, len(made.hits)))
    print("# undisturbed %.1fs; with %d kills (%d before the start was complete) "
          "%.1fs" % (quiet_time, kills, during_start,
                     time.monotonic() - began - quiet_time))
    for what, t in (("undisturbed", calm), ("killed", told)):
        print("# %s: outbox %d, file %d, stdout %d (%d lines torn), webhook %d" % (
            what, t.rows, len(t.file_ids), len(t.stdout_ids), t.torn, len(t.hook)))
    sys.stdout.flush()
    return judge(made, calm, told)


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--objects", type=int, default=4000)
    p.add_argument("--kills", type=int, default=200)
    p.add_argument("--seed", type=int, default=int(time.time()))
    p.add_argument("--keep", action="store_true", help="keep the folders")
    a = p.parse_args()
    tap.needs_binary()
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="bw-kill-"))
    try:
        wrong = campaign(tmp, a.objects, a.kills, a.seed)
    except tap.Failed as e:
        wrong = [str(e)]
    for close in reversed(tap._cleanups):
        close()
    for text in wrong:
        print("WRONG: %s" % text)
    if a.keep or wrong:
        print("kept: %s" % tmp)
    else:
        shutil.rmtree(tmp, ignore_errors=True)
    print("kill: %s" % ("%d faults" % len(wrong) if wrong else "all as undisturbed"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
