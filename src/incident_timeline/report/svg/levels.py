"""Places texts that hang on instants: flags on levels, none meeting another, a stem or an obstacle; nothing is dropped."""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_CROWD = 40  # more marks than this in one cluster: their shortest texts only, bundled where they must be


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distances in px that texts keep."""

    gap: float = 7.0  # between two texts of one level
    reach: float = 3.0  # from a stem to its own text
    clear: float = 1.5  # from stems and obstacles


@dataclass(frozen=True, slots=True)
class Flag:
    """A text that hangs on a mark at x, in several lengths, longest first; `name` is what a bundle calls it."""

    x: float
    forms: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A text that stands: level 0 is next to the marks; `flags` are the indices of the marks that it names."""

    flags: tuple[int, ...]
    x: float  # of the stem, px
    left: float
    right: float
    level: int
    text: str


@dataclass(slots=True)
class _Unit:
    """What one text is to name: one flag, or several that had no room each."""

    x: float
    forms: tuple[str, ...]
    flags: tuple[int, ...]


@dataclass(slots=True)
class _Ground:
    """The place taken so far: texts of each level and stems, from x0 to x1."""

    x0: float
    x1: float
    levels: int
    obstacles: list[float]
    measure: Callable[[str], float]
    spacing: Spacing
    placed: list[Placed] = field(default_factory=list)

    def free(self, x: float, left: float, right: float, level: int, *, soft: bool) -> bool:
        gap, clear = self.spacing.gap, self.spacing.clear
        if left < self.x0 or right > self.x1:
            return False
        if not soft:
            at = bisect_left(self.obstacles, left - clear)
            if at < len(self.obstacles) and self.obstacles[at] < right + clear:
                return False
        for other in self.placed:
            if other.level == level and left < other.right + gap and other.left < right + gap:
                return False
            if other.level > level and left - clear < other.x < right + clear:
                return False
            if other.level < level and other.left - clear < x < other.right + clear:
                return False
        return True

    def put(self, unit: _Unit, forms: Sequence[str], earlier: Sequence[float], *, soft: bool) -> bool:
        """Places the first form that finds room; to the right on the lowest level, else to the left."""
        x, reach = unit.x, self.spacing.reach
        for form in forms:
            width = self.measure(form)
            covers = any(x - reach - width <= mark < x for mark in earlier)
            upwards = range(self.levels)
            for sides, left in ((upwards, x + reach), (reversed(upwards) if covers else upwards, x - reach - width)):
                for level in sides:
                    if self.free(x, left, left + width, level, soft=soft):
                        self.placed.append(Placed(unit.flags, x, left, left + width, level, form))
                        return True
        return False


def name_run(names: Sequence[str]) -> str:
    """Several marks named together: `E7–E9` for a run of numbers, `E7, E12`, else first, last and how many."""
    known = [name for name in names if name]
    if len(known) < 2:
        return known[0] if known and len(names) == 1 else f"{len(names)} entries"
    numbers = [int(found[2]) for name in known if (found := re.fullmatch(r"(\D*)(\d+)", name))]
    if len(numbers) == len(known) and all(b - a == 1 for a, b in pairwise(sorted(numbers))):
        ordered = sorted(known, key=lambda name: int(re.sub(r"\D", "", name)))
        return f"{ordered[0]}–{ordered[-1]}"
    if len(known) == 2:
        return f"{known[0]}, {known[1]}"
    return f"{known[0]} … {known[-1]} ({len(known)})"


def fit(
    flags: Sequence[Flag],
    x0: float,
    x1: float,
    levels: int,
    obstacles: Sequence[float],
    measure: Callable[[str], float],
    bundle: Callable[[Sequence[str]], str] = name_run,
    spacing: Spacing = Spacing(),
) -> tuple[Placed, ...]:
    """Texts for all flags inside [x0, x1] on at most `levels` levels, in the order of their x.

    Marks fall into clusters whose longest texts could touch. In a cluster full texts are tried on 1, 2, ... levels, then
    shorter ones where need be; where that leaves one out, all stand in their shortest form and are lengthened round by
    round where there is room. What has no room even then is named together with its neighbour by `bundle`. Only where
    even that fails may a text lie over an obstacle (it then needs a halo). From right to left each text takes the lowest
    free level, so a text that starts at its own x never lies on the stem of an earlier mark: no search, no backtracking.
    """
    order = sorted(range(len(flags)), key=lambda i: (flags[i].x, i))
    units = [_Unit(flags[i].x, flags[i].forms, (i,)) for i in order if flags[i].forms]
    ground = _Ground(x0, x1, max(levels, 1), sorted(obstacles), measure, spacing)
    for cluster in reversed(_clusters(units, measure, spacing)):
        _place(cluster, ground, flags, bundle)
    return tuple(sorted(ground.placed, key=lambda p: (p.x, p.flags)))


def _clusters(units: list[_Unit], measure: Callable[[str], float], spacing: Spacing) -> list[list[_Unit]]:
    found: list[tuple[list[_Unit], float]] = []  # each with the x up to which its texts may reach
    for unit in units:
        reach = measure(unit.forms[0]) + spacing.reach + spacing.gap
        cluster, end = [unit], unit.x + reach
        while found and unit.x - reach < found[-1][1]:  # a long text may reach back over more than one
            before, until = found.pop()
            cluster, end = before + cluster, max(end, until)
        found.append((cluster, end))
    return [cluster for cluster, _ in found]


def _place(
    cluster: list[_Unit], ground: _Ground, flags: Sequence[Flag], bundle: Callable[[Sequence[str]], str]
) -> None:
    longest = max(len(unit.forms) for unit in cluster)
    tries = [(1, levels) for levels in range(1, ground.levels + 1)]
    tries += [(count, ground.levels) for count in range(2, longest + 1)]
    for count, levels in tries if len(cluster) <= _CROWD else ():
        if not _attempt(cluster, ground, levels, lambda unit, count=count: unit.forms[:count]):  # type: ignore[misc]
            return
    while True:
        before = len(ground.placed)
        left_over = _attempt(cluster, ground, ground.levels, lambda unit: unit.forms[-1:])
        if not left_over:
            if len(cluster) <= _CROWD:
                _lengthen(cluster, ground, before)
            return
        if len(cluster) == 1:
            break
        cluster = _merge(cluster, left_over, flags, bundle)
    _attempt(cluster, ground, ground.levels, lambda unit: unit.forms[-1:], soft=True)


def _lengthen(cluster: list[_Unit], ground: _Ground, first: int) -> None:
    """Where every text stands in its shortest form: round by round each takes a longer one that finds room beside the others."""
    longest = max(len(unit.forms) for unit in cluster)
    for shorter_by in range(longest - 1, 0, -1):  # the least longer form for all before a still longer one for any
        for unit in reversed(cluster):
            if len(unit.forms) <= shorter_by:
                continue
            at = next(i for i in range(first, len(ground.placed)) if ground.placed[i].flags == unit.flags)
            short = ground.placed.pop(at)
            earlier = [other.x for other in cluster if other.x < unit.x]
            if not ground.put(unit, unit.forms[shorter_by - 1 : shorter_by], earlier, soft=False):
                ground.placed.append(short)


def _attempt(
    cluster: list[_Unit],
    ground: _Ground,
    levels: int,
    forms: Callable[[_Unit], Sequence[str]],
    *,
    soft: bool = False,
) -> set[int]:
    """Places a cluster whole and returns nothing, or leaves the ground as it was and returns what had no room."""
    kept, before = ground.levels, list(ground.placed)
    ground.levels = levels
    marks = [unit.x for unit in cluster]
    left_over = {
        i for i in reversed(range(len(cluster))) if not ground.put(cluster[i], forms(cluster[i]), marks[:i], soft=soft)
    }
    ground.levels = kept
    if left_over:
        ground.placed = before
    return left_over


def _merge(
    cluster: list[_Unit], left_over: set[int], flags: Sequence[Flag], bundle: Callable[[Sequence[str]], str]
) -> list[_Unit]:
    """Every unit that had no room together with its neighbour to the left, the first with that to the right."""
    groups: list[list[_Unit]] = []
    join_next = False
    for i, unit in enumerate(cluster):
        if groups and (join_next or i in left_over):
            groups[-1].append(unit)
            join_next = False
        else:
            groups.append([unit])
            join_next = i in left_over
    merged = []
    for group in groups:
        indices = tuple(i for unit in group for i in unit.flags)
        forms = group[0].forms if len(group) == 1 else (bundle([flags[i].name for i in indices]),)
        merged.append(_Unit(group[0].x, forms, indices))
    return merged
