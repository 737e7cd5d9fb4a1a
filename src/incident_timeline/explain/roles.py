"""Gives people roles in the order in which they acted, and puts the roles in the place of names inside quotations."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

# Kinds that one does as a responder; who is only on record for changes is `author` of them, not a responder.
_RESPONDING = (
    "incident.acknowledged", "incident.escalated", "incident.assigned", "incident.snoozed", "incident.merged",
    "incident.resolved", "incident.reopened", "incident.priority_changed", "responder.requested", "responder.joined",
    "responder.declined", "note.added", "chat.said", "status.updated", "deploy.approved", "service.restarted",
)  # fmt: skip
_SYSTEMS = {
    "alertmanager": "Alertmanager", "prometheus": "Prometheus", "pagerduty": "PagerDuty", "github": "GitHub",
    "github-actions": "GitHub Actions", "github-actions[bot]": "GitHub Actions", "jenkins": "Jenkins", "argocd": "Argo CD",
    "slackbot": "Slackbot",
}  # fmt: skip
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_SLACK_MENTION = re.compile(r"<@([\w-]{1,64})(?:\|([^<>]{1,80}))?>")
_MENTION = re.compile(r"(?<![\w.@/])@([\w][\w.-]{0,62}\w|\w)")
_GROUPS = frozenset({"here", "channel", "everyone", "all", "team", "oncall", "on-call"})
# First and last names that are also words of a technical conversation: taken for a name only with a capital, inside a sentence.
_ALSO_WORDS = frozenset(
    re.findall(
        r"\w+",
        "will mark may bill rob grant art drew jack grace hope faith joy rose dawn june april august chase page frank rich sue "
        "pat don dean guy miles chance max min ray sky gene lance wade ward wright young king long short brown green white "
        "black gray hill woods stone bush baker cook hunter mason cooper porter parker taylor case day read service checkout "
        "post sandy summer star rule key field ford lane love price sharp small wise best bird wolf fox lake park banks "
        "admin root user bot system deploy",
    )
)


class Named(dict[str, str]):
    """Actors under their own names, as `--names` asks; quotations then keep theirs too."""


def name_people(events: pl.DataFrame) -> Named:
    """Every actor under the full name that its source gives, else under its key."""
    rows = list(events.filter(pl.col("actor").is_not_null()).iter_rows(named=True))
    names = _full_names([row for row in rows if row["actor_kind"] == "human"])
    return Named(
        {row["actor"]: names.get(row["actor"]) or _SYSTEMS.get(row["actor"].casefold(), row["actor"]) for row in rows}
    )


def assign_roles(events: pl.DataFrame) -> Mapping[str, str]:
    """The role of every actor of the event frame: `responder A`, `responder B`, ... for people, a name for machines.

    Responder A is the person who acknowledged first, else who acted first; the others follow in the order of their first
    act. People who are on record only for changes are `author A`, ..., actors of unknown kind `someone A`, .... Two keys
    with the same full name are one person, and so is a login that is spelled from one person's name and from no other's.
    """
    rows = list(events.filter(pl.col("actor").is_not_null()).iter_rows(named=True))
    people = [row for row in rows if row["actor_kind"] == "human"]
    full_names = _full_names(people)
    first_ack = next((row for row in people if row["kind"] == "incident.acknowledged"), None)
    responding = [row for row in people if row["kind"] in _RESPONDING]
    ordered = ([first_ack] if first_ack else []) + responding
    roles = _letters("responder", ordered, full_names, {})
    roles = _letters("author", people, full_names, roles)
    roles = _letters("someone", [row for row in rows if row["actor_kind"] == "unknown"], full_names, roles)
    for row in rows:
        roles.setdefault(row["actor"], _SYSTEMS.get(row["actor"].casefold(), row["actor"]))
    return roles


def _full_names(people: list[dict[str, Any]]) -> dict[str, str]:
    """Actor -> full name; a login without one has that of the only person whose name it is spelled from."""
    given: dict[str, str] = {}
    for row in people:
        given[row["actor"]] = given.get(row["actor"]) or _actor_name(row)
    whole = {name for name in given.values() if len(name.split()) > 1}
    found = {actor: name for actor, name in given.items() if name}
    for actor, name in given.items():
        if len(name.split()) > 1:
            continue
        spelled = sorted(one for one in whole if _spelled_from(name or actor, one))
        if len({one.casefold() for one in spelled}) == 1:
            found[actor] = spelled[0]
    return found


def _spelled_from(login: str, full_name: str) -> bool:
    """`asha-v`, `jlindqvist`, `miriam.oy` of a first and a last name; a first name alone is not enough."""
    parts = [re.sub(r"\W", "", part.casefold()) for part in full_name.split()]
    first, last, key = parts[0], parts[-1], re.sub(r"[\W_]", "", login.casefold())
    by_first = key.startswith(first) and len(key) > len(first) and last.startswith(key[len(first) :])
    return by_first or (len(last) > 2 and key == first[:1] + last)


def _letters(
    word: str, rows: list[dict[str, Any]], full_names: Mapping[str, str], taken: Mapping[str, str]
) -> dict[str, str]:
    roles = dict(taken)
    by_name = {full_names[actor].casefold(): role for actor, role in roles.items() if actor in full_names}
    used = 0
    for row in rows:
        actor = row["actor"]
        if actor in roles:
            continue
        name = full_names.get(actor, "").casefold()
        if name and name in by_name:
            roles[actor] = by_name[name]
            continue
        roles[actor] = f"{word} {_letter(used)}"
        used += 1
        if name:
            by_name[name] = roles[actor]
    return roles


def _letter(index: int) -> str:
    """A, B, ..., Z, AA, AB, ... for 0, 1, ...."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def names_of(events: pl.DataFrame, roles: Mapping[str, str]) -> Mapping[str, str]:
    """Every name a person of the frame may be called by in a text -> that person's role, longest name first."""
    names: dict[str, str] = {}
    for row in events.filter((pl.col("actor_kind") != "machine") & pl.col("actor").is_not_null()).iter_rows(named=True):
        role = roles.get(row["actor"])
        if role is None:
            continue
        for name in (row["actor"], *_forms(_actor_name(row))):
            if len(name) > 1:
                names.setdefault(name.casefold(), role)
    for name in _asked(events):
        for form in _forms(name):
            names.setdefault(form.casefold(), "somebody")
    return dict(sorted(names.items(), key=lambda item: (-len(item[0]), item[0])))


def _actor_name(row: Mapping[str, Any]) -> str:
    detail = row.get("detail")
    if not detail or "actor_name" not in detail:
        # a file of events names people in full where a directory would give their key
        return row["actor"] if row["actor_kind"] == "human" and " " in row["actor"].strip() else ""
    try:
        name = json.loads(detail).get("actor_name")
    except (ValueError, AttributeError):
        return ""
    return name.strip() if isinstance(name, str) else ""


def _asked(events: pl.DataFrame) -> Iterator[str]:
    """Names of people who were asked or assigned, who may never have acted."""
    for detail in events.filter(pl.col("detail").str.contains('"whom"', literal=True))["detail"]:
        try:
            whom = json.loads(detail).get("whom")
        except (ValueError, AttributeError):
            continue
        yield from (one for one in whom or [] if isinstance(one, str))


def _forms(full_name: str) -> Iterator[str]:
    """A full name as people write it: whole, each part, and the logins that `_spelled_from` reads, `asha-v` to `avenkat`."""
    parts = [part for part in re.split(r"[\s,]+", full_name) if len(part) > 1]
    if not parts:
        return
    yield full_name
    if len(parts) > 1:
        first, last = parts[0], parts[-1]
        yield from (f"{first}{joint}{last[:length]}" for joint in "._-" for length in range(1, len(last) + 1))
        yield from [f"{first[0]}{last}"] if len(last) > 2 else []
    yield from parts


def hide_names(text: str, names: Mapping[str, str]) -> str:
    """The text with people's names, mentions and e-mail addresses as roles; unknown ones as `somebody`.

    `names` is what `names_of` gives. A name that is also a common word is taken for a name only when it is written with a
    capital inside a sentence.
    """

    def role_of(name: str) -> str:
        key = name.casefold()
        return names.get(key) or names.get(re.split(r"[._@-]", key)[0]) or "somebody"

    def mention(found: re.Match[str]) -> str:
        return found[0] if found[1].casefold() in _GROUPS else role_of(found[1])

    text = _SLACK_MENTION.sub(lambda m: role_of(m[1]) if m[1].casefold() in names else role_of(m[2] or m[1]), text)
    text = _EMAIL.sub(lambda m: role_of(m[0].split("@")[0]), text)
    text = _MENTION.sub(mention, text)
    folded = text.casefold()
    for name, role in names.items():
        if name in folded:
            text = re.sub(_pattern(name), lambda m, role=role: _in_place(m, role), text, flags=re.IGNORECASE)  # type: ignore[misc]
            folded = text.casefold()
    return text


def _pattern(name: str) -> str:
    return rf"(?<![\w@]){re.escape(name)}(?!\w)"


def _in_place(found: re.Match[str], role: str) -> str:
    name = found[0]
    if name.casefold() in _ALSO_WORDS:
        before = found.string[: found.start()].rstrip()
        inside = bool(before) and (before[-1].isalnum() or before[-1] in ",:;(")
        if not (name[0].isupper() and inside):
            return name
    return role
