# SPDX-License-Identifier: MIT
"""The page of `kqtop compare --html`: well formed, sealed off, escaped; and as a real
browser draws it, in light and dark."""

import html.parser
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import zlib

import pytest

from cli_kqtop import LIMIT_S, SANITIZED, kqtop, one_message
from report_make import make_report, write

VOID = {"meta", "link", "br", "img", "line", "rect", "circle", "path"}
EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"


class Page(html.parser.HTMLParser):
    """Every element must be closed where it belongs."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text = [], [], ""
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def count(self, tag):
        return sum(name == tag for name, _ in self.elements)


@pytest.fixture
def page(tmp_path):
    """Gives page(*reports) -> (path, text)."""
    def made(*reports):
        paths = [write(tmp_path / f"{i}.json", rep) for i, rep in enumerate(reports)]
        out = tmp_path / "page.html"
        result = kqtop("compare", *paths, "--html", out)
        assert result.returncode in (0, 1, 3) and result.stderr == "" and result.stdout
        return out, out.read_text()
    return made


def test_page_is_well_formed_and_has_every_drawing(page):
    parsed = Page(page(make_report(seed=1), make_report(seed=2, ratio=0.6, tail=7))[1])
    # of each latency a distribution, a shift, a difference and two maps; of each row one
    assert parsed.count("svg") == 3 * 5 + 22
    assert parsed.count("tr") == 23
    for words in ("notification p50", "unpaired, drift not excluded", "crossing", "Quantile shift"):
        assert words in parsed.text


def test_page_asks_for_nothing_from_elsewhere(page):
    text = page(make_report(seed=1), make_report(seed=2))[1]
    parsed = Page(text)
    assert not re.search(r"https?:|//|url\(|@import|<script|<link|<iframe|<object", text)
    for tag, attributes in parsed.elements:
        assert not {"src", "href", "srcset", "data", "action"} & attributes.keys(), tag
        assert not any(name.startswith("on") for name in attributes), tag
    policy = [a["content"] for t, a in parsed.elements if a.get("http-equiv")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_page_escapes_every_text_of_a_report(page):
    facts = {"kernel": EVIL, "cpu_model": EVIL}
    text = page(make_report(seed=1, label=EVIL, load=EVIL, share=1.0),
                make_report(seed=2, label=EVIL + "2", facts=facts, how={"warmup": EVIL}))[1]
    parsed = Page(text)
    assert "<script" not in text and "<img" not in text and parsed.count("img") == 0
    assert EVIL in parsed.text


def test_page_of_several_and_of_odd_reports(page):
    """No side, no samples, one value only: nothing is divided by nothing."""
    bare = make_report(seed=1, rounds=12)
    for r in bare["rounds"]:
        for kind in ("notification", "response"):
            r["latency"][kind] = {f: {"count": 0, "sum_ns": 0, "min_ns": None, "max_ns": None,
                                      "above": 0, "bins": []} for f in r["latency"][kind]}
    one = make_report(seed=1, rounds=12)
    single = {"count": 5000, "sum_ns": 0, "min_ns": 0, "max_ns": 0, "above": 0, "bins": [5000]}
    for r in one["rounds"]:
        r["latency"]["wait"] = {"wake": single, "timeout": dict(single, count=0, min_ns=None,
                                max_ns=None, bins=[]), **{f: single for f in r["filters"]}}
        r["waits"] = 5000
        for f in r["filters"].values():
            f["wakes"] = 5000
    empty = make_report(seed=1, rounds=0)
    text = page(make_report(seed=1), bare, one, empty, make_report(seed=9, rounds=150,
                                                                   samples=40))[1]
    parsed = Page(text)
    assert not re.search(r"\bnan\b|\binf\b", text, re.IGNORECASE)
    assert parsed.count("h2") == 4


def test_page_that_cannot_be_written_is_no_verdict(tmp_path):
    paths = [write(tmp_path / str(i), make_report(seed=i)) for i in (1, 2)]
    for where, why in ((tmp_path / "no" / "page", "no such file"), ("/dev/full", "no space left")):
        message = one_message(kqtop("compare", *paths, "--html", where), 2)
        assert why in message and str(where) in message


def test_page_does_not_go_over_a_report(tmp_path):
    a, b = (write(tmp_path / str(i), make_report(seed=i)) for i in (1, 2))
    was = pathlib.Path(b).read_bytes()
    (tmp_path / "link").symlink_to(b)
    for where in (b, tmp_path / "link"):
        message = one_message(kqtop("compare", a, b, "--html", where), 2)
        assert message == f"--html: '{where}' is one of the reports"
        assert pathlib.Path(b).read_bytes() == was


# -- in a browser --

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
               None)
# as the style has them: page, first run, second run
COLOURS = {"light": [(0xff, 0xff, 0xff), (0x1b, 0x6e, 0xc2), (0xc2, 0x57, 0x0c)],
           "dark": [(0x14, 0x17, 0x1a), (0x6d, 0xb3, 0xf2), (0xf2, 0x9a, 0x4a)]}


def pixels(png):
    """The set of colours of a picture of 8 bits a channel, and the first pixel."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, found, first = 8, b"", set(), None
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", png[at + 8:at + 18])
        elif kind == b"IDAT":
            data += png[at + 8:at + 8 + size]
        at += size + 12
    assert depth == 8 and colour in (2, 6)
    n = 3 if colour == 2 else 4
    data, line = zlib.decompress(data), bytearray(width * n)
    for y in range(height):
        start = y * (width * n + 1)
        kind, above, line = data[start], line, bytearray(data[start + 1:start + 1 + width * n])
        for i in range(len(line) if kind else 0):
            left = line[i - n] if i >= n else 0
            corner = above[i - n] if i >= n else 0
            p = left + above[i] - corner
            nearest = min((abs(p - left), 0, left), (abs(p - above[i]), 1, above[i]),
                          (abs(p - corner), 2, corner))[2]
            line[i] = (line[i] + (0, left, above[i], (left + above[i]) // 2, nearest)[kind]) & 255
        row = {tuple(line[i:i + 3]) for i in range(0, len(line), n)}
        first = first or tuple(line[:3])
        found |= row
    return found, first


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_browser_draws_both_runs_in_light_and_dark(page, tmp_path, scheme):
    if not BROWSER:
        pytest.skip("no chromium: `make deps FOR=browser` installs it")
    if SANITIZED:
        pytest.skip("the page is the same in every profile: a browser looks at release's")
    path, _ = page(make_report(seed=1), make_report(seed=2, ratio=0.6, tail=7))
    picture = tmp_path / "page.png"
    # its own folder: it has a socket there, whose path may have 107 bytes
    with tempfile.TemporaryDirectory(prefix="kq-") as home:
        done = subprocess.run(
            [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--no-first-run", "--disable-background-networking", f"--user-data-dir={home}/u",
             f"--blink-settings=preferredColorScheme={int(scheme == 'light')}",
             "--window-size=760,1500", f"--screenshot={picture}", path.as_uri()],
            env=dict(os.environ, HOME=home, TMPDIR=home), capture_output=True,
            text=True, timeout=4 * LIMIT_S, check=False)
    assert picture.exists(), done.stderr
    found, first = pixels(picture.read_bytes())
    background, a, b = COLOURS[scheme]
    assert first == background and a in found and b in found
