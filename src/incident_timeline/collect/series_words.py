"""What the name of a series says about it, where its file does not: its signal and which way is worse."""

import re
from itertools import pairwise

# The first line that matches decides; words are whole parts of a name: `latency_p95_s`, `checkout.errorRatio`, `http-5xx`.
_WORDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("errors", "down", ("success", "successes", "successful", "availability", "available", "uptime", "healthy", "apdex")),
    ("errors", "up", ("error", "errors", "err", "failure", "failures", "failed", "fail", "fails", "exception", "exceptions",
                      "rollback", "rollbacks", "abort", "aborts", "timeout", "timeouts", "rejected", "dropped", "5xx", "500",
                      "502", "503", "504")),
    ("latency", "up", ("latency", "latencies", "duration", "durations", "elapsed", "rtt", "ttfb", "delay", "lag",
                       "response_time")),
    ("traffic", "both", ("throughput", "traffic", "requests", "request", "rps", "qps", "ops", "tps", "commits", "hits",
                         "calls")),
    ("saturation", "both", ("cpu", "memory", "mem", "heap", "disk", "iops", "network", "utilization", "utilisation", "util",
                            "saturation", "queue", "backlog", "threads", "connections", "load")),
)  # fmt: skip
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+[a-z]*")


def guess(name: str) -> tuple[str, str]:
    """(signal, worse) of a series by the words of its name; (other, both) when they say nothing.

    A latency or an error that only falls hurts nobody, a success rate only when it falls; traffic may hurt either way.
    """
    parts = [part.lower() for part in _PART.findall(name)]
    said = {*parts, *("_".join(pair) for pair in pairwise(parts))}
    for signal, worse, words in _WORDS:
        if said & set(words):
            return signal, worse
    return "other", "both"
