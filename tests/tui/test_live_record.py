# SPDX-License-Identifier: MIT
"""Key R, and --record beside the screen."""
import json
import os
import re

from pseudoterminal import KQTOP, Pseudoterminal, live

SANITIZED = os.environ.get("KQT_PROFILE") in ("asan", "tsan")


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_r_records_and_ends_it(tmp_path):
    with live(cwd=str(tmp_path)) as t:
        t.until("LIVE")
        assert "REC" not in t.text()
        t.key("R")
        name = t.until(r"recording to (kqtop-\d{8}-\d{6}\.jsonl)")[1]
        t.until(lambda s: re.search(rf"REC {re.escape(name)} [\d.]+[kM]B", s.split("\n")[0]))
        assert "LIVE" in t.row(0)
        t.key("T")
        t.until("timers 16")
        path = tmp_path / name
        t.until(lambda _: len([1 for line in path.read_text().split("\n")[:-1]
                               if '"type":"interval"' in line]) >= 2)
        t.key("R")
        t.until(rf"recorded {re.escape(name)}")
        t.until(lambda s: "REC" not in s.split("\n")[0])
        done = path.read_text()
        t.until("LIVE")
        t.key("q")
        assert t.wait() == 0
        t.assert_restored()
        assert f"recorded: {name}".encode() in t.raw
    assert path.read_text() == done
    lines = lines_of(path)
    assert [line["config"]["num_timers"] for line in lines if line["type"] == "config"] == [8, 16]
    assert sorted(os.listdir(tmp_path)) == [name, name + ".hlog"]


def test_second_r_takes_another_name(tmp_path):
    with live(cwd=str(tmp_path)) as t:
        t.until("LIVE")
        for _ in range(2):
            t.key("R")
            t.until(r"recording to kqtop")
            t.key("R")
            t.until(r"recorded kqtop")
        t.key("q")
        assert t.wait() == 0
    assert len(list(tmp_path.glob("*.jsonl"))) == 2


def test_record_option_is_seen_from_the_first_frame_and_ends_with_q(tmp_path):
    with live("--record", "a.jsonl", cwd=str(tmp_path)) as t:
        t.until(r"REC a\.jsonl")
        t.resize(60, 20)
        t.until(r"REC")
        t.key("q")
        assert t.wait() == 0
    lines = lines_of(tmp_path / "a.jsonl")
    assert lines[0]["type"] == "recording" and lines[-1]["type"] == "interval"


def test_full_disk_is_told_and_the_engine_goes_on(tmp_path):
    # blocks of 512 bytes
    with Pseudoterminal(["sh", "-c", f"ulimit -f 30; exec '{KQTOP}' live --preset storm "
                         "--record full.jsonl"], cwd=str(tmp_path)) as t:
        t.until(r"recording ended: cannot write 'full\.jsonl\.hlog': file too large")
        t.until(lambda s: "REC" not in s.split("\n")[0])
        t.until("LIVE")
        t.key("q")
        assert os.waitstatus_to_exitcode(t.wait()) == 1
        t.assert_restored()
        assert b"the recording ended early" in t.raw
    assert (tmp_path / "full.jsonl.hlog").read_bytes().endswith(b"\n")


def test_recording_that_failed_is_not_forgotten_when_another_ends_well(tmp_path):
    with Pseudoterminal(["sh", "-c", f"ulimit -f 60; exec '{KQTOP}' live --preset storm "
                         "--record full.jsonl"], cwd=str(tmp_path)) as t:
        t.until(r"recording ended: cannot write 'full\.jsonl\.hlog': file too large")
        t.key("R")
        name = t.until(r"recording to (kqtop-\d{8}-\d{6}\.jsonl)")[1]
        t.key("R")
        t.until(rf"recorded {re.escape(name)}")
        t.key("q")
        assert os.waitstatus_to_exitcode(t.wait()) == 1
        assert b"kqtop: the recording ended early: cannot write 'full.jsonl.hlog'" in t.raw
        text = " ".join(t.raw.decode().split())  # lines of a narrow terminal
        assert f"recorded: full.jsonl, full.jsonl.hlog; {name}, {name}.hlog" in text


def test_unwritable_folder_is_told(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    with live(cwd=str(folder)) as t:
        t.until("LIVE")
        folder.rmdir()
        t.key("R")
        t.until(r"cannot open 'kqtop-.*': no such file")
        t.until("LIVE")
        t.key("q")
        assert t.wait() == 0


def test_nothing_is_recorded_when_the_name_is_taken(tmp_path):
    (tmp_path / "a.jsonl").write_text("x")
    with live("--record", "a.jsonl", cwd=str(tmp_path)) as t:
        assert os.waitstatus_to_exitcode(t.wait()) == 2
        assert b"file exists" in t.raw
    assert (tmp_path / "a.jsonl").read_text() == "x"


def test_reset_is_marked_in_the_replay_too(tmp_path):
    path = tmp_path / "run.jsonl"
    with live("--record", str(path), cwd=str(tmp_path)) as t:
        t.until("REC")
        t.until(r"up 0:00:0[2-9]")
        t.key("r")
        t.until("figures start afresh")
        t.until(r"up 0:00:0[4-9]")
        t.key("q")
        assert t.wait() == 0
    assert [(x["key"], x["text"]) for x in lines_of(path) if x["type"] == "mark"] == [("r", "reset")]
    with Pseudoterminal([KQTOP, "replay", str(path), "--pause-at", "3.9"], cols=140, rows=45) as t:
        t.until(r" r reset ")
        t.key("6")
        t.until(r"figures +reset")
        t.key("q")
        assert t.wait() == 0


def test_replay_has_the_pinned_baseline_of_the_recorded_session_and_lets_it_go_with_it(tmp_path):
    path = tmp_path / "run.jsonl"
    with live("--record", str(path), cwd=str(tmp_path), cols=140, rows=45) as t:
        t.until("REC")
        t.until(r"up 0:00:0[1-9]")
        t.key("T")
        t.until(r"A>now timers 8 -> 16: ")
        t.until(r"up 0:00:0[3-9]")
        t.key("b")
        t.until(r"A>now nothing changed: +A pinned at ")
        t.until(r"up 0:00:0[5-9]")
        t.key("b")
        t.until(lambda s: "A pinned" not in s)
        t.until(r"up 0:00:0[6-9]")
        t.key("q")
        assert t.wait() == 0
    marks = [x for x in lines_of(path) if x["type"] == "mark"]
    assert [(x["key"], x["text"]) for x in marks] == [("b", "baseline pinned"), ("b", "baseline unpinned")]
    begin = marks[0]["elapsed_s"]
    with Pseudoterminal([KQTOP, "replay", str(path), "--pause-at", f"{begin + 1.5:.2f}"], cols=140, rows=45) as t:
        t.until(r"A>now nothing changed: +A pinned at 0:00:0\d")
        t.key("End")
        t.until(r"recording ends here")
        t.until(lambda s: "A pinned" not in s)
        t.key("Home")
        t.until(r"no change yet")
        t.key("=", *f"{begin + 1.5:.2f}", "Enter")
        t.until(r"A>now nothing changed: +A pinned at 0:00:0\d")
        t.key("b")  # the viewer's own, over it
        t.until("baseline A pinned")
        t.key("b")
        t.until("it is the recording's again")
        t.until(r"A>now nothing changed: +A pinned at 0:00:0\d")


def test_every_wait_is_recorded_though_the_screen_is_seldom_drawn(tmp_path):
    raw = tmp_path / "a.jsonl.raw"
    with live("--record", "a.jsonl", "--record-raw", "--interval", "60s", cwd=str(tmp_path)) as t:
        t.until(r"REC a\.jsonl")
        for _ in range(3):  # of them one may have come with the first figures
            size = raw.stat().st_size
            t.until(lambda _, size=size: raw.stat().st_size > size)
        t.key("q")
        assert t.wait() == 0
        assert b"recorded: a.jsonl, a.jsonl.hlog, a.jsonl.raw" in t.raw


def test_waits_after_the_recording_are_not_lost(tmp_path):
    # they are nobody's: a ring that was left to fill would count them as lost. It has 2 million;
    # sanitizers would need too long for that
    lines, enough = tmp_path / "lines", 300_000 if SANITIZED else 5_000_000

    def waits():
        whole = lines.read_text().rpartition("\n")[0]
        return json.loads(whole.rpartition("\n")[2])["waits_total"] if whole else 0
    with live("--record", "a.jsonl", "--record-raw", f"--json-lines={lines}", cwd=str(tmp_path),
              cols=140, rows=45) as t:
        t.until(r"REC a\.jsonl")
        t.key("R")
        t.until(r"recorded a\.jsonl, a\.jsonl\.hlog, a\.jsonl\.raw")
        t.key("P", "P")  # spin
        t.until(lambda _: waits() > enough)
        # when the machine stalls some may be lost, but not nearly all
        assert int(t.until(r"\blost (\d+)\s+excluded")[1]) < enough / 5
        t.key("q")
        assert t.wait() == 0
