# SPDX-License-Identifier: MIT
"""A plain reader of histogram logs, written from the format's description alone, so that
what kqtop writes is read by somebody who shares no code with it."""

import base64
import collections
import struct
import zlib

Interval = collections.namedtuple("Interval", "tag start length maximum counts")
SUB = 1024


def highest_of(index):
    """The largest value of a bucket: 3 digits, lowest value 1."""
    width = 0 if index < 2 * SUB else index // SUB - 1
    return ((index - (width * SUB)) << width) + (1 << width) - 1


def counts_of(text):
    """{bucket: count} of a V2 compressed histogram in base64."""
    packed = base64.b64decode(text, validate=True)
    cookie, length = struct.unpack(">II", packed[:8])
    assert cookie == 0x1C849314 and length == len(packed) - 8
    plain = zlib.decompress(packed[8:])
    cookie, length, offset, digits, lowest, highest, ratio = struct.unpack(">IIIIQQd", plain[:40])
    assert (cookie, offset, digits, lowest, ratio) == (0x1C849313, 0, 3, 1, 1.0)
    assert highest == 3600 * 10**9 and length == len(plain) - 40
    counts, index, at = {}, 0, 40
    while at < len(plain):
        value = shift = 0
        while True:
            byte = plain[at]
            at += 1
            last = shift == 56 or byte < 128
            value |= (byte if shift == 56 else byte & 127) << shift
            shift += 7
            if last:
                break
        value = (value >> 1) ^ -(value & 1)
        if value < 0:
            index -= value
            continue
        if value:
            counts[index] = value
        index += 1
    return counts


def percentile(counts, p):
    """Nearest rank, as the highest value of its bucket."""
    total = sum(counts.values())
    rank = max(1, -(-p * total // 100))
    for index in sorted(counts):
        rank -= counts[index]
        if rank <= 0:
            return highest_of(index)
    raise AssertionError("no such rank")


def read(path):
    """(header lines, intervals)."""
    head, intervals = [], []
    for line in path.read_bytes().decode("ascii").splitlines():
        if line.startswith(("#", '"')):
            assert not intervals, "a header after an interval"
            head.append(line)
            continue
        tag, _, rest = line.partition(",") if line.startswith("Tag=") else ("", "", line)
        start, length, maximum, text = rest.split(",")
        intervals.append(Interval(tag.removeprefix("Tag="), float(start), float(length),
                                  float(maximum), counts_of(text)))
    return head, intervals
