"""What an answer says about itself: which page it is, whether there are more, and its warnings."""

from collections.abc import Mapping
from typing import Any

import msgspec


class _Envelope(msgspec.Struct):
    """The keys that PagerDuty, Prometheus and Slack put around their data; all others are skipped over."""

    more: Any = None
    total: Any = None
    offset: Any = None
    limit: Any = None
    has_more: Any = None
    warnings: Any = None
    infos: Any = None
    isPartial: Any = None  # noqa: N815, VictoriaMetrics' own name


_DECODER = msgspec.json.Decoder(_Envelope)


def page_and_warnings(body: bytes, headers: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(page facts, warnings) of an answer's body and headers; both empty where it says nothing of the kind."""
    page: dict[str, Any] = {}
    if 'rel="next"' in headers.get("link", ""):
        page["more"] = True
    try:
        said = _DECODER.decode(body)
    except msgspec.DecodeError:
        return page, ()
    for name in ("offset", "limit", "total"):
        value = getattr(said, name)
        if isinstance(value, int) and not isinstance(value, bool):
            page[name] = value
    if isinstance(said.more, bool) or isinstance(said.has_more, bool):
        page["more"] = bool(said.more or said.has_more)
    warnings = [str(w) for part in (said.warnings, said.infos) if isinstance(part, list) for w in part]
    if said.isPartial is True:
        warnings.append("the server says that the answer is partial")
    return page, tuple(warnings)
