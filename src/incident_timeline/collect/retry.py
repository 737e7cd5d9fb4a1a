"""How long to wait before asking again: each vendor's own rate-limit headers, else a doubling pause."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A `reset` above this is an instant in epoch seconds (GitHub, GitLab), below it a pause in seconds (PagerDuty, Buildkite).
_EPOCH_FROM = 100_000_000
_RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long one request is tried in all, and how long a host may take for a whole build, seconds."""

    tries: int = 5
    total_s: float = 90.0
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    budget_s: float = math.inf  # from the first request to the host in this run; what has been sent may still finish

    def pause(self, attempt: int) -> float:
        """The pause after the `attempt`-th failure (from 1), where the server names none."""
        return min(self.longest_pause_s, self.first_pause_s * 2.0 ** (attempt - 1))


def is_retryable(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the same request may succeed later.

    GitHub says "too many" with 403 as well as 429. Prometheus says "query timed out" with 503: repeating that only repeats
    the heavy query.
    """
    if status == 403:
        return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    if status == 503 and b'"errorType":"timeout"' in body[:4096].replace(b" ", b""):
        return False
    return status in _RETRYABLE


def named_pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """The pause in seconds that an answer's headers ask for, None where they name none.

    `retry-after` is seconds or an HTTP date; `ratelimit-reset` is seconds at PagerDuty, an epoch at GitLab;
    `x-ratelimit-reset` is an epoch at GitHub.
    """
    after = headers.get("retry-after")
    if after is not None:
        return _seconds_or_date(after, now)
    for name in ("ratelimit-reset", "x-ratelimit-reset"):
        try:
            value = float(headers[name])
        except (KeyError, ValueError):
            continue
        return max(0.0, value - now.timestamp() if value > _EPOCH_FROM else value)
    return None


def _seconds_or_date(text: str, now: datetime) -> float | None:
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
