"""Reads the transcript of a call (WebVTT): who said what, from the moment at which the recording began."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incident_timeline.collect.actors import names_machine
from incident_timeline.collect.chat_file import Heard
from incident_timeline.collect.records import decode_text
from incident_timeline.errors import InputFileError
from incident_timeline.model.events import event, event_id
from incident_timeline.model.instants import micros

PAUSE = timedelta(seconds=2)  # a speaker's next cue that comes sooner goes on with the sentence
_TIMING = re.compile(r"(?:(\d+):)?(\d{2}):(\d{2})[.,](\d{3})\s+-->\s+(?:(\d+):)?(\d{2}):(\d{2})[.,](\d{3})")
_VOICE = re.compile(r"<v(?:\.[\w.]+)?\s+([^>]+)>")
_TAG = re.compile(r"</?[^>]{0,80}>")
_SPEAKER = re.compile(r"^([^\W\d_][\w.'’ -]{0,60}?):\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class _Cue:
    """One stretch of speech, counted from the beginning of the recording."""

    begin: timedelta
    end: timedelta
    speaker: str | None
    text: str
    number: int


def read_webvtt(content: bytes, name: str, where: str, start: datetime, slack: timedelta) -> Heard:
    """chat.said rows of a transcript that begins at `start`, known to `slack` later; `until` is the end of the sentence.

    The cues of one speaker are joined up to the end of a sentence. Raises InputFileError for a text without cues.
    """
    cues = list(_cues(decode_text(content, name), name))
    if not cues:
        raise InputFileError(f"{name}: holds no cue (00:01:02.345 --> 00:01:05.000); give the transcript as WebVTT")
    rows: list[dict[str, Any]] = []
    for first, last, text in _sentences(cues):
        at = start + slack / 2 + first.begin
        detail = {"actor_name": first.speaker, "said": "on a call", "text": text if len(text) > 200 else None}
        fields = {key: value for key, value in detail.items() if value}
        machine = first.speaker is not None and names_machine(first.speaker)
        kind = "machine" if machine else "human" if first.speaker else "unknown"
        rows.append(
            event(at, "chat", "chat.said", f"call:{name}:{first.number}", text, evidence=f"{where}#/cue/{first.number}",
                  earliest=at - slack / 2, latest=at + slack / 2, until=start + slack / 2 + last.end, actor=first.speaker,
                  actor_kind=kind, detail=json.dumps(fields, ensure_ascii=False, sort_keys=True),
                  event_id=event_id("chat", "call", name, micros(start), first.number))
        )  # fmt: skip
    unnamed = sum(row["actor"] is None for row in rows)
    return Heard(rows, (f"{unnamed} of {len(rows)} sentences name no speaker",) if unnamed else ())


def _cues(text: str, name: str) -> Iterator[_Cue]:
    """The cues in the order of the file; notes, styles and the header are passed over."""
    if not text.lstrip("\ufeff").startswith("WEBVTT"):
        raise InputFileError(f"{name}: does not begin with WEBVTT; give the transcript as WebVTT (.vtt)")
    number = 0
    for block in re.split(r"\r?\n\r?\n", text):
        lines = block.strip().splitlines()
        place = next((i for i, line in enumerate(lines) if _TIMING.match(line.strip())), None)
        if place is None:
            continue
        match = _TIMING.match(lines[place].strip())
        assert match is not None
        number += 1
        said = "\n".join(lines[place + 1 :])
        voice = _VOICE.search(said)
        plain = " ".join(html.unescape(_TAG.sub("", said)).split())
        speaker = voice[1].strip() if voice else None
        if speaker is None and (named := _SPEAKER.match(plain)):
            speaker, plain = named[1], plain[named.end() :]
        if plain:
            yield _Cue(_span(match.groups()[:4]), _span(match.groups()[4:]), speaker, plain, number)


def _span(parts: tuple[str | None, ...]) -> timedelta:
    hours, minutes, seconds, millis = (int(part or 0) for part in parts)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=millis)


def _sentences(cues: list[_Cue]) -> Iterator[tuple[_Cue, _Cue, str]]:
    """(first cue, last cue, text) of each run of one speaker that goes on without a pause and without an end of a sentence."""
    run: list[_Cue] = []
    for cue in cues:
        goes_on = bool(run) and cue.speaker == run[-1].speaker and cue.begin - run[-1].end < PAUSE
        if run and (not goes_on or run[-1].text[-1] in ".?!"):
            yield run[0], run[-1], " ".join(one.text for one in run)
            run = []
        run.append(cue)
    if run:
        yield run[0], run[-1], " ".join(one.text for one in run)
