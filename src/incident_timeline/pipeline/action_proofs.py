"""Tests DONE WHEN against the real systems, and keeps a dated proof beside the document with every answer it rests on."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from incident_timeline.actions.verify import ItemProof, verify_item
from incident_timeline.collect.bundle import open_bundle
from incident_timeline.collect.http import live_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.proofs import Systems, make_testers, web_source
from incident_timeline.collect.redact import Redactor
from incident_timeline.collect.retry import Patience
from incident_timeline.config import Connection, Settings
from incident_timeline.errors import StorageError
from incident_timeline.model.actions import ActionsDocument
from incident_timeline.model.instants import rfc3339
from incident_timeline.model.predicates.testing import HOLDS
from incident_timeline.pipeline.writing import write_whole

FOLDER, PROOF = "proofs", "proof.json"
_QUICK = Patience(tries=2, total_s=20.0)


@dataclass(frozen=True, slots=True)
class Verified:
    """The proofs of one document and where they lie."""

    proofs: tuple[ItemProof, ...]
    folder: Path


def verify_document(
    document: ActionsDocument, settings: Settings, now: datetime, routes: Path | None, github: Connection | None
) -> Verified:
    """Tests every item that is not a project; answers and results lie in `proofs/<instant>/` beside the document."""
    stamp = now.strftime("%Y-%m-%dT%H-%M-%SZ")
    folder = Path(document.path).parent / FOLDER / stamp
    bundle = open_bundle(folder / "evidence")
    bundle.begin(now)
    network, clock = Network(), Clock(now=lambda: now)
    prometheus = settings.prometheus.connection if settings.prometheus else None
    redactor = Redactor(secret for one in (prometheus, github) if one for secret in one.secrets)

    def chain(source: str, kind: str, connection: Connection | None) -> Any:
        if connection is None:
            return None
        return live_transport(source, kind, connection, bundle, network, clock, patience=_QUICK, redactor=redactor)

    def web(origin: str) -> Any:
        return chain(web_source(origin), "web", Connection(origin))

    systems = Systems(
        now, chain("prometheus", "prometheus", prometheus), chain("github", "github", github), web, routes
    )
    testers = make_testers(systems)
    proofs = tuple(verify_item(item, testers) for item in document.items if not item.project)
    bundle.finish()
    network.close()
    row = {"at": rfc3339(now), "document": Path(document.path).name, "items": [asdict(one) for one in proofs]}
    write_whole(folder / PROOF, (json.dumps(row, indent=2, ensure_ascii=False) + "\n").encode())
    return Verified(proofs, folder)


def last_proofs(folder: Path) -> dict[str, tuple[str, str]]:
    """Of each item's key the instant and the verdict of its last proof beside a document; StorageError for a broken file."""
    return {key: proof for one in _proofs(folder) for key, proof in one.items()}


def verified_since(folder: Path) -> dict[str, str]:
    """Of each item whose last proof holds the instant of the first one since which all hold; StorageError for a broken file."""
    since: dict[str, str] = {}
    for one in _proofs(folder):
        for key, (at, verdict) in one.items():
            if verdict == HOLDS:
                since.setdefault(key, at)
            else:
                since.pop(key, None)
    return since


def _proofs(folder: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """Every proof beside a document, oldest first: item key -> (instant, verdict)."""
    for path in sorted((folder / FOLDER).glob(f"*/{PROOF}")):
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            yield {str(one["key"]): (str(row["at"]), str(one["verdict"])) for one in row["items"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageError(f"{path} is no proof ({error}); remove it, or verify again") from None


def github_connection(settings: Settings, token: str | None) -> Connection:
    """GitHub as a [[deploys]] table names it, else the public address with the token of the environment."""
    configured = next((one.connection for one in settings.deploys if one.kind == "github"), None)
    return configured or Connection("https://api.github.com", token=token)
