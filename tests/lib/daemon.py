"""
The daemon in a test's folder: its config, its life (start, status, stop, kill), and
what it has written. The tests' own receivers (webhook, syslog) are here too.
"""
import http.server
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import threading

import logs
from tap import (BINARY, DEADLINE, cleanup, environment, fail, has_not, limiter,
                 show, wait_until)


class Daemon:
    """config: what differs from the usual one (a folder "logs", a file output)."""
    def __init__(self, tmp, config=None, outputs=None, source=None, args=None,
                 env=None, rules=None):
        self.tmp = pathlib.Path(tmp)
        self.logs = self.tmp / "logs"
        self.logs.mkdir(exist_ok=True)
        self.outside = self.tmp / "outside"
        self.outside.mkdir(exist_ok=True)
        self.file = self.tmp / "alerts.jsonl"
        self.state = self.tmp / "state.db"
        self.socket = self.tmp / "sock"
        self.stdout = self.tmp / "stdout.txt"
        self.stderr = self.tmp / "stderr.txt"
        self.env = env
        self.process = None
        self.limits = ()        # pairs of a RLIMIT_... and its value
        self.config = {
            "sources": [{"name": "local", "type": "directory",
                         "path": str(self.logs), **(source or {})}],
            "rules": {"paths": [str(rules or logs.rules(tmp))]},
            "outputs": [{"name": "file", "type": "file", "path": str(self.file)}]
            + (outputs or []),
            "state": {"path": str(self.state)},
            "control": {"socket": str(self.socket)},
            **(config or {}),
        }
        self.path = self.tmp / "bucketwatch.yaml"
        self.args = args
        cleanup(self.kill)

    # -- life ------------------------------------------------------------------------

    def launch(self):
        """Starts the process and waits for nothing."""
        if self.args is None:
            self.path.write_text(json.dumps(self.config, indent=1))
        with open(self.stdout, "ab") as out, open(self.stderr, "ab") as err:
            self.process = subprocess.Popen(
                [str(BINARY), "run"] + [str(a) for a in self.args or
                                        ["--config", self.path]],
                stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                env=environment(self.env),
                preexec_fn=limiter(self.limits) if self.limits else None)
        return self

    def start(self):
        self.launch()
        if self.args is None:
            wait_until(self.answers, what="the daemon's start")
        return self

    def answers(self):
        if self.process.poll() is not None:
            fail("the daemon ended with %s:\n%s" % (
                self.process.returncode, show(self.log())))
        return self.status() is not None

    def end(self, sig=signal.SIGTERM, code=0):
        self.process.send_signal(sig)
        return self.wait(code)

    def wait(self, code=0):
        try:
            got = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            fail("the daemon did not end:\n%s" % show(self.log()))
        if code is not None and got != code:
            fail("the daemon ended with %s, meant %s:\n%s" % (
                got, code, show(self.log())))
        for word in ("Sanitizer", "runtime error:"):
            has_not(self.log(), word, "the sanitizer complains")
        return got

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    # -- what it says ------------------------------------------------------------------

    def status(self):
        """The control socket's answer, or None while nobody is there."""
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(DEADLINE)
                s.connect(str(self.socket))
                s.sendall(b"GET /status HTTP/1.0\r\nHost: localhost\r\n\r\n")
                data = b""
                while chunk := s.recv(65536):
                    data += chunk
        except OSError:
            return None
        head, _, body = data.partition(b"\r\n\r\n")
        return json.loads(body) if b" 200 " in head.split(b"\r\n")[0] else None

    def log(self):
        return self.stderr.read_text(errors="replace") if self.stderr.exists() else ""

    def alerts(self):
        """Whole lines of the file output."""
        if not self.file.exists():
            return []
        data = self.file.read_bytes()
        return [json.loads(line) for line in data.split(b"\n")[:-1]]

    def wait_alerts(self, n, seconds=None):
        """Waits for the n-th alert in the file; all of them."""
        wait_until(lambda: len(self.alerts()) >= n, seconds,
                   "alert number %d (of %d)" % (n, len(self.alerts())))
        return self.alerts()

    def wait_total(self, key, n, seconds=None):
        def there():
            status = self.status()
            return status and status["total"][key] >= n
        wait_until(there, seconds, "%s reaching %d (%s)" % (
            key, n, (self.status() or {}).get("total")))
        return self.status()

    def idle(self):
        """Waits until nothing is in flight and nothing waits to be sent."""
        def nothing_left():
            s = self.status()
            return (s and s["in_flight"] == 0 and
                    s["state"]["deliveries_waiting"] == 0 and
                    all(src["waiting"] == 0 and src["state"] == "watching"
                        for src in s["sources"]))
        wait_until(nothing_left, what="rest")
        return self.status()

    def put(self, name, data):
        """A file that appears whole, by a rename."""
        return logs.move_in(self.logs / name, data, self.outside)

    def rows(self, sql, *args):
        """Asks the state file, read-only, whether the daemon runs or not."""
        db = sqlite3.connect("file:%s?mode=ro" % self.state, uri=True)
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()


# -- receivers -----------------------------------------------------------------------

class Webhook:
    """Keeps what is posted: (path, headers in lower case, body). answers: the status
    codes of the first requests, then 200."""
    def __init__(self, port=0, answers=()):
        self.posts, self.answers = [], list(answers)
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536    # an answer is one packet: no delayed ACK to wait for

            def do_POST(self):
                size = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(size)
                if len(body) < size:
                    return      # the sender died: it was never posted
                headers = {k.lower(): v for k, v in self.headers.items()}
                owner.posts.append((self.path, headers, body))
                code = owner.answers.pop(0) if owner.answers else 200
                text = b"no, thank you" if code >= 300 else b"ok"
                try:
                    self.send_response(code)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    pass

            def log_message(self, *args):
                pass

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 64

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = "http://127.0.0.1:%d/hook" % self.port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,),
                                       daemon=True)
        self.thread.start()
        cleanup(self.close)

    def close(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def ids(self):
        return [h.get("webhook-id") for _, h, _ in list(self.posts)]

    def alerts(self):
        return [json.loads(body) for _, _, body in list(self.posts)]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class UnixSyslog:
    """A /dev/log of the test's own."""
    def __init__(self, path):
        self.path, self.messages = path, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(0.1)
        self.stopped = False
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()
        cleanup(self.close)

    def listen(self):
        while not self.stopped:
            try:
                self.messages.append(self.socket.recv(1 << 20))
            except TimeoutError:
                continue
            except OSError:
                return

    def close(self):
        self.stopped = True
        self.thread.join()
        self.socket.close()
        if os.path.exists(self.path):
            os.unlink(self.path)
