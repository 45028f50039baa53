# SPDX-License-Identifier: MIT
"""What interface.md promises of JSON, as data: a dict gives keys and what each holds,
a list what each element is, a function what a value must satisfy. Keys may be added to
what the program writes; none may be missing."""


def is_bool(v):
    return isinstance(v, bool)


def is_count(v):
    return isinstance(v, int) and not isinstance(v, bool) and v >= 0


def is_real(v):
    return is_count(v) or (isinstance(v, float) and v >= 0)


def is_text(v):
    return isinstance(v, str) and v != ""


def or_null(check):
    def either(v):
        return v is None or check(v)
    either.__name__ = f"{check.__name__}_or_null"
    return either


def one(value):
    def exactly(v):
        return v == value and type(v) is type(value)
    exactly.__name__ = f"is_{value!r}"
    return exactly


COUNT_OR_NULL = or_null(is_count)
REAL_OR_NULL = or_null(is_real)
TEXT_OR_NULL = or_null(is_text)

INFO = {
    "schema": one(1), "name": one("kqueue_events"), "description": is_text,
    "physics": is_text, "category": one("IPC"), "platform": is_text, "requirements": one([]),
    "entropy_rate_estimate": one(2.5), "composite": one(False), "is_fast": one(True),
    "available": is_bool, "reason": TEXT_OR_NULL, "backends": [is_text],
    "features": [is_text],
    "clock": {"name": is_text, "granularity_ns": COUNT_OR_NULL, "cost_ns": is_count},
    "limits": {"descriptors": COUNT_OR_NULL, "inotify_watches": COUNT_OR_NULL,
               "timers": COUNT_OR_NULL},
    "version": is_text,
}

CONFIG = {
    "num_timers": is_count, "num_sockets": is_count, "num_file_watchers": is_count,
    "timeout_ms": is_count, "stimulus_us": is_count, "write": is_text, "phase_us": is_count,
    "dither": is_bool, "watch_dir": TEXT_OR_NULL, "preset": is_text,
    "backend": TEXT_OR_NULL, "collection": is_count, "cpu": TEXT_OR_NULL,
    "priority": is_count, "mlock": is_bool, "slack_ns": is_count, "strict": is_bool,
}

FILTER = {
    "events": is_count, "events_per_s": REAL_OR_NULL, "wakes": is_count,
    "merged": COUNT_OR_NULL, "missed": COUNT_OR_NULL,
    "p50_ns": COUNT_OR_NULL, "p99_ns": COUNT_OR_NULL,
}

LATENCY = {
    "count": is_count, "min_ns": COUNT_OR_NULL, "p50_ns": COUNT_OR_NULL,
    "p90_ns": COUNT_OR_NULL, "p99_ns": COUNT_OR_NULL, "p999_ns": COUNT_OR_NULL,
    "max_ns": COUNT_OR_NULL,
}

def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


def is_list_of(n, check):
    def listed(v):
        return isinstance(v, list) and len(v) == n and all(check(x) for x in v)
    listed.__name__ = f"{n}_times_{check.__name__}"
    return listed


ESTIMATES = {key: REAL_OR_NULL for key in (
    "mcv", "collision", "markov", "compression", "t_tuple", "lrs", "multi_mcw", "lag",
    "multi_mmc", "lz78y")}


def is_view(v):
    return violations(v, ESTIMATES) == []


ASSESSED = {
    "n": is_count, "window": is_count, "age_s": is_real, "seconds": is_real,
    "h_original": REAL_OR_NULL, "h_bitstring": REAL_OR_NULL, "assessed": is_real,
    "binding": or_null(lambda v: v["estimator"] in ESTIMATES and
                       v["on"] in ("literal", "bitstring")),
    "claim": is_real, "holds": is_bool, "literal": ESTIMATES, "bitstring": or_null(is_view),
}


def is_assessed(v):
    return violations(v, ASSESSED) == []


HEALTH_TEST = {"alpha_exp": is_count, "cutoff": is_count, "alarms": is_count,
               "age_s": REAL_OR_NULL, "symbol": COUNT_OR_NULL}

# What stands beside the promised keys of `entropy` while the stream is watched.
WATCHED = {
    "verdict": TEXT_OR_NULL, "claim_bits": is_real, "watched": is_count, "lost": is_count,
    "window": is_count, "bias": is_list_of(8, REAL_OR_NULL),
    "lag": is_list_of(16, or_null(is_number)), "chi_square": REAL_OR_NULL,
    "chi_p": REAL_OR_NULL,
    "health": {"rct": {"max": COUNT_OR_NULL, "tests": [HEALTH_TEST]},
               "apt": {"max": COUNT_OR_NULL, "window": is_count, "tests": [HEALTH_TEST]}},
    "grains": [{"grain_ps": COUNT_OR_NULL, "n": is_count, "shannon": REAL_OR_NULL,
                "shannon_ref": REAL_OR_NULL, "mcv": REAL_OR_NULL, "mcv_ref": REAL_OR_NULL}],
}

LINE = {
    "schema": one(1), "elapsed_s": is_real, "final": is_bool, "config": CONFIG,
    "backend": is_text, "epoch": is_count,
    "collections": {"done": is_count, "short": is_count, "last_ms": REAL_OR_NULL},
    "waits_total": is_count, "waits_per_s": REAL_OR_NULL,
    "events_total": is_count, "events_per_s": REAL_OR_NULL,
    "bytes_total": is_count, "bytes_per_s": REAL_OR_NULL,
    "timeouts_total": is_count,
    "excluded": {"eintr": is_count, "control": is_count, "transition": is_count,
                 "gap": is_count},
    "stimulus": {"ticks": is_count, "lost": is_count, "saturated": is_bool},
    "filters": {"timer": FILTER, "read": FILTER, "write": FILTER, "vnode": FILTER},
    "latency": {"wait": LATENCY, "notification": LATENCY, "response": LATENCY},
    "entropy": {"stream": is_text, "n": is_count, "shannon": REAL_OR_NULL,
                "shannon_ref": REAL_OR_NULL, "mcv": REAL_OR_NULL, "mcv_ref": REAL_OR_NULL,
                "assessed": or_null(is_assessed)},
    "unregistered": [{"filter": is_text, "wanted": is_count, "got": is_count,
                      "error": is_text}],
}


def violations(value, schema, where="$"):
    """A list of sentences; empty when the value is as promised."""
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return [f"{where} is no object: {value!r}"]
        found = [f"{where}.{key} is missing" for key in schema if key not in value]
        for key in schema.keys() & value.keys():
            found += violations(value[key], schema[key], f"{where}.{key}")
        return found
    if isinstance(schema, list):
        if not isinstance(value, list):
            return [f"{where} is no list: {value!r}"]
        return [text for i, element in enumerate(value)
                for text in violations(element, schema[0], f"{where}[{i}]")]
    return [] if schema(value) else [f"{where} = {value!r}: not {schema.__name__}"]
