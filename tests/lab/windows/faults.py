"""What a planned fault does to one request at one instant."""

from dataclasses import dataclass

KINDS = ("step", "ramp", "flapping", "partial", "one_pod", "dependency")
SPREAD = "spread"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a shop; times are seconds after the recording began.

    `reaches` says how long after `begins` each service is reached. `size` is the share of requests that fail (`errors`) or the mean
    delay in seconds (`slow`), of which a `share` of requests has one.
    """

    kind: str
    flavour: str
    begins: float
    ends: float
    reaches: dict[str, float]
    size: float
    share: float = 1.0
    pod: str = ""
    route: str = ""
    rise: float = 0.0
    period: float = 0.0
    duty: float = 0.0

    def strength(self, service: str, pod: str, route: str, at: float) -> float:
        """How much of the fault a request meets, 0 to 1."""
        after = self.reaches.get(service)
        if after is None or not self.begins + after <= at < self.ends:
            return 0.0
        if (self.pod and pod != self.pod) or (self.route and route != self.route):
            return 0.0
        age = at - self.begins - after
        if self.period:
            return float(age % self.period < self.duty * self.period)
        return min(1.0, age / self.rise) if self.rise else 1.0
