"""The selectors that queries and rules read: a probe of each, then its raw samples over the window where they are few enough."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from incident_timeline.collect.prometheus_api import Answered
from incident_timeline.collect.promql import Selector, selectors
from incident_timeline.collect.range_jobs import ASSUMED_SCRAPE_S, RangeJob
from incident_timeline.model.incident import Window

PROBED = timedelta(
    minutes=10
)  # of raw samples near the page: shows the scrape interval, and how many samples there are
MOST_SAMPLES = 300_000  # of one selector over the window, about 9 MB as Prometheus writes them
BUCKETS = 12  # of a histogram with the default buckets of the official client libraries, +Inf included


@dataclass(frozen=True, slots=True)
class Read:
    """One selector that something reads: its own text, and the text that probes it (of a histogram one bucket is enough)."""

    selector: Selector
    probe: str

    @property
    def buckets(self) -> int:
        """How many series stand behind each that the probe shows."""
        return 1 if self.probe == self.selector.text else BUCKETS


def reads(expressions: Iterable[str]) -> tuple[Read, ...]:
    """What expressions read, each selector once."""
    found = {one.text: one for text in expressions for one in selectors(text)}
    return tuple(Read(one, _probe(one)) for _, one in sorted(found.items()))


def is_affordable(read: Read, probed: Answered, window: Window) -> bool:
    """Whether the window's raw samples are few enough, to judge by those of the probe."""
    seen = sum(one.samples.height for one in probed.series) * read.buckets
    return seen * ((window.end - window.start) / PROBED) <= MOST_SAMPLES


def raw_job(read: Read, scrape_s: float | None) -> RangeJob:
    """What the raw samples of a selector are; they are asked by a range selector, with their own times, never by steps."""
    step = scrape_s or ASSUMED_SCRAPE_S
    return RangeJob(read.selector.metric, "", read.selector.text, step, "selector", "other", "", "both", 0.0, scrape_s)


def _probe(selector: Selector) -> str:
    if selector.metric.endswith("_bucket") and all(name != "le" for name, _ in selector.equals):
        return selector.text.removesuffix("}") + ("," if "=" in selector.text else "") + 'le="+Inf"}'
    return selector.text
