#!/usr/bin/env python3
"""bucketwatch run: the daemon's life with files, outputs, signals and restarts."""
import json
import os
import resource
import shutil
import signal
import time

from common import logs, tap
from daemon import Daemon, UnixSyslog, Webhook, free_port
from tap import check, has, has_not, main, run, same, stays, test, wait_until

STDOUT = {"name": "stdout", "type": "stdout", "format": "json"}


def ids(alerts):
    return sorted(a["event"].get("eventID") or a["event"].get("request_id")
                  for a in alerts)


def event_ids(*numbers):
    return sorted(logs.event_id(n) for n in numbers)


# -- files ---------------------------------------------------------------------------

@test
def files_that_are_there_at_the_start_are_read(tmp):
    d = Daemon(tmp, source={"settle": "300ms"})
    logs.write(d.logs / "a.json.gz", logs.gz(logs.trail(logs.stop(1), logs.event(2))))
    logs.write(d.logs / "deep/er/b.json", logs.trail(logs.stop(3)))
    logs.write(d.logs / "access", logs.access(1, requester="-"))
    d.start()
    d.wait_alerts(3)
    s = d.idle()
    same(s["total"]["objects"], 3, "objects")
    same(s["total"]["records"], 4, "records")
    same(s["total"]["errors"], 0, "errors")
    same(len(d.alerts()), 3, "alerts")


@test
def a_file_that_is_dropped_in_alerts_within_a_second(tmp):
    d = Daemon(tmp).start()
    best = tap.DEADLINE
    for n in range(5):      # a busy machine may be slow once, not each time
        data = logs.gz(logs.trail(logs.stop(n)))
        with open(d.logs / ("%d.json.gz" % n), "wb") as f:
            f.write(data)
        closed = time.monotonic()
        d.wait_alerts(n + 1)
        best = min(best, time.monotonic() - closed)
        if best < 1:
            break
    print("# from close to the alert in the file: %.0f ms" % (best * 1000))
    check(best < tap.PATIENCE, "the quickest alert took %.2fs" % best)


@test
def a_file_that_is_moved_in_is_read(tmp):
    d = Daemon(tmp).start()
    d.put("a.json.gz", logs.gz(logs.trail(logs.stop(1))))
    d.wait_alerts(1)
    d.put("new/folder/b.json.gz", logs.gz(logs.trail(logs.stop(2))))
    same(ids(d.wait_alerts(2)), event_ids(1, 2))


@test
def a_tree_that_is_moved_in_is_read_whole(tmp):
    d = Daemon(tmp, source={"settle": "500ms"}).start()
    n = 0
    for year in ("2025", "2026"):
        for day in ("01", "02", "03"):
            n += 1
            logs.write(d.outside / "tree" / year / day / "a.json.gz",
                       logs.gz(logs.trail(logs.stop(n))))
    os.rename(d.outside / "tree", d.logs / "tree")
    same(ids(d.wait_alerts(n)), event_ids(*range(1, n + 1)))
    # and it is watched from then on
    d.put("tree/2026/03/late.json", logs.trail(logs.stop(50)))
    d.wait_alerts(n + 1)


@test
def a_tree_that_is_copied_in_file_by_file_is_read_whole(tmp):
    d = Daemon(tmp, source={"settle": "500ms"}).start()
    for i in range(60):
        logs.write(d.outside / "t" / str(i % 6) / str(i % 5) / ("%d.json" % i),
                   logs.trail(logs.stop(i)))
    shutil.copytree(d.outside / "t", d.logs / "t")
    same(ids(d.wait_alerts(60)), event_ids(*range(60)))
    same(d.idle()["total"]["errors"], 0, "errors")


@test
def a_file_replaced_under_one_name_is_read_anew(tmp):
    d = Daemon(tmp).start()
    for n in (1, 2, 3):
        d.put("current.json", logs.trail(logs.stop(n)))
        d.wait_alerts(n)
    same(ids(d.alerts()), event_ids(1, 2, 3))


@test
def a_file_written_anew_in_place_is_read_anew(tmp):
    d = Daemon(tmp).start()
    for n in (1, 2, 3):     # of one length, so that only its time tells
        logs.write(d.logs / "current.json", logs.trail(logs.stop(n)))
        d.wait_alerts(n)
        d.idle()
    same(ids(d.alerts()), event_ids(1, 2, 3))


@test
def a_log_that_was_cut_to_nothing_is_read_from_its_start(tmp):
    d = Daemon(tmp, source={"settle": "300ms"}).start()
    path = d.logs / "access.log"
    logs.write(path, logs.access(1, requester="-") + logs.access(2))
    d.wait_alerts(1)
    d.idle()
    with open(path, "wb", buffering=0) as f:    # as logrotate's copytruncate does
        f.write(logs.access(3, requester="-"))
    d.wait_alerts(2)
    with open(path, "ab", buffering=0) as f:
        f.write(logs.access(4, requester="-") + logs.access(5, requester="-"))
    d.wait_alerts(4)
    same(d.idle()["total"]["errors"], 0, "errors")
    same([a["record"] for a in d.alerts()], [1, 1, 2, 3], "record numbers")


@test
def a_log_written_anew_in_place_and_longer_is_read_from_its_start(tmp):
    d = Daemon(tmp, source={"settle": "300ms"}).start()
    path = d.logs / "access.log"
    logs.write(path, b"".join(logs.access(n, requester="-") for n in range(1, 4)))
    d.wait_alerts(3)
    d.idle()
    # the same inode, and past the place where reading would go on
    logs.write(path, b"".join(logs.access(n, requester="-") for n in range(11, 18)))
    d.wait_alerts(10)
    same(d.idle()["total"]["errors"], 0, "errors")


@test
def a_growing_access_log_is_followed_by_line(tmp):
    d = Daemon(tmp).start()
    with open(d.logs / "access.log", "wb", buffering=0) as f:
        for n in range(1, 4):
            line = logs.access(n, requester="-")
            f.write(line[:100])
            if n == 1:      # wait till it was looked at, at least
                wait_until(lambda: d.status()["sources"][0]["found"] >= 1)
            stays(lambda: len(d.alerts()) == n - 1, 0.3, "the half line unread")
            f.write(line[100:])
            d.wait_alerts(n)
    s = d.idle()
    same(s["total"]["records"], 3, "records")
    same(s["total"]["errors"], 0, "errors")
    same([a["record"] for a in d.alerts()], [1, 2, 3], "record numbers go on")


@test
def a_half_line_waits_for_its_rest_though_the_file_was_closed(tmp):
    d = Daemon(tmp, source={"settle": "300s"}).start()
    line = logs.access(2, requester="-")
    logs.write(d.logs / "access.log", logs.access(1, requester="-") + line[:100])
    d.wait_alerts(1)
    stays(lambda: d.status()["total"]["errors"] == 0, 1.5, "the half line unread")
    with open(d.logs / "access.log", "ab") as f:    # who appends may close each time
        f.write(line[100:])
    d.wait_alerts(2)
    s = d.idle()
    same(s["total"]["errors"], 0, "errors")
    same([a["record"] for a in d.alerts()], [1, 2], "record numbers")


@test
def a_last_line_without_its_newline_is_read_once_nobody_writes(tmp):
    d = Daemon(tmp, source={"settle": "300ms"}).start()
    logs.write(d.logs / "access.log", logs.access(1, requester="-").rstrip())
    d.wait_alerts(1)
    same(d.idle()["total"]["errors"], 0, "errors")


@test
def a_log_that_grows_over_a_restart_goes_on_where_it_was(tmp):
    d = Daemon(tmp)
    path = d.logs / "access.log"
    logs.write(path, logs.access(1, requester="-"))
    d.start()
    d.wait_alerts(1)
    d.idle()
    d.end()
    with open(path, "ab") as f:
        f.write(logs.access(2, requester="-"))
    d.start()
    d.wait_alerts(2)
    s = d.idle()
    same(s["total"]["records"], 1, "records read after the restart")
    same([a["record"] for a in d.alerts()], [1, 2], "record numbers go on")


@test
def a_gzip_that_is_still_written_is_not_read_as_whole(tmp):
    d = Daemon(tmp, source={"settle": "300s"}).start()
    data = logs.gz(logs.trail(*(logs.event(i, userAgent=os.urandom(40).hex())
                                for i in range(200)), logs.stop(999)))
    with open(d.logs / "slow.json.gz", "wb", buffering=0) as f:
        for at in range(0, len(data), len(data) // 4 + 1):
            f.write(data[at:at + len(data) // 4 + 1])
            wait_until(lambda: d.status()["sources"][0]["found"] >= 1)
            stays(lambda: d.status()["total"]["records"] == 0, 0.2, "nothing read")
    d.wait_alerts(1)
    s = d.idle()
    same(s["total"]["records"], 201, "records")
    same(s["total"]["errors"], 0, "errors")
    has_not(d.log(), "slow.json.gz", "the log")


@test
def a_gzip_left_unfinished_for_long_is_read_again_when_complete(tmp):
    d = Daemon(tmp, source={"settle": "100ms"},
               config={"limits": {"retry": "1s"}}).start()
    data = logs.gz(logs.trail(logs.stop(1), *(
        logs.event(i, userAgent=os.urandom(40).hex()) for i in range(2, 300)),
        logs.stop(999)))
    with open(d.logs / "slow.json.gz", "wb", buffering=0) as f:
        f.write(data[:len(data) // 2])
        d.wait_alerts(1)            # what could be read counts
        f.write(data[len(data) // 2:])
    same(ids(d.wait_alerts(2)), event_ids(1, 999))
    d.idle()
    same(len(d.alerts()), 2, "alerts")
    same(d.rows("SELECT state FROM ledger"), [(0,)], "the ledger calls it done")


@test
def a_damaged_file_is_tried_again_and_given_up_while_others_are_read(tmp):
    d = Daemon(tmp, config={"limits": {"retry": "1s", "tries": 2}}).start()
    d.put("bad.gz", logs.gz(logs.trail(logs.stop(1), *(
        logs.event(i, userAgent=os.urandom(40).hex()) for i in range(2, 99))))[:-900])
    d.put("good.gz", logs.gz(logs.trail(logs.stop(500))))
    d.wait_alerts(2)
    wait_until(lambda: "given up after 2 tries" in d.log(), what="giving up")
    s = d.idle()
    same(ids(d.alerts()), event_ids(1, 500), "each once, whatever was read again")
    check(s["state"]["objects_failed"] == 1, "objects_failed: %s" % s["state"])
    check(any("bad.gz" in e["object"] and "ends early" in e["message"]
              for e in s["last_errors"]), "last_errors: %s" % s["last_errors"])


@test
def excluded_names_are_left_out(tmp):
    d = Daemon(tmp, source={"exclude": ["*.tmp", "skip", "**/deep/*.json"]})
    logs.write(d.logs / "a.tmp", logs.trail(logs.stop(1)))
    logs.write(d.logs / "skip/b.json", logs.trail(logs.stop(2)))
    d.start()
    d.put("c.tmp", logs.trail(logs.stop(3)))
    d.put("x/deep/d.json", logs.trail(logs.stop(4)))
    d.put("skip/e.json", logs.trail(logs.stop(5)))
    d.put("x/f.json", logs.trail(logs.stop(6)))
    same(ids(d.wait_alerts(1)), event_ids(6))
    same(d.idle()["total"]["objects"], 1, "objects")


@test
def a_shippers_temporary_name_is_waited_for(tmp):
    d = Daemon(tmp).start()
    for name in (".a.json.gz.Xy12", "b.json.tmp", "c.json.part"):
        logs.write(d.logs / name, logs.trail(logs.stop(1)))
    logs.write(d.logs / "d.json.tmp", logs.trail(logs.stop(2)))
    os.rename(d.logs / "d.json.tmp", d.logs / "d.json")
    same(ids(d.wait_alerts(1)), event_ids(2))
    same(d.idle()["total"]["objects"], 1, "objects")


@test
def included_names_alone_are_read(tmp):
    d = Daemon(tmp, source={"include": ["*.json.gz"]})
    logs.write(d.logs / "a.txt", logs.trail(logs.stop(1)))
    d.start()
    d.put("b.txt", logs.trail(logs.stop(2)))
    d.put("c.json.gz", logs.gz(logs.trail(logs.stop(3))))
    same(ids(d.wait_alerts(1)), event_ids(3))
    same(d.idle()["total"]["objects"], 1, "objects")


@test
def a_link_leads_nowhere(tmp):
    logs.write(tmp / "elsewhere.json", logs.trail(logs.stop(1)))
    d = Daemon(tmp)
    os.symlink(tmp / "elsewhere.json", d.logs / "link.json")
    os.mkfifo(d.logs / "fifo")
    d.start()
    d.put("a.json", logs.trail(logs.stop(2)))
    same(ids(d.wait_alerts(1)), event_ids(2))


@test
def a_folder_that_comes_later_is_found(tmp):
    d = Daemon(tmp, source={"rescan": "200ms"})
    d.logs.rmdir()
    d.start()
    wait_until(lambda: d.status()["sources"][0]["state"] == "problem",
               what="the status telling of the missing folder")
    logs.write(d.logs / "a.json", logs.trail(logs.stop(1)))
    d.wait_alerts(1)


@test
def a_folder_that_was_removed_and_made_again_is_watched_again(tmp):
    d = Daemon(tmp, source={"rescan": "1s"}).start()
    d.put("a.json", logs.trail(logs.stop(1)))
    d.wait_alerts(1)
    d.idle()
    shutil.rmtree(d.logs)
    d.logs.mkdir()
    d.put("b.json", logs.trail(logs.stop(2)))
    d.wait_alerts(2)
    d.put("sub/c.json", logs.trail(logs.stop(3)))
    same(ids(d.wait_alerts(3)), event_ids(1, 2, 3))


@test
def the_folder_itself_may_be_a_link(tmp):
    d = Daemon(tmp)
    os.rename(d.logs, tmp / "real")
    os.symlink(tmp / "real", d.logs)
    d.start()
    logs.write(tmp / "real" / "a.json", logs.trail(logs.stop(1)))
    same(ids(d.wait_alerts(1)), event_ids(1))


@test
def many_files_at_once_are_all_read(tmp):
    d = Daemon(tmp, source={"settle": "500ms"}).start()
    n = 200 if tap.SANITIZED else 1500
    for i in range(n):
        d.put("%d/%d.json.gz" % (i % 7, i), logs.gz(logs.trail(
            logs.event(2 * i), *([logs.stop(2 * i + 1)] if i % 10 == 0 else []))))
    d.wait_total("objects", n)
    d.idle()
    same(ids(d.alerts()), event_ids(*(2 * i + 1 for i in range(0, n, 10))))


# -- once each -----------------------------------------------------------------------

@test
def one_event_in_two_files_is_one_alert(tmp):
    d = Daemon(tmp).start()
    d.put("a.json.gz", logs.gz(logs.trail(logs.stop(1), logs.event(2))))
    d.wait_alerts(1)
    d.put("b.json.gz", logs.gz(logs.trail(logs.event(3), logs.stop(1))))
    s = d.wait_total("objects", 2)
    same(s["total"]["duplicates"], 1, "duplicates")
    d.idle()
    same(len(d.alerts()), 1, "alerts")


@test
def a_restart_repeats_nothing_and_remembers_events(tmp):
    d = Daemon(tmp)
    logs.write(d.logs / "a.json", logs.trail(logs.stop(1), logs.stop(2)))
    d.start()
    first = d.wait_alerts(2)
    d.idle()
    d.end()
    logs.write(d.logs / "b.json", logs.trail(logs.stop(2), logs.stop(3)))
    d.start()
    d.wait_alerts(3)
    s = d.idle()
    same(s["total"]["objects"], 1, "objects read after the restart")
    same(s["total"]["duplicates"], 1, "duplicates")
    same(s["state"]["alerts"], 3, "alerts in the state")
    same(d.alerts()[:2], first, "the file's beginning")
    same(ids(d.alerts()), event_ids(1, 2, 3))


@test
def a_kill_repeats_nothing_in_the_file(tmp):
    d = Daemon(tmp)
    logs.write(d.logs / "a.json", logs.trail(logs.stop(1)))
    d.start()
    d.wait_alerts(1)
    d.kill()
    logs.write(d.logs / "b.json", logs.trail(logs.stop(2)))
    d.start()
    d.wait_alerts(2)
    d.idle()
    same(ids(d.alerts()), event_ids(1, 2))


@test
def what_a_kill_left_behind_the_mark_is_cut_off(tmp):
    d = Daemon(tmp)
    logs.write(d.logs / "a.json", logs.trail(logs.stop(1)))
    d.start()
    first = d.wait_alerts(1)
    d.idle()
    d.kill()
    with open(d.file, "ab") as f:       # written, never committed
        f.write(b'{"id":"half an al')
    logs.write(d.logs / "b.json", logs.trail(logs.stop(2)))
    d.start()
    alerts = d.wait_alerts(2)
    same(alerts[0], first[0], "the first alert")
    same(ids(alerts), event_ids(1, 2))


@test
def a_renamed_file_is_not_read_again(tmp):
    d = Daemon(tmp)
    logs.write(d.logs / "access.log", logs.access(1, requester="-"))
    d.start()
    d.wait_alerts(1)
    d.idle()
    os.rename(d.logs / "access.log", d.logs / "access.log.1")
    d.put("access.log", logs.access(2, requester="-"))
    d.wait_alerts(2)
    s = d.idle()
    same(s["total"]["records"], 2, "records")
    same(s["total"]["duplicates"], 0, "duplicates")


@test
def one_event_of_two_sources_is_one_alert(tmp):
    other = tmp / "other"
    other.mkdir()
    d = Daemon(tmp)
    d.config["sources"].append({"name": "other", "type": "directory",
                                "path": str(other)})
    logs.write(d.logs / "a.json", logs.lines(logs.stop(1)))
    logs.write(other / "b.json.gz", logs.gz(logs.trail(logs.stop(1), logs.stop(2))))
    for f in (d.logs / "a.json", other / "b.json.gz"):
        os.utime(f, (1, 1))
    d.start()
    d.wait_alerts(2)
    s = d.wait_total("objects", 2)
    same(s["total"]["duplicates"], 1, "duplicates")
    same([x["objects"] for x in s["sources"]], [1, 1], "objects of each")
    d.idle()
    same(ids(d.alerts()), event_ids(1, 2))


@test
def a_state_file_that_cannot_grow_ends_it_and_nothing_is_lost(tmp):
    d = Daemon(tmp)
    n = 40
    for i in range(n):
        logs.write(d.logs / ("%02d.json.gz" % i), logs.gz(logs.trail(
            *(logs.event(1000 * i + j) for j in range(100)),
            *(logs.stop(1000 * i + 500 + j) for j in range(10)))))
        os.utime(d.logs / ("%02d.json.gz" % i), (1, 1))
    d.limits = [(resource.RLIMIT_FSIZE, 256 * 1024)]
    d.launch()
    code = d.wait(None)
    check(code != 0, "it ended as if all were well")
    d.limits = ()
    d.start()
    d.wait_alerts(10 * n)
    d.idle()
    want = [1000 * i + 500 + j for i in range(n) for j in range(10)]
    same(ids(d.alerts()), event_ids(*want))
    same(d.rows("SELECT count(*) FROM ledger WHERE state = 0"), [(n,)], "objects")


@test
@tap.long
def memory_stays_small_whatever_the_size(tmp):
    from test_scan import big_file
    d = Daemon(tmp).start()
    n = big_file(d.outside / "big.json.gz", 200 << 20)
    os.rename(d.outside / "big.json.gz", d.logs / "big.json.gz")
    d.wait_total("objects", 1, tap.DEADLINE * 4)
    s = d.idle()
    same(s["total"]["records"], n, "records")
    peak = tap.peak_of(d.process.pid)
    print("# peak memory of the daemon: %.1f MiB" % (peak / 1024))
    check(peak < 64 * 1024, "peak memory %.1f MiB" % (peak / 1024))


# -- status ----------------------------------------------------------------------------

@test
def status_as_text_and_as_json_agree(tmp):
    d = Daemon(tmp, outputs=[STDOUT]).start()
    d.put("a.json", logs.trail(logs.stop(1), logs.event(2), logs.event(2)))
    d.put("bad.json", b'{"Records":[{"eventName": }]}')
    d.wait_alerts(1)
    d.wait_total("objects", 2)
    d.idle()
    j = json.loads(run("status", "--socket", d.socket, "--json").exits(0).out)
    text = run("status", "--socket", d.socket).exits(0).out
    same(j["pid"], d.process.pid, "pid")
    has(text, "pid %d" % j["pid"])
    has(text, "%d active" % j["rules"]["active"])
    for key, word in (("objects", "objects"), ("records", "records"),
                      ("duplicates", "duplicates"), ("errors", "errors"),
                      ("alerts", "new alerts")):
        has(text, "%d %s" % (j["total"][key], word))
    same(j["total"]["records"], 3, "records")
    same(j["total"]["duplicates"], 1, "duplicates")
    check(j["total"]["errors"] >= 1, "errors: %s" % j["total"])
    same([o["name"] for o in j["outputs"]], ["file", "stdout"], "outputs")
    same([o["sent"] for o in j["outputs"]], [1, 1], "sent")
    has(text, str(d.file))
    has(text, "LAST ERRORS")
    has(text, "bad.json")
    has(j["last_errors"][0]["object"], "bad.json")


@test
def status_without_a_daemon_is_exit_1(tmp):
    r = run("status", "--socket", tmp / "none").exits(1)
    has(r.err, str(tmp / "none"))
    run("status", "too much").exits(2)


@test
def the_control_socket_is_for_its_owner_alone(tmp):
    d = Daemon(tmp).start()
    same(d.socket.stat().st_mode & 0o007, 0, "mode for others")
    same(d.state.stat().st_mode & 0o077, 0, "mode of the state file for others")
    same(d.file.stat().st_mode & 0o777, 0o640, "mode of the file output")
    d.end()
    check(not d.socket.exists(), "the socket was left behind")


# -- life ------------------------------------------------------------------------------

@test
def a_second_daemon_on_the_same_state_is_refused_with_the_pid(tmp):
    d = Daemon(tmp).start()
    other = tmp / "other.yaml"
    other.write_text(json.dumps({**d.config, "outputs": [],
                                 "control": {"socket": str(tmp / "sock2")}}))
    r = run("run", "--config", other)
    check(r.code == 1, "exit code %d\n%s" % (r.code, r.err))
    has(r.err, "in use by process %d" % d.process.pid)
    d.put("a.json", logs.trail(logs.stop(1)))     # the first one goes on
    d.wait_alerts(1)


@test
def a_second_daemon_on_the_same_socket_or_file_is_refused(tmp):
    d = Daemon(tmp).start()
    other = tmp / "other.yaml"
    for change, words in (({"outputs": []}, "another process answers there"),
                          ({"control": {"socket": str(tmp / "sock2")}},
                           "another process is writing there")):
        other.write_text(json.dumps({**d.config, "state": {"path": str(tmp / "2.db")},
                                     **change}))
        has(run("run", "--config", other).exits(1).err, words)
    same(d.status()["pid"], d.process.pid, "who answers")


@test
def sigterm_ends_it_cleanly_and_what_was_taken_is_finished(tmp):
    d = Daemon(tmp).start()
    for i in range(60):
        d.put("%d.json.gz" % i, logs.gz(logs.trail(
            *(logs.event(1000 * i + j) for j in range(50)), logs.stop(1000 * i + 99))))
    wait_until(lambda: d.status()["total"]["objects"] > 0)
    d.end(signal.SIGTERM, 0)
    has(d.log(), "stopped")
    done, = d.rows("SELECT count(*) FROM ledger WHERE state = 0")[0]
    alerts, = d.rows("SELECT count(*) FROM alert")[0]
    same(alerts, done, "alerts of the objects that are done")
    d.start()
    d.wait_alerts(60)
    d.idle()
    same(ids(d.alerts()), event_ids(*(1000 * i + 99 for i in range(60))))


@test
def sigint_ends_it_cleanly_too(tmp):
    Daemon(tmp).start().end(signal.SIGINT, 0)


@test
def sighup_reopens_a_rotated_file(tmp):
    d = Daemon(tmp).start()
    d.put("a.json", logs.trail(logs.stop(1)))
    d.wait_alerts(1)
    d.idle()
    rotated = tmp / "alerts.jsonl.1"
    os.rename(d.file, rotated)
    d.process.send_signal(signal.SIGHUP)
    wait_until(d.file.exists, what="the new file")
    d.put("b.json", logs.trail(logs.stop(2)))
    same(ids(d.wait_alerts(1)), event_ids(2), "the new file")
    same(len(rotated.read_text().splitlines()), 1, "lines of the old one")
    d.idle()
    d.kill()            # the mark is the new file's now
    d.start()
    d.idle()
    same(ids(d.alerts()), event_ids(2), "the new file after a restart")


@test
def a_wrong_config_is_exit_2_with_all_mistakes(tmp):
    c = logs.write(tmp / "c.yaml", b"limits: {tries: 0}\nlog: {level: loud}\n")
    r = run("run", "--config", c).exits(2)
    has(r.err, "c.yaml:1:")
    has(r.err, "c.yaml:2:")
    c = logs.write(tmp / "c.yaml", b"sources:\n  - {name: a, type: directory}\n"
                   b"outputs:\n  - {name: b, type: file}\n")
    r = run("run", "--config", c).exits(2)
    has(r.err, "c.yaml:2:")
    has(r.err, "c.yaml:4:")
    c = logs.write(tmp / "c.yaml", b"limits: {tries: 2}\n")
    has(run("run", "--config", c).exits(2).err, "no source")
    run("run", "--config", tmp / "none").exits(2)
    run("run", "--no-such-option").exits(2)
    run("run", "--state", tmp / "x").exits(2)


# -- outputs ---------------------------------------------------------------------------

@test
def every_output_gets_the_alerts_of_its_level(tmp):
    hook = Webhook()
    syslog = UnixSyslog(tmp / "log")
    d = Daemon(tmp, outputs=[
        {**STDOUT, "level": "medium"},
        {"name": "syslog", "type": "syslog", "address": "unix:%s" % syslog.path},
        {"name": "hook", "type": "webhook", "url": hook.url, "level": "high"}]).start()
    d.put("a.json", logs.trail(logs.stop(1), logs.event(2, errorCode="AccessDenied")))
    d.put("b", logs.access(3, requester="-"))
    d.wait_alerts(3)
    d.idle()
    wait_until(lambda: len(syslog.messages) >= 3, what="syslog")
    same(sorted(a["rule"]["level"] for a in d.alerts()),
         ["high", "informational", "medium"], "file")
    same(sorted(json.loads(line)["rule"]["level"]
                for line in d.stdout.read_text().splitlines()), ["high", "medium"],
         "stdout")
    same([a["rule"]["level"] for a in hook.alerts()], ["high"], "webhook")
    same(hook.posts[0][0], "/hook", "path")
    same(hook.posts[0][1].get("content-type"), "application/json", "type")
    for message in syslog.messages:
        check(message.startswith(b"<") and b">1 20" in message[:12],
              "not RFC 5424: %r" % message)
        check(b"\n" not in message.rstrip(b"\n"), "a line break: %r" % message)
        has(message.decode(), " bucketwatch ")
    same(sum(b"Trail stopped" in m for m in syslog.messages), 1, "syslog")


@test
def a_webhook_that_is_down_gets_it_later_under_the_same_id(tmp):
    port = free_port()
    d = Daemon(tmp, outputs=[{"name": "hook", "type": "webhook",
                              "url": "http://127.0.0.1:%d/hook" % port}]).start()
    d.put("a.json", logs.trail(logs.stop(1)))
    d.wait_alerts(1)                # the file does not wait for the webhook
    wait_until(lambda: d.status()["outputs"][1]["state"] == "retrying",
               what="the status telling of it")
    waiting = d.rows("SELECT id FROM delivery WHERE output = 'hook' AND state = 0")
    hook = Webhook(port, answers=[503, 500, 429])
    wait_until(lambda: len(hook.posts) >= 4, what="four attempts")
    wait_until(lambda: d.status()["outputs"][1]["sent"] == 1, what="sent")
    d.idle()
    same(set(hook.ids()), {waiting[0][0]}, "webhook-id")
    same(len({body for _, _, body in hook.posts}), 1, "bodies")
    same(hook.alerts()[0], d.alerts()[0], "the alert")
    same(d.status()["outputs"][1]["state"], "idle", "state")


@test
def what_a_webhook_refuses_is_counted_and_the_next_one_goes_out(tmp):
    hook = Webhook(answers=[400])
    d = Daemon(tmp, outputs=[{"name": "hook", "type": "webhook",
                              "url": hook.url}]).start()
    d.put("a.json", logs.trail(logs.stop(1)))
    wait_until(lambda: len(hook.posts) == 1)
    d.put("b.json", logs.trail(logs.stop(2)))
    wait_until(lambda: len(hook.posts) == 2, what="the next one")
    s = d.idle()
    out = s["outputs"][1]
    same((out["refused"], out["sent"]), (1, 1), "refused, sent")
    has(d.log(), "refused")
    has(d.log(), "400")
    stays(lambda: len(hook.posts) == 2, 0.3, "no further try")


@test
def secrets_of_a_webhook_stay_out_of_log_and_status(tmp):
    hook = Webhook(answers=[500, 400])
    secret = "s3cr3t-path-0123456789"
    d = Daemon(tmp, outputs=[{
        "name": "hook", "type": "webhook", "url": hook.url + "/" + secret,
        "authorization": "Bearer t0p-s3cret-t0ken"}]).start()
    d.put("a.json", logs.trail(logs.stop(1)))
    wait_until(lambda: len(hook.posts) == 2)
    same(hook.posts[0][1].get("authorization"), "Bearer t0p-s3cret-t0ken")
    d.idle()
    for text in (d.log(), json.dumps(d.status())):
        has_not(text, secret)
        has_not(text, "t0p-s3cret")


@test
def a_restart_sends_what_was_not_sent(tmp):
    port = free_port()
    d = Daemon(tmp, outputs=[{"name": "hook", "type": "webhook",
                              "url": "http://127.0.0.1:%d/x" % port}]).start()
    d.put("a.json", logs.trail(logs.stop(1), logs.stop(2)))
    d.wait_alerts(2)
    want = [r[0] for r in d.rows("SELECT id FROM delivery WHERE output = 'hook' "
                                 "ORDER BY number")]
    d.end()
    hook = Webhook(port)
    d.start()
    wait_until(lambda: len(hook.posts) >= 2, what="the deliveries")
    d.idle()
    same(hook.ids(), want, "ids, in order")


@test
def a_receiver_that_hangs_holds_up_nobody(tmp):
    import socket
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        d = Daemon(tmp, outputs=[{
            "name": "hook", "type": "webhook", "timeout": "300s",
            "url": "http://127.0.0.1:%d/" % silent.getsockname()[1]}],
            config={"limits": {"drain": "1s"}}).start()
        for n in range(3):
            d.put("%d.json" % n, logs.trail(logs.stop(n)))
            d.wait_alerts(n + 1)
        same(d.status()["outputs"][1]["state"], "sending", "state")
        began = time.monotonic()
        d.end()
        check(time.monotonic() - began < 10 * tap.PATIENCE, "the end took too long")


# -- without a config --------------------------------------------------------------------

@test
def watch_prints_alerts_and_leaves_nothing_behind(tmp):
    temp = tmp / "te 'mp\" {x}: #é"      # names are no YAML
    temp.mkdir()
    d = Daemon(tmp, args=["--watch", temp / ".." / "logs", "--rules", logs.rules(tmp),
                          "--exclude", "*.skip", "--log-level", "warning"],
               env={"TMPDIR": str(temp)})
    logs.write(d.logs / "a.json", logs.trail(logs.stop(1)))
    logs.write(d.logs / "b.skip", logs.trail(logs.stop(2)))
    d.start()
    wait_until(lambda: d.stdout.read_text().count("Trail stopped") == 1,
               what="the first alert")
    d.put("c.json.gz", logs.gz(logs.trail(logs.stop(3))))
    wait_until(lambda: d.stdout.read_text().count("Trail stopped") == 2,
               what="the second alert")
    d.end(signal.SIGINT, 0)
    same(sorted(p.name for p in temp.iterdir()), [], "temporary files")
    has_not(d.stdout.read_text(), "\x1b", "color in a file")
    same(d.log(), "", "stderr")


@test
def watch_with_a_state_file_goes_on_where_it_was(tmp):
    d = Daemon(tmp, args=["--watch", tmp / "logs", "--rules", logs.rules(tmp),
                          "--state", tmp / "state.db", "--format", "json",
                          "--socket", tmp / "sock"])
    logs.write(d.logs / "a.json", logs.trail(logs.stop(1)))
    d.start()
    wait_until(lambda: d.stdout.read_text().count("\n") == 1)
    d.idle()
    d.end()
    logs.write(d.logs / "b.json", logs.trail(logs.stop(2)))
    d.start()
    wait_until(lambda: d.stdout.read_text().count("\n") == 2)
    d.idle()
    same(ids(json.loads(line) for line in d.stdout.read_text().splitlines()),
         event_ids(1, 2))


if __name__ == "__main__":
    main()
