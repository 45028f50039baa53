# SPDX-License-Identifier: MIT
"""Does looking change what is looked at? Rounds with and without an observer, each a fresh
`kqtop serve`, in random order; how far apart two rounds' distributions are (largest
difference of the distribution functions, at the bounds of /metrics: two an octave). An
observer is not seen when rounds with and without it are, by their median, no further apart
than 95 of 100 pairs of rounds without it."""

import concurrent.futures
import itertools
import os
import random
import re
import socket
import subprocess
import sys
import time
import urllib.request

import screen

ROUND_S = 4
CLIENTS = 100
BUCKET = re.compile(r'(kqtop_(?:wait|notification)_seconds)_bucket\{(.*?)\} (\d+)')

# A hundred clients that drip bytes and garbage, and come again when they are thrown out.
CODE = """
import random, socket, sys, time
def link():
    s = socket.socket()
    s.setblocking(False)
    try:
        s.connect(("127.0.0.1", int(sys.argv[1])))
    except BlockingIOError:
        pass
    return s
links = [link() for _ in range(int(sys.argv[2]))]
while True:
    for i, s in enumerate(links):
        try:
            s.send(random.choice([b"G", b"GET / HT", b"\\x16\\x03\\r\\n\\r\\n"]))
        except BlockingIOError:
            pass
        except OSError:
            s.close()
            links[i] = link()
    time.sleep(0.05)
"""

# options without it, options with it, clients with it, whether a screen shows it all
OBSERVERS = {
    "100 slow clients": (["--assess-window", "0"], ["--assess-window", "0"], CLIENTS, False),
    "assessor": (["--assess-window", "0"], ["--assess-window", "5000"], 0, False),
    "screen, 140x45": (["--assess-window", "0"], ["--assess-window", "0"], 0, True),
}


def distributions(port):
    """{name: [cumulative count at each bound]}, filters together."""
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30).read().decode()
    sums = {}
    for name, labels, count in BUCKET.findall(text):
        bound = float(re.search(r'le="([^"]*)"', labels)[1].replace("+Inf", "inf"))
        sums.setdefault(name, {}).setdefault(bound, 0)
        sums[name][bound] += int(count)
    return {name: [row[bound] for bound in sorted(row)] for name, row in sums.items()}


def one_round(options, clients):
    with subprocess.Popen([os.environ["KQTOP"], "serve", "--listen", "127.0.0.1:0", *options],
                          stderr=subprocess.PIPE, text=True) as server:
        crowd = None
        try:
            port = int(re.search(r":(\d+)/", server.stderr.readline())[1])
            if clients:
                crowd = subprocess.Popen([sys.executable, "-c", CODE, str(port), str(clients)])
            time.sleep(ROUND_S)
            if crowd:
                crowd.kill()
                crowd.wait()
            return distributions(port)
        finally:
            server.kill()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def one_round_on_screen(options):
    """The same, with everything drawn four times a second for who looks at a terminal."""
    port = free_port()
    with screen.Tty([os.environ["KQTOP"], "live", "--listen", f"127.0.0.1:{port}", *options], 140, 45) as t:
        t.take(ROUND_S)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            asked = pool.submit(distributions, port)
            while not asked.done():  # it must not wait for its terminal
                t.read(0.01)
            return asked.result()


def distance(a, b):
    return max(abs(x / a[-1] - y / b[-1]) for x, y in zip(a, b))


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


def measure(rounds):
    rows = []
    for name, (without, with_it, clients, on_screen) in OBSERVERS.items():
        order = [0, 1] * max(6, 2 * rounds)
        random.shuffle(order)
        seen = ([], [])
        for on in order:
            seen[on].append(one_round_on_screen(with_it) if on and on_screen else
                            one_round(with_it if on else without, clients if on else 0))
        for what in sorted(seen[0][0]):
            alone = [d[what] for d in seen[0]]
            watched = [d[what] for d in seen[1]]
            same = [distance(a, b) for a, b in itertools.combinations(alone, 2)]
            apart = [distance(a, b) for a in alone for b in watched]
            rows.append({"observer": name, "what": what, "rounds": len(alone),
                         "with_median": quantile(apart, 0.5), "alone_median": quantile(same, 0.5),
                         "alone_95": quantile(same, 0.95)})
    return rows


def show(rows):
    print(f"\nobserver effect, {ROUND_S} s a round: largest difference of two rounds' distributions")
    print(f"{'observer':20}{'of':30}{'rounds':>8}{'with, median':>14}{'without, median':>17}"
          f"{'95 %':>8}")
    for row in rows:
        print(f"{row['observer']:20}{row['what']:30}{row['rounds']:>8}{row['with_median']:>14.3f}"
              f"{row['alone_median']:>17.3f}{row['alone_95']:>8.3f}  "
              f"{'not seen' if row['with_median'] <= row['alone_95'] else 'SEEN'}")
