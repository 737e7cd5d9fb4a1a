"""What a query is: its question, its PromQL with the service and the range to fill in, and what it aims at."""

from dataclasses import dataclass
from string import Template


@dataclass(frozen=True, slots=True)
class Query:
    """One query: either `query`, or `errors` and `total` for a ratio, with $service and $range to fill in."""

    name: str
    signal: str
    question: str
    query: str | None
    errors: str | None
    total: str | None
    unit: str
    worse: str
    source: str
    path: str
    objective: float | None = None  # the share of good requests that is aimed at, 0..1; from an SLO file
    period_s: float | None = None  # the period that the objective is for
    about: str | None = None  # what $service is filled with, where it is not the service's own name

    def expressions(self, service: str, range_s: float) -> dict[str, str]:
        """PromQL by series name: the query itself and, for a ratio, `<name>.errors` and `<name>.total` beside it."""
        named = (self.about or service).replace("\\", "\\\\").replace('"', '\\"')
        fill = {"service": named, "range": f"{range_s:g}s"}
        if self.query is not None:
            return {self.name: Template(self.query).safe_substitute(fill)}
        errors = Template(self.errors or "").safe_substitute(fill)
        total = Template(self.total or "").safe_substitute(fill)
        return {self.name: f"({errors}) / ({total})", f"{self.name}.errors": errors, f"{self.name}.total": total}

    @property
    def role(self) -> str:
        """Latency and errors are what users feel (an SLI); traffic and saturation are looked at beside them."""
        return "sli" if self.signal in ("latency", "errors") else "resource"
