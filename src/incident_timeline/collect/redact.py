"""Cuts secrets, phone numbers and e-mail addresses out of what is stored, and counts the cuts."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

CUTS = {"secret": "[secret]", "phone": "[phone]", "e-mail": "[e-mail]"}

_SECRET_KEYS = re.compile(
    r"(?:^|_)(?:routing_key|integration_key|service_key|api_?key|token|password|passwd|secret|authorization|private_key|"
    r"client_secret|cookie|credentials)$",
    re.IGNORECASE,
)
_PHONE_KEYS = re.compile(r"(?:^|_)(?:phone|phone_number|telephone|mobile)$", re.IGNORECASE)
_SECRETS = re.compile(
    r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{8,}|glsa_\w{16,}|AKIA[0-9A-Z]{16}|"
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+)"
    r"|(?<=://)[^\s/@:\"]+:[^\s/@\"]+(?=@)"
    r"|(?<=hooks\.slack\.com/services/)[\w/]+"
    r"|(?:(?<=Bearer )|(?<=token=)|(?<=api_key=)|(?<=password=))[\w.~+/=-]{8,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    re.DOTALL,
)
# The look-behind begins a match at the start of a word only: without it a word of a megabyte is read once for each letter.
_MAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]+(?:@|%40)(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b")
# International with a plus, or grouped as in North America; bare digits are ids, times and samples far more often.
_PHONE = re.compile(
    r"(?<![\w.])\+\d(?:[ .()-]{0,2}\d){7,14}(?!\d)|(?<![\w.-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])"
)
# A body without any of these needs no reading: it saves parsing answers of tens of megabytes.
_ANCHORS = (
    b"@", b"ghp_", b"github_pat_", b"glpat-", b"xox", b"glsa_", b"AKIA", b"eyJ", b"hooks.slack", b"Bearer ", b"PRIVATE KEY",
    b"oken", b"assw", b"ecret", b"uthorization", b"_key", b"ookie", b"redential", b"hone", b"obile",
)  # fmt: skip
_PHONE_BYTES = re.compile(rb"\+\d[\d .()-]{7}|\d{3}[-. )]{1,2}\d{3}[-. ]\d{4}")
_SAMPLES, _SAMPLES_END = b'"values":[[', b"]]"


class Redactor:
    """Cuts what no record may hold; `secrets` are the run's own, cut wherever they stand. Safe to share by threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.secrets = tuple(sorted((s for s in set(secrets) if len(s) >= 4), key=len, reverse=True))

    def text(self, text: str, cuts: Counter[str]) -> str:
        """The text without secrets, addresses and numbers; adds to `cuts` by kind."""
        for secret in self.secrets:
            if secret in text:
                cuts["secret"] += text.count(secret)
                text = text.replace(secret, CUTS["secret"])
        for kind, pattern in (("secret", _SECRETS), ("e-mail", _MAIL), ("phone", _PHONE)):
            text, found = pattern.subn(CUTS[kind], text)
            if found:
                cuts[kind] += found
        return text

    def body(self, body: bytes) -> tuple[bytes, dict[str, int]]:
        """A body without what must not be stored, and the number of cuts by kind.

        JSON and JSON Lines are read as such, so that an address behind an escape is seen and the answer stays valid; a body
        in which nothing is cut keeps every byte.
        """
        if not self._suspicious(body):
            return body, {}
        cuts: Counter[str] = Counter()
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return body, {}
        try:
            cleaned = self._json(text, cuts)
        except ValueError:
            lines = text.split("\n")
            cleaned = "\n".join(self._line(line, cuts) for line in lines)
        return (cleaned.encode("utf-8", "surrogatepass"), dict(sorted(cuts.items()))) if cuts else (body, {})

    def _suspicious(self, body: bytes) -> bool:
        looked_at = _outside_samples(body)
        if any(anchor in looked_at for anchor in _ANCHORS) or _PHONE_BYTES.search(looked_at):
            return True
        return any(secret.encode() in looked_at for secret in self.secrets)

    def _line(self, line: str, cuts: Counter[str]) -> str:
        if line.lstrip()[:1] in ("{", "["):
            try:
                return self._json(line, cuts)
            except ValueError:
                pass
        return self.text(line, cuts)

    def _json(self, text: str, cuts: Counter[str]) -> str:
        value = json.loads(text)
        before = cuts.total()
        cleaned = self._value(value, cuts)
        if cuts.total() == before:
            return text
        start, end = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return start + json.dumps(cleaned, ensure_ascii=False, separators=(",", ":")) + end

    def _value(self, value: Any, cuts: Counter[str], key: str = "") -> Any:
        if isinstance(value, dict):
            return {self.text(k, cuts): self._value(v, cuts, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self._value(item, cuts, key) for item in value]
        if not isinstance(value, str) or not value:
            return value
        for kind, keys in (("secret", _SECRET_KEYS), ("phone", _PHONE_KEYS)):
            if keys.search(key) and value not in CUTS.values():
                cuts[kind] += 1
                return CUTS[kind]
        return self.text(value, cuts)


def _outside_samples(body: bytes) -> bytes:
    """A Prometheus matrix without its sample arrays, which hold only numbers; anything else as it is."""
    start = body.find(_SAMPLES)
    if start < 0:
        return body
    kept, position = [], 0
    while start >= 0:
        end = body.find(_SAMPLES_END, start)
        kept.append(body[position:start])
        position = len(body) if end < 0 else end + len(_SAMPLES_END)
        start = body.find(_SAMPLES, position)
    return b"".join([*kept, body[position:]])
