"""Draws which shop has which fault when, and how large, from a seed; the plan is committed before it is recorded.

Sizes are drawn evenly on a log scale from barely there to plain, so that some faults are hard to see. Nothing here was chosen by
looking at what an estimator makes of it.
"""

import json
import math
import random
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.lab.windows.faults import KINDS, SPREAD, Fault

SHOPS = 18
SLOT_S = 960.0
WARM_UP_S = 90.0
PODS = ("checkout-1", "checkout-2", "checkout-3")
ROUTES = {"browse": 0.45, "cart": 0.25, "pay": 0.3}


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a plan is drawn from: a seed, windows a shop, and how many faults of each kind and spreading ones they hold."""

    seed: int
    windows: int
    of_each_kind: int
    spreading: int


# By the fixture's folder. The second was drawn and recorded after the estimators had been mended on the first.
DRAWINGS = {"windows": Drawing(20261125, 5, 7, 6), "windows_unseen": Drawing(20261126, 2, 2, 12)}


@dataclass(frozen=True, slots=True)
class Slot:
    """One window of one shop: with one fault, or quiet."""

    case: str
    shop: str
    starts: float
    ends: float
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Plan:
    """All windows, and how many requests a second each shop gets."""

    seed: int
    per_s: dict[str, float]
    slots: tuple[Slot, ...]

    @property
    def lasts(self) -> float:
        """Seconds from the beginning of the recording to the end of its last window."""
        return max(slot.ends for slot in self.slots)


def draw(name: str) -> Plan:
    """The plan that the drawing of this name gives."""
    drawing = DRAWINGS[name]
    dice = random.Random(drawing.seed)
    kinds: list[str | None] = [kind for kind in KINDS for _ in range(drawing.of_each_kind)]
    kinds += [SPREAD] * drawing.spreading
    kinds += [None] * (SHOPS * drawing.windows - len(kinds))
    dice.shuffle(kinds)
    shops = [f"shop{number:02}" for number in range(1, SHOPS + 1)]
    slots = []
    for number, kind in enumerate(kinds):
        shop, begun = shops[number % SHOPS], WARM_UP_S + SLOT_S * (number // SHOPS)
        fault = None if kind is None else _fault(dice, kind, begun)
        starts, ends = begun + dice.uniform(0, 100), begun + SLOT_S - dice.uniform(0, 60)
        name = f"{kind or 'quiet'}-{shop}-{number // SHOPS + 1}"
        slots.append(Slot(name, shop, round(starts, 3), round(ends, 3), fault))
    return Plan(drawing.seed, {shop: round(_even_log(dice, 2.5, 8), 2) for shop in shops}, tuple(slots))


def _fault(dice: random.Random, kind: str, slot: float) -> Fault:
    begins = slot + dice.uniform(400, 560)
    lasts = dice.uniform(240, 270) if kind == SPREAD else dice.uniform(180, 270)
    flavour = dice.choice(("errors", "slow"))
    low, high = _SIZES[kind][flavour]
    gap = dice.uniform(40, 60)
    reaches = {
        "dependency": {dice.choice(("payments", "orders", "stock")): 0.0},
        SPREAD: {"checkout": 0.0, "payments": round(gap, 3), "orders": round(2 * gap, 3)},
    }
    return Fault(
        kind, flavour, round(begins, 3), round(begins + lasts, 3), reaches.get(kind, {"checkout": 0.0}),
        round(_even_log(dice, low, high), 4),
        share=round(dice.uniform(0.3, 1.0), 3) if flavour == "slow" else 1.0,
        pod=dice.choice(PODS) if kind == "one_pod" else "",
        route=dice.choice(tuple(ROUTES)) if kind == "partial" else "",
        rise=round(dice.uniform(60, 0.8 * lasts), 3) if kind == "ramp" else 0.0,
        period=round(dice.uniform(20, 80), 3) if kind == "flapping" else 0.0,
        duty=round(dice.uniform(0.4, 0.7), 3) if kind == "flapping" else 0.0,
    )  # fmt: skip


# The share that fails, or the mean delay in seconds; a part of the traffic is hit harder than the whole of it.
_WHOLE = {"errors": (0.03, 0.6), "slow": (0.04, 0.8)}
_PART = {"errors": (0.15, 1.0), "slow": (0.1, 1.5)}
_SIZES = {
    "step": _WHOLE, "ramp": _WHOLE, "flapping": _WHOLE, "partial": _PART, "one_pod": _PART,
    "dependency": {"errors": (0.05, 0.7), "slow": (0.08, 3.0)},
    SPREAD: {"errors": (0.08, 0.4), "slow": (0.1, 0.8)},
}  # fmt: skip


def _even_log(dice: random.Random, low: float, high: float) -> float:
    return math.exp(dice.uniform(math.log(low), math.log(high)))


def path_of(name: str) -> Path:
    """Where a plan is committed."""
    return Path(__file__).with_name(f"{name}.json")


def write(name: str) -> None:
    """Draws a plan and writes it, one window a line."""
    plan = draw(name)
    rows = ",\n".join("  " + json.dumps(asdict(slot)) for slot in plan.slots)
    head = json.dumps({"seed": plan.seed, "per_s": plan.per_s})[:-1]
    path_of(name).write_text(f'{head}, "slots": [\n{rows}\n]}}\n', encoding="utf-8")


def read(name: str) -> Plan:
    """The committed plan of this name."""
    given: dict[str, Any] = json.loads(path_of(name).read_text(encoding="utf-8"))
    slots = tuple(Slot(**{**row, "fault": row["fault"] and Fault(**row["fault"])}) for row in given["slots"])
    return Plan(given["seed"], given["per_s"], slots)
