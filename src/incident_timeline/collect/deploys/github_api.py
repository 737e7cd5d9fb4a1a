"""Asks GitHub's REST API for lists, page by page, by number: a link could lead to another host, and the token with it."""

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import httpx

from incident_timeline.collect.asking import check_refusal, in_flight
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import NaiveTimeError, SourceMalformed, SourceMissing
from incident_timeline.model.instants import parse_instant

PER_PAGE = 100
MOST_PAGES = 20
MOST_RUNS = 1_000  # a filtered list of workflow runs ends there, whatever its total_count says (apis.md 4.1)
_LAST = re.compile(r'[?&]page=(\d+)[^>]*>; rel="last"')

T = TypeVar("T")
Page = tuple[list[T], str]  # what a page lists, and its Link header


def ask_body(client: httpx.Client, path: str, params: dict[str, Any]) -> tuple[Any, str, str]:
    """The JSON behind a path, where in the bundle it lies, and the answer's Link header."""
    answer = client.get(path, params=params, headers={"accept": "application/vnd.github+json"})
    check_refusal("github", path, answer.status_code, answer.content)
    if answer.status_code == 404:
        raise SourceMissing(
            f"github: {path} is missing, or the token may not read it; check repo and the token's permissions"
        )
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code != 200 or body is None:
        raise SourceMalformed(f"github: {path} answered {answer.status_code} without a list; check url")
    return body, answer.headers.get(EVIDENCE, "deploys"), answer.headers.get("link", "")


def ask_list(
    client: httpx.Client, path: str, params: dict[str, Any], name: str | None = None
) -> tuple[list[tuple[dict[str, Any], str]], str]:
    """(row, pointer) of what one page lists, under `name` where the answer is an object; and its Link header."""
    body, where, link = ask_body(client, path, params)
    rows = body.get(name) if name and isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise SourceMalformed(f"github: {path} answered 200 without a list; check url")
    prefix = f"/{name}" if name else ""
    return [(row, f"{where}#{prefix}/{i}") for i, row in enumerate(rows) if isinstance(row, dict)], link


def ask_pages(page: Callable[[int], Page[T]], at: Callable[[T], datetime], oldest: datetime) -> tuple[list[T], bool]:
    """Pages newest first, until a whole page is older than `oldest`; and whether older ones were left out.

    From the first page it is guessed how many there are, and these are asked for together.
    """
    first, link = page(1)
    ahead = _pages_ahead(first, link, at, oldest)
    pages = [first, *(rows for rows, _ in in_flight(page, range(2, ahead + 1)))]
    while len(pages[-1]) == PER_PAGE and any(at(one) >= oldest for one in pages[-1]):
        if len(pages) == MOST_PAGES:
            return [one for rows in pages for one in rows], True
        pages.append(page(len(pages) + 1)[0])
    return [one for rows in pages for one in rows], False


def instant(value: Any) -> datetime | None:
    """A time of GitHub's, None for anything else."""
    try:
        return parse_instant(value, "github") if isinstance(value, str) else None
    except NaiveTimeError:
        return None


def _pages_ahead(first: list[T], link: str, at: Callable[[T], datetime], oldest: datetime) -> int:
    """How many pages reach back to `oldest` when rows come as densely as on the first; 1 where nobody can tell."""
    last = _LAST.search(link)
    if last is None or len(first) < PER_PAGE or at(first[-1]) < oldest:
        return 1
    span = (at(first[0]) - at(first[-1])).total_seconds()
    needed = math.ceil((at(first[0]) - oldest).total_seconds() / span) if span > 0 else MOST_PAGES
    return min(int(last[1]), needed, MOST_PAGES)
