"""Tells whether a deployment goes back to an older state, from its own words and from the shas before it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

BACK = re.compile(r"\b(roll(?:ed|ing|s)?[ -]?back|rollback|revert(?:ed|ing|s)?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What telling a rollback needs of one deployment; `place` is (service, environment), `landed` None where unknown."""

    id: str
    at: datetime
    place: tuple[str | None, str | None]
    sha: str
    words: str  # its task, description and payload
    landed: bool | None


@dataclass(frozen=True, slots=True)
class Direction:
    """Whether it goes back, to which sha, from which, and why we think so."""

    is_rollback: bool
    to_sha: str | None
    previous_sha: str | None
    why: str


def directions(deployments: Iterable[Deployment]) -> dict[str, Direction]:
    """The direction of each deployment by id, in the order of apis.md section 4.

    First its own words; else a sha that was live before in the same place, another one since, is a rollback; the sha that is
    live already is deployed again. One that failed leaves what was live as it was.
    """
    live: dict[tuple[str | None, str | None], list[str]] = {}
    found: dict[str, Direction] = {}
    for one in sorted(deployments, key=lambda d: (d.at, d.id.zfill(20))):
        before = live.setdefault(one.place, [])
        previous = before[-1] if before else None
        if match := BACK.search(one.words):
            direction = Direction(True, one.sha, previous, f"it says {match[0]!r}")
        elif previous is None:
            direction = Direction(False, None, None, "no earlier deployment to this place is known")
        elif one.sha == previous:
            direction = Direction(False, None, previous, "the sha that was live, deployed again")
        elif one.sha in before:
            direction = Direction(True, one.sha, previous, "a sha that was live before, with another in between")
        else:
            direction = Direction(False, None, previous, "a sha that was not live in the days before")
        found[one.id] = direction
        if one.landed is not False:
            before.append(one.sha)
    return found
