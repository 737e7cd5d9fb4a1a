"""Facts about sending action items to GitHub: only with --send, each once, in the official form, and back in as state."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator

from incident_timeline.actions.issues import read_issues
from incident_timeline.actions.parse import parse_actions
from incident_timeline.collect.issues import LABEL, list_issues
from incident_timeline.config import Connection
from incident_timeline.deliver.issues import sync_issues
from incident_timeline.errors import SourceMalformed, SourceMissing, SourceRefused, StorageError, UsageError
from incident_timeline.model.actions import ActionItem
from incident_timeline.pipeline.action_documents import read_document
from incident_timeline.pipeline.action_sync import send_issues, with_issue_states
from tests.lab.servers import Servers, free_port, wait_for

SPEC_FILE = Path(__file__).parents[1] / "lab" / "specs" / "github_issues.json"
SPEC = json.loads(SPEC_FILE.read_text(encoding="utf-8"))
TEXT = """Incident 2026-11-17

## Actions
1. WHAT: Page on lag & <load> over 5 s
   - DONE WHEN: rule Lag exists
   - DONE WHEN: alert Lag fired since 2026-11-18 in staging
   - OWNER: Ada Li
   - DUE: 2026-11-30
   - VERIFY: demo
2. WHAT: Limit the pool
   - DONE WHEN: pr acme/shop#7 is merged
"""
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Repository:
    """A repository that keeps state and holds every request against the official description."""

    def __init__(self) -> None:
        self.issues: list[dict[str, Any]] = []
        self.sent: list[tuple[str, str]] = []
        self.faults: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """GitHub's answer, and what the official description has against the body."""
        method, path = request.method.lower(), request.url.path
        self.sent.append((method, path))
        numbered = re.fullmatch(r"/repos/acme/shop/issues(?:/(\d+))?", path)
        assert numbered
        name = "/repos/{owner}/{repo}/issues" + ("/{issue_number}" if numbered[1] else "")
        operation = SPEC["paths"][name][method]
        if method == "get":
            page, size = int(request.url.params["page"]), int(request.url.params["per_page"])
            return httpx.Response(200, json=self.issues[(page - 1) * size : page * size])
        body = json.loads(request.content)
        schema = {**operation["requestBody"]["content"]["application/json"]["schema"], "components": SPEC["components"]}
        self.faults += [error.message for error in Draft4Validator(schema).iter_errors(body)]
        if method == "post":
            number = len(self.issues) + 1
            url = f"https://github.com/acme/shop/issues/{number}"
            self.issues.append({"number": number, "state": "open", "html_url": url, **body})
            return httpx.Response(201, json=self.issues[-1])
        self.issues[int(numbered[1]) - 1] |= body
        return httpx.Response(200, json=self.issues[int(numbered[1]) - 1])


def items(text: str = TEXT) -> tuple[ActionItem, ...]:
    """The two items."""
    return parse_actions(text, "INC-1/postmortem.md").items


def sync(repository: Repository, these: tuple[ActionItem, ...], incident: str = "INC-1") -> list[tuple[str, int, str]]:
    """What was done with each item."""
    transport = httpx.MockTransport(repository)
    done = sync_issues(transport, "acme/shop", incident, these, LABEL, list_issues(transport, "acme/shop"))
    return [(one.did, one.number, one.state) for one in done]


def test_each_item_becomes_one_issue_however_often_it_is_sent() -> None:
    """A second run sends nothing; the bodies fit the official description."""
    repository = Repository()

    assert [("created", 1, "open"), ("created", 2, "open")] == sync(repository, items())
    before = len(repository.sent)
    assert [("same", 1, "open"), ("same", 2, "open")] == sync(repository, items())
    assert (["get"], []) == ([method for method, _ in repository.sent[before:]], repository.faults)


def test_an_issue_is_read_back_as_the_item_that_it_was() -> None:
    """Out and in again: the form in the body is the form that lint reads."""
    repository = Repository()
    sync(repository, items())
    back = read_issues(repository.issues, "acme/shop").items

    for field in ("what", "done", "owner", "due", "verify"):
        assert [[one.text for one in getattr(item, field)] for item in items()] == [
            [one.text for one in getattr(item, field)] for item in back
        ]
    assert [item.key for item in items()] == [item.key for item in back]


def test_only_what_changed_is_sent_and_people_may_retitle() -> None:
    """A new date changes one issue; a closed item closes its issue; one that a person closed stays closed."""
    repository = Repository()
    sync(repository, items())
    changed = items(TEXT.replace("2026-11-30", "2026-12-01"))

    assert [("changed", 1, "open"), ("same", 2, "open")] == sync(repository, changed)
    assert "DUE: 2026-12-01" in repository.issues[0]["body"]
    assert [("changed", 1, "closed"), ("same", 2, "open")] == sync(
        repository, (replace(changed[0], closed=True), changed[1])
    )
    repository.issues[1]["state"] = "closed"
    assert [("same", 1, "closed"), ("same", 2, "closed")] == sync(repository, changed)


def test_items_of_two_incidents_with_the_same_words_are_two_issues() -> None:
    """And of more than a page of issues each is still found."""
    repository = Repository()
    many = items("\n".join(f"WHAT: alert number {i}" for i in range(130)))
    sync(repository, many)

    assert {"same"} == {did for did, *_ in sync(repository, many)}
    assert {"created"} == {did for did, *_ in sync(repository, many[:2], "INC-2")}


REFUSALS = {401: SourceRefused, 403: SourceRefused, 404: SourceMissing, 410: SourceMissing, 422: SourceMalformed,
            500: SourceMalformed}  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), REFUSALS.items())
def test_a_refusal_is_one_error_that_says_what_to_do(status: int, kind: type[Exception]) -> None:
    """No traceback, and nothing is repeated by itself."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(status, text="no")

    transport = httpx.MockTransport(answer)
    with pytest.raises(kind, match="github"):
        list_issues(transport, "acme/shop")
    with pytest.raises(kind, match="github"):
        sync_issues(transport, "acme/shop", "INC-1", items(), LABEL, ())

    assert ["GET", "POST"] == asked


def test_the_state_of_issues_comes_back_in(tmp_path: Path) -> None:
    """An issue that somebody closed closes its item; the post-mortem itself stays as people wrote it."""
    (tmp_path / "postmortem.md").write_text(TEXT, encoding="utf-8")
    first = items()[0].key
    (tmp_path / "issues.json").write_text(json.dumps({"issues": {first: {"state": "closed"}}}), encoding="utf-8")

    assert [True, False] == [item.closed for item in with_issue_states(read_document(tmp_path)).items]
    (tmp_path / "issues.json").write_text("[]", encoding="utf-8")
    with pytest.raises(StorageError, match="sync again"):
        with_issue_states(read_document(tmp_path))


@pytest.mark.parametrize(("repo", "incident", "words"), [("shop", "INC-1", "OWNER/NAME"), ("acme/shop", "INC 1 -->", "cannot mark"),
                                                         ("acme/shop", "INC-1", "GITHUB_TOKEN")])  # fmt: skip
def test_what_cannot_be_sent_is_said_before_anything_is(repo: str, incident: str, words: str, tmp_path: Path) -> None:
    """A repository, a name and a token."""
    (tmp_path / "postmortem.md").write_text(TEXT, encoding="utf-8")

    with pytest.raises(UsageError, match=words):
        send_issues(read_document(tmp_path), incident, repo, Connection("http://127.0.0.1:9"), NOW)


def run(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command against a GitHub address."""
    (folder / "timeline.toml").write_text(
        f'[[deploys]]\nkind = "github"\nrepo = "acme/shop"\nurl = "{url}"\n', encoding="utf-8"
    )
    code = "import sys; from incident_timeline.cli.app import main; main()"
    command = [sys.executable, "-c", code, "actions", "sync", "INC-1", "--repo", "acme/shop", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=os.environ | {"GITHUB_TOKEN": "a-token"}
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with one incident."""
    (tmp_path / "INC-1").mkdir()
    (tmp_path / "INC-1" / "postmortem.md").write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_without_the_flag_nothing_is_sent(place: Path) -> None:
    """A listener at GitHub's place hears nothing; the plan is printed, and the code is 2."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        done = run(place, f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(TimeoutError):
            listener.accept()

    assert (2, False) == (done.returncode, (place / "INC-1" / "issues.json").exists())
    assert "would become an issue of acme/shop: Page on lag & <load> over 5 s" in done.stdout
    assert "only with --send" in done.stderr


@pytest.fixture
def github() -> Iterator[tuple[Repository, str]]:
    """The repository that keeps state, on loopback."""
    repository = Repository()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {"content-type": self.headers.get("Content-Type", "")}
            assert self.headers["Authorization"] == "Bearer a-token"
            said = repository(httpx.Request(self.command, f"http://github{self.path}", content=body, headers=headers))
            self.send_response(said.status_code)
            self.send_header("Content-Length", str(len(said.content)))
            self.end_headers()
            self.wfile.write(said.content)

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 - the server's own names

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield repository, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_with_the_flag_the_command_sends_once_and_keeps_the_state(place: Path, github: tuple[Repository, str]) -> None:
    """Two runs, two issues; the second says that nothing changed."""
    repository, url = github
    first, second = run(place, url, "--send"), run(place, url, "--send")

    assert (0, 0, 2, []) == (first.returncode, second.returncode, len(repository.issues), repository.faults), (
        first.stderr
    )
    assert ["created", "created", "same", "same"] == [
        line.split(":")[0] for line in (first.stdout + second.stdout).splitlines()
    ]
    assert ["open", "open"] == [
        row["state"] for row in json.loads((place / "INC-1" / "issues.json").read_text())["issues"].values()
    ]


def test_issues_of_a_repository_are_linted_by_its_name(place: Path, github: tuple[Repository, str]) -> None:
    """Those that were sent come back as items, with the number of the issue in each finding."""
    _, url = github
    run(place, url, "--send")
    code = "import sys; from incident_timeline.cli.app import main; main()"
    command = [sys.executable, "-c", code, "actions", "lint", "github:acme/shop"]
    done = subprocess.run(
        command, cwd=place, capture_output=True, text=True, check=False, env=os.environ | {"GITHUB_TOKEN": "a-token"}
    )

    assert 2 == done.returncode
    assert "acme/shop#2, line 1: OWNER is missing" in done.stdout
    assert "2 action items" in done.stdout


@pytest.mark.live
def test_prism_finds_nothing_against_what_is_sent(place: Path) -> None:
    """The mock of GitHub's official OpenAPI validates each request and answers in its own form."""
    prism = shutil.which("prism")
    if prism is None:
        pytest.skip("prism not installed")
    port = free_port()
    with Servers(place / "run") as servers:
        servers.start("prism", prism, "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", str(SPEC_FILE))
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/repos/acme/shop/issues", 60)
        done = run(place, url, "--send")
        wrong = httpx.post(f"{url}/repos/acme/shop/issues", json={"titel": "x"})

    assert (0, 2) == (done.returncode, len(done.stdout.splitlines())), done.stderr
    assert 422 == wrong.status_code
