"""Serves the simulated PagerDuty, GitHub and Slack on loopback, each under a path of its own on one port."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.lab.answers import Answer, slack_answer
from tests.lab.github_answers import github_answer
from tests.lab.github_state import Repository
from tests.lab.pagerduty_answers import Terms, pagerduty_answer
from tests.lab.pagerduty_state import Account
from tests.lab.slack_state import Channel

PAGERDUTY_TOKEN = "u+lab-token-not-secret"
GITHUB_TOKEN = "lab-github-token-not-secret"
SLACK_TOKEN = "xoxp-lab-token-not-secret"


class Simulators:
    """One server for all three; `pagerduty_url`, `github_url`, `slack_url` and `events_url` say where."""

    def __init__(self, account: Account, repository: Repository, channel: Channel, port: int = 0) -> None:
        self.account, self.repository, self.channel = account, repository, channel
        self.terms, self.region = Terms(), "us"  # what PagerDuty's account is like, and the service region it lies in
        self.too_many: list[int | None] = []  # a 429 for each of the next requests: the seconds to wait, None: not said
        self.triggered: list[float] = []  # when a page arrived, exact, for the truth
        self.deliveries: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.lock = threading.RLock()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.server.daemon_threads = True
        base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.pagerduty_url, self.github_url, self.slack_url = f"{base}/pagerduty", f"{base}/github", f"{base}/slack"
        self.pagerduty_eu_url = f"{base}/pagerduty-eu"
        self.events_url = f"{base}/v2/enqueue"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()  # a stop waits one poll
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def enqueue(self, body: dict[str, Any]) -> Answer:
        """The Events API: 202 and, for a trigger, an alert and perhaps an incident."""
        at = time.time()
        with self.lock:
            self.deliveries.append({"at": at, "body": body})
            if body.get("event_action") == "trigger":
                self.account.trigger(body, at)
                self.triggered.append(at)
        return Answer(202, {"status": "success", "message": "Event processed", "dedup_key": body.get("dedup_key")})

    def _pagerduty(self, path: str, query: dict[str, list[str]], authorization: str) -> Answer:
        """PagerDuty in both its service regions: a token of one is unknown in the other; 429 as often as it was told."""
        region, rest = path.removeprefix("/pagerduty").split("/", 1)
        known = authorization in (f"Token token={PAGERDUTY_TOKEN}", f"Bearer {PAGERDUTY_TOKEN}")
        if not known or region != {"us": "", "eu": "-eu"}[self.region]:
            return Answer(401, {"error": {"message": "Unauthorized", "code": 2006, "errors": ["Invalid token"]}})
        if self.too_many:
            reset = self.too_many.pop(0)
            if reset is None:  # it may come without headers or body
                return Answer(429, None)
            return Answer(429, {"error": {"message": "Rate Limit Exceeded", "code": 2020}},
                          {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": str(reset)})  # fmt: skip
        return pagerduty_answer(self.account.state, f"/{rest}", query, self.terms)

    def answer(self, path: str, query: dict[str, list[str]], authorization: str, base: str) -> Answer:
        """The REST APIs."""
        with self.lock:
            if path.startswith(("/pagerduty/", "/pagerduty-eu/")):
                return self._pagerduty(path, query, authorization)
            if path.startswith("/github/"):
                if authorization not in (f"Bearer {GITHUB_TOKEN}", f"token {GITHUB_TOKEN}"):
                    return Answer(
                        401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}
                    )
                return github_answer(self.repository.state, path.removeprefix("/github"), query, f"{base}/github")
            if path.startswith("/slack/"):
                if authorization != f"Bearer {SLACK_TOKEN}":
                    return Answer(200, {"ok": False, "error": "invalid_auth"})
                return slack_answer(self.channel.state, path.removeprefix("/slack/"), query)
        return Answer(404, {"message": "Not Found"})


def _handler(simulators: Simulators) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Requests are kept in `simulators.requests`."""

        def do_GET(self) -> None:
            self._reply("GET")

        def do_POST(self) -> None:
            self._reply("POST")

        def _reply(self, method: str) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            simulators.requests.append(f"{method} {self.path}")
            parts = urlsplit(self.path)
            if method == "POST" and parts.path == "/v2/enqueue":
                answer = simulators.enqueue(json.loads(content))
            else:
                query = parse_qs(parts.query, keep_blank_values=True)
                if method == "POST":
                    query |= parse_qs(content.decode(), keep_blank_values=True)
                base = f"http://{self.headers['Host']}"
                answer = simulators.answer(parts.path, query, self.headers.get("Authorization", ""), base)
            text = b"" if answer.body is None else json.dumps(answer.body, separators=(",", ":")).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    return Handler
