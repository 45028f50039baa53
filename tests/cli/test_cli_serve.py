# SPDX-License-Identifier: MIT
"""`kqtop serve`: the endpoint over real HTTP, the text file, and strangers."""

import contextlib
import http.client
import itertools
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from cli_kqtop import (FILTERS, LIMIT_S, WITHOUT, http_built_in, kqtop, limited, one_message,
                       started, tasks, until)
from cli_schema import LINE, violations

needs_http = pytest.mark.skipif(not http_built_in(), reason="built without libmicrohttpd")

OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
CLASSIC = "text/plain; version=0.0.4; charset=utf-8"
PROMETHEUS = ("application/openmetrics-text;version=1.0.0,"
              "application/openmetrics-text;version=0.0.1;q=0.75,"
              "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
CONNECTIONS = 32  # engine/metrics/http.h

# interface.md, "Metrics"
COUNTERS = ["kqtop_waits_total", "kqtop_timeouts_total"]
FILTER_COUNTERS = ["kqtop_events_total", "kqtop_merged_total", "kqtop_missed_total"]
HISTOGRAMS = ["kqtop_notification_seconds", "kqtop_response_seconds"]


class Server:
    """A running `kqtop serve` and where it listens."""

    def __init__(self, child, line):
        self.child = child
        found = re.fullmatch(r"listening on http://(\[[0-9a-f:]+\]|[0-9.]+):(\d+)/metrics\n", line)
        assert found, line
        self.host, self.port = found[1].strip("[]"), int(found[2])

    def ask(self, path="/metrics", method="GET", **headers):
        """(status, headers, body) of one request."""
        link = http.client.HTTPConnection(self.host, self.port, timeout=LIMIT_S)
        try:
            link.request(method, path, headers={k.replace("_", "-"): v
                                                for k, v in headers.items()})
            answer = link.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            link.close()

    def value(self, sample):
        """Of one sample of /metrics by its name and labels; None when it is not there."""
        for line in self.ask()[2].splitlines():
            if line.startswith(sample + " "):
                return float(line.rpartition(" ")[2])
        return None

    def raw(self, data, limit_s=LIMIT_S):
        """What comes back for these bytes until it closes."""
        with socket.create_connection((self.host, self.port), timeout=limit_s) as link:
            with contextlib.suppress(OSError):  # it may have had enough before the end
                link.sendall(data)
            got = b""
            with contextlib.suppress(ConnectionResetError):
                while piece := link.recv(65536):
                    got += piece
            return got


@contextlib.contextmanager
def serving(*options, listen="127.0.0.1:0", **how):
    with started("serve", "--listen", listen, *options, **how) as child:
        lines = []
        while not lines or not lines[-1].startswith("listening on "):
            lines.append(child.stderr.readline())
            assert lines[-1], (lines, child.wait())
        server = Server(child, lines[-1])
        server.said = lines[:-1]
        yield server


@pytest.fixture(scope="module")
def server():
    with serving() as s:
        yield s
        s.child.terminate()
        assert s.child.wait(LIMIT_S) == 0
        assert s.child.stderr.read() == ""


@pytest.fixture(scope="module")
def openmetrics():
    return pytest.importorskip("prometheus_client.openmetrics.parser",
                               reason="no python3-prometheus-client")


# -- what is served -----------------------------------------------------------------


@needs_http
def test_classic_text_has_every_metric_of_the_interface(server):
    status, headers, text = server.ask()
    assert (status, headers["Content-Type"]) == (200, CLASSIC)
    for name in COUNTERS:
        assert re.search(rf"^{name} \d+$", text, re.M), name
    for name in FILTER_COUNTERS:
        for f in FILTERS:
            assert re.search(rf'^{name}{{filter="{f}"}} \d+$', text, re.M), (name, f)
    assert re.search(r"^kqtop_wait_seconds_count \d+$", text, re.M)
    for name in HISTOGRAMS:
        for f in FILTERS:
            assert re.search(rf'^{name}_count{{filter="{f}"}} \d+$', text, re.M), (name, f)
    for name in ("kqtop_config_timers", "kqtop_entropy_shannon", "kqtop_build_info",
                 "kqtop_process_cpu_seconds_total", "kqtop_clock_granularity_seconds",
                 "kqtop_lost_samples_total", "kqtop_entropy_health_alarms_total"):
        assert f"\n{name}" in text, name
    assert "# EOF" not in text


@needs_http
def test_every_family_has_a_help_text_and_a_type(server):
    text = server.ask()[2]
    helped = set(re.findall(r"^# HELP (\S+) \S", text, re.M))
    typed = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    assert helped == set(typed)
    for name in re.findall(r"^(\w+)[ {]", text, re.M):
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        assert family in typed or name in typed, name


@needs_http
def test_prometheus_gets_openmetrics(server):
    status, headers, text = server.ask(Accept=PROMETHEUS)
    assert (status, headers["Content-Type"]) == (200, OPEN)
    assert text.endswith("\n# EOF\n")


@needs_http
def test_openmetrics_parser_takes_it(server, openmetrics):
    families = {f.name: f for f in openmetrics.text_string_to_metric_families(
        server.ask(Accept=PROMETHEUS)[2])}
    assert families["kqtop_waits"].type == "counter"
    assert families["kqtop_build"].type == "info"
    assert families["kqtop_wait_seconds"].type == "histogram"
    assert families["kqtop_wait_seconds"].unit == "seconds"
    assert all(f.documentation for f in families.values())


@needs_http
def test_promtool_finds_nothing_to_say(server):
    if not shutil.which("promtool"):
        pytest.skip("no promtool (Debian package prometheus): make check-fleet")
    done = subprocess.run(["promtool", "check", "metrics"], input=server.ask()[2], text=True,
                          capture_output=True, timeout=LIMIT_S, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_http
def test_histogram_is_cumulative_and_ends_with_its_count(server):
    text = server.ask()[2]
    for labels in ["", *(f'filter="{f}",' for f in FILTERS)]:
        name = "kqtop_notification_seconds" if labels else "kqtop_wait_seconds"
        buckets = re.findall(rf'^{name}_bucket{{{labels}le="([^"]+)"}} (\d+)$', text, re.M)
        bounds = [float(le) for le, _ in buckets]
        counts = [int(n) for _, n in buckets]
        assert bounds == sorted(bounds) and bounds[0] == 6.4e-08 and bounds[-2] >= 1
        assert counts == sorted(counts)
        braces = f"{{{labels.rstrip(',')}}}" if labels else ""
        assert f"\n{name}_count{braces} {counts[-1]}\n" in text


@needs_http
def test_counters_grow_while_it_measures(server):
    before = server.value("kqtop_waits_total")
    until(lambda: server.value("kqtop_waits_total") > before, "more waits are served")


@needs_http
def test_snapshot_is_a_line_of_the_json_lines(server):
    status, headers, text = server.ask("/snapshot")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert violations(json.loads(text), LINE) == []


@needs_http
def test_health_says_ok(server):
    assert server.ask("/healthz")[::2] == (200, "ok\n")


@needs_http
def test_first_page_has_links_and_no_script(server):
    status, headers, text = server.ask("/")
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    for path in re.findall(r'href="([^"]+)"', text):
        assert server.ask(path)[0] == 200, path
    assert "/metrics" in text and "<script" not in text.lower()
    assert headers["Content-Security-Policy"] == "default-src 'none'"


@needs_http
@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/snapshot", "/"])
def test_head_is_get_without_the_body(server, path):
    status, headers, text = server.ask(path, "HEAD")
    assert (status, text) == (200, "")
    assert int(headers["Content-Length"]) > 0
    assert headers["Content-Type"] == server.ask(path)[1]["Content-Type"]


@needs_http
@pytest.mark.parametrize("path", ["/x", "/metrics/", "/metrics/x", "//metrics", "/../etc/passwd",
                                  "/%2e%2e/etc/passwd", "/index.html"])
def test_there_is_nothing_else(server, path):
    assert server.ask(path)[0] == 404


@needs_http
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "FROB"])
def test_only_get_and_head_are_allowed(server, method):
    status, headers, _ = server.ask("/metrics", method)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


@needs_http
def test_query_is_passed_over(server):
    assert server.ask("/healthz?x=1&y")[0] == 200


@needs_http
def test_any_accept_is_answered(server):
    assert server.ask(Accept="image/png")[1]["Content-Type"] == CLASSIC
    assert server.ask(Accept=";,;=" * 1000)[0] == 200


# -- strangers ----------------------------------------------------------------------


GARBAGE = {
    "long-line": b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "long-header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20000 + b"\r\n\r\n",
    "many-headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "no-http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 50 + b"\r\n\r\n",
    "no-host": b"GET / HTTP/1.1\r\n\r\n",
    "bad-version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "bad-length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "body": b"GET /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 70000,
}


@needs_http
@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_refused_and_the_next_one_served(server, kind):
    got = server.raw(GARBAGE[kind])
    # an error of HTTP, or nothing: the connection was closed or reset
    assert not got or re.match(rb"HTTP/1\.[01] [45]\d\d ", got), got[:80]
    assert server.ask("/healthz")[0] == 200


@needs_http
def test_a_hundred_slow_clients_are_bounded_and_keep_nobody_out():
    with serving() as s:
        before = s.value("kqtop_waits_total")
        fds = f"/proc/{s.child.pid}/fd"
        quiet = len(os.listdir(fds))
        links = []
        try:
            for _ in range(100):
                link = socket.socket(socket.AF_INET6 if ":" in s.host else socket.AF_INET)
                link.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    link.connect((s.host, s.port))
                links.append(link)
            until(lambda: len(os.listdir(fds)) > quiet, "some are let in")
            most, end, asked = 0, [], threading.Thread(target=lambda: end.append(s.ask()))
            asked.start()
            while asked.is_alive():  # they drip, so none is ever silent for long
                for link in links:
                    with contextlib.suppress(OSError):
                        link.send(b"G")
                most = max(most, len(os.listdir(fds)))
                time.sleep(0.01)
            asked.join()
        finally:
            for link in links:
                link.close()
        assert end[0][0] == 200
        # and the one that the test itself looks through
        assert quiet < most <= quiet + CONNECTIONS + 2
        until(lambda: s.value("kqtop_waits_total") > before, "it goes on measuring")
        until(lambda: len(os.listdir(fds)) <= quiet + 1, "their places are free again")


@needs_http
def test_it_listens_again_when_all_places_become_free_at_once():
    # stopped meanwhile, so that it sees all of them gone in one round of its loop
    with serving() as s:
        fds = f"/proc/{s.child.pid}/fd"
        quiet = len(os.listdir(fds))
        links = [socket.create_connection((s.host, s.port)) for _ in range(CONNECTIONS)]
        try:
            until(lambda: len(os.listdir(fds)) >= quiet + CONNECTIONS, "all places are taken")
            s.child.send_signal(signal.SIGSTOP)
        finally:
            for link in links:
                link.close()
            s.child.send_signal(signal.SIGCONT)
        assert s.ask("/healthz")[0] == 200


@needs_http
@pytest.mark.skipif("name_of_thread" in WITHOUT, reason="threads have no names in this build")
def test_without_a_descriptor_for_a_client_it_sleeps_and_serves_him_when_there_is_one():
    def http_ticks():
        with open(f"/proc/{s.child.pid}/task/{task}/stat", encoding="ascii") as f:
            return sum(map(int, f.read().rpartition(")")[2].split()[11:13]))

    with serving() as s:
        task = next(t for t, name in tasks(s.child.pid).items() if name == "kqt-http")
        # twice: not what it holds for a moment
        held = {int(fd) for fd in set(os.listdir(f"/proc/{s.child.pid}/fd")) &
                set(os.listdir(f"/proc/{s.child.pid}/fd"))}
        lowest = next(fd for fd in itertools.count() if fd not in held)
        old = resource.prlimit(s.child.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(s.child.pid, resource.RLIMIT_NOFILE, (lowest, old[1]))
        with socket.create_connection((s.host, s.port), timeout=1) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            before = http_ticks()
            with pytest.raises(TimeoutError):
                client.recv(1)
            # a loop that tries again and again takes all of that second, or its half
            assert http_ticks() - before < os.sysconf("SC_CLK_TCK") / 5
            resource.prlimit(s.child.pid, resource.RLIMIT_NOFILE, old)
            client.settimeout(LIMIT_S)
            assert client.recv(100).startswith(b"HTTP/1.1 200")


@needs_http
def test_it_opens_no_file_for_anybody(server):
    """Neither does a request change which descriptors there are."""
    def descriptors():
        return {os.readlink(f"/proc/{server.child.pid}/fd/{fd}")
                for fd in os.listdir(f"/proc/{server.child.pid}/fd")}
    until(lambda: not any(n.startswith("/etc") for n in descriptors()), "nothing of /etc")
    before = {n for n in descriptors() if not n.startswith("socket:")}
    for path in ("/etc/passwd", "/../../etc/passwd", "/metrics", "/snapshot"):
        server.ask(path)
    until(lambda: {n for n in descriptors() if not n.startswith(("socket:", "/proc/"))} ==
          {n for n in before if not n.startswith("/proc/")}, "as before")


@needs_http
@pytest.mark.skipif("name_of_thread" in WITHOUT, reason="threads have no names in this build")
def test_its_thread_takes_no_signal(server):
    task = next(t for t, name in tasks(server.child.pid).items() if name == "kqt-http")
    with open(f"/proc/{server.child.pid}/task/{task}/status", encoding="ascii") as f:
        blocked = int(re.search(r"^SigBlk:\s+([0-9a-f]+)$", f.read(), re.M)[1], 16)
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCONT, signal.SIGALRM):
        assert blocked & 1 << (sig - 1), sig.name


# -- the command --------------------------------------------------------------------


@needs_http
@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_ends_it_cleanly(sig):
    with serving() as s:
        s.child.send_signal(sig)
        assert s.child.wait(LIMIT_S) == 0
        assert (s.child.stdout.read(), s.child.stderr.read()) == ("", "")
        with pytest.raises(OSError):
            socket.create_connection((s.host, s.port), timeout=5)


@needs_http
def test_signal_ends_it_while_clients_hang():
    with serving() as s:
        with socket.create_connection((s.host, s.port)) as link:
            link.sendall(b"GET /met")
            s.child.terminate()
            assert s.child.wait(LIMIT_S) == 0


@needs_http
def test_duration_ends_it():
    result = kqtop("serve", "--listen", "127.0.0.1:0", "--duration", "300ms")
    assert result.returncode == 0
    assert re.fullmatch(r"listening on http://127\.0\.0\.1:[1-9]\d*/metrics\n", result.stderr)


@needs_http
def test_port_in_use_is_told_and_refused(server):
    message = one_message(kqtop("serve", "--listen", f"127.0.0.1:{server.port}"), 2)
    assert f"127.0.0.1:{server.port}" in message and "address already in use" in message


@needs_http
@pytest.mark.parametrize("address", ["", "nowhere", "localhost", "example.org:80", "1.2.3.4:99999"])
def test_address_that_is_none_is_refused(address):
    assert f"'{address}'" in one_message(kqtop("serve", f"--listen={address}"), 2)


@needs_http
def test_address_of_another_machine_is_refused():
    # RFC 5737: documentation only, nobody has it
    message = one_message(kqtop("serve", "--listen", "192.0.2.1:9464"), 2)
    assert "192.0.2.1:9464" in message and "assign" in message


@needs_http
def test_ipv6_loopback():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 loopback here")
    with serving(listen="[::1]:0") as s:
        assert s.host == "::1" and s.said == []
        assert s.ask("/healthz")[0] == 200


@needs_http
def test_address_that_others_reach_is_warned_of():
    with serving(listen="0.0.0.0:0") as s:
        assert len(s.said) == 1 and "warning" in s.said[0] and "0.0.0.0" in s.said[0]


@needs_http
def test_session_that_takes_all_descriptors_leaves_some_to_the_endpoint():
    with serving("--timers", "200", preexec_fn=limited(120)) as s:
        assert len(s.said) >= 1 and "too many open files" in s.said[0]
        assert s.value('kqtop_unregistered{source="timers"}') > 0
        with contextlib.ExitStack() as stack:
            for _ in range(CONNECTIONS - 1):
                stack.enter_context(socket.create_connection((s.host, s.port)))
            assert s.ask("/healthz")[0] == 200


@needs_http
def test_configuration_is_told():
    with serving("--timers", "3", "--timeout", "2ms", "--preset", "storm") as s:
        assert s.value("kqtop_config_timers") == 3
        assert s.value("kqtop_config_timeout_seconds") == 0.002
        assert s.value("kqtop_config_stimulus_seconds") == 0.00005
        assert s.value('kqtop_config_info{preset="storm",write="driven"}') == 1


@needs_http
def test_who_is_not_watched_has_no_health_alarms():
    with serving("--assess-window", "0") as s:
        text = s.ask()[2]
        assert "kqtop_lost_samples" not in text and "health_alarms" not in text
        assert "kqtop_entropy_shannon" in text


@needs_http
def test_monitor_without_a_screen_serves_too():
    with started("live", "--json-lines", "--interval", "10ms", "--listen",
                 "127.0.0.1:0") as child:
        s = Server(child, child.stderr.readline())
        assert s.ask("/healthz")[0] == 200
        assert s.value("kqtop_waits_total") > 0


# -- the file -----------------------------------------------------------------------


def test_textfile_is_the_classic_text_and_alone_in_its_folder(tmp_path):
    result = kqtop("serve", "--textfile", tmp_path, "--duration", "300ms")
    assert (result.returncode, result.stderr) == (0, f"writing {tmp_path}/kqtop.prom\n")
    assert os.listdir(tmp_path) == ["kqtop.prom"]
    text = (tmp_path / "kqtop.prom").read_text()
    assert text.startswith("# HELP kqtop_build_info ") and text.endswith("\n")
    # the last one is of the whole run
    assert "\nkqtop_running 0\n" in text
    assert os.stat(tmp_path / "kqtop.prom").st_mode & 0o777 == 0o644
    if shutil.which("promtool"):
        subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=True)


def test_textfile_alone_needs_no_endpoint(tmp_path):
    with started("serve", "--textfile", tmp_path) as child:
        assert child.stderr.readline() == f"writing {tmp_path}/kqtop.prom\n"
        assert (tmp_path / "kqtop.prom").exists()
        assert "kqt-http" not in tasks(child.pid).values()
        child.terminate()
        assert (child.wait(LIMIT_S), child.stderr.read()) == (0, "")


@pytest.mark.parametrize("folder", ["/nonexistent/folder", "/dev/null", ""])
def test_textfile_folder_that_is_none_is_refused(folder):
    message = one_message(kqtop("serve", f"--textfile={folder}"), 2)
    assert "--textfile" in message and f"'{folder}'" in message


def test_textfile_that_cannot_be_written_any_more_is_a_failure(tmp_path):
    with started("serve", "--textfile", tmp_path) as child:
        child.stderr.readline()
        # what it writes to is not a file that can be removed or replaced
        (tmp_path / ".kqtop.prom.unfinished").mkdir()
        child.terminate()
        assert child.wait(LIMIT_S) == 1
        assert "cannot write metrics" in child.stderr.read()


@pytest.mark.skipif(http_built_in(), reason="built with libmicrohttpd")
def test_without_the_library_listening_is_refused_clearly():
    for command in (["serve"], ["serve", "--listen", "127.0.0.1:0"],
                    ["live", "--json-lines", "--listen", "127.0.0.1:0"]):
        message = one_message(kqtop(*command), 2)
        assert "--listen" in message and "libmicrohttpd" in message
    assert "metrics-http" in json.loads(kqtop("info", "--json").stdout)["lacks"]
