"""The state of a simulated repository on GitHub: deployments with their statuses, and the workflow runs behind them."""

from datetime import UTC, datetime
from typing import Any

API, WEB, REPO = "https://api.github.com", "https://github.com", "acme/shop"


def stamp(at: float) -> str:
    """GitHub's own resolution: whole seconds, UTC."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def account(login: str) -> dict[str, Any]:
    """A user as the API shows one (`simple-user`)."""
    number = sum(map(ord, login)) * 7
    kind = "Bot" if login.endswith("[bot]") else "User"
    url = f"{API}/users/{login}"
    links = (
        "followers",
        "following",
        "gists",
        "starred",
        "subscriptions",
        "organizations",
        "repos",
        "events",
        "received_events",
    )
    return {
        "login": login, "id": number, "node_id": f"U_{number}", "avatar_url": f"{WEB}/{login}.png", "gravatar_id": "",
        "url": url, "html_url": f"{WEB}/{login}", "type": kind, "site_admin": False,
        **{f"{one}_url": f"{url}/{one}" for one in links},
    }  # fmt: skip


class Repository:
    """Deployments, statuses, runs, jobs and approvals of one repository, newest last."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        self.state: dict[str, Any] = state or {
            "deployments": [],
            "statuses": {},
            "runs": [],
            "jobs": {},
            "approvals": {},
        }

    def deploy(self, service: str, version: str, sha: str, login: str, at: float, description: str) -> int:
        """Asks for a deployment, with the workflow run that will carry it out; returns its id."""
        number = 41_200_300 + 17 * (len(self.state["deployments"]) + 1)
        url = f"{API}/repos/{REPO}/deployments/{number}"
        self.state["deployments"].append(
            {
                "url": url, "id": number, "node_id": f"DE_{number}", "sha": sha, "ref": version, "task": "deploy",
                "payload": {"service": service}, "original_environment": f"production-{service}",
                "environment": f"production-{service}", "description": description, "creator": account(login),
                "created_at": stamp(at), "updated_at": stamp(at), "statuses_url": f"{url}/statuses",
                "repository_url": f"{API}/repos/{REPO}", "transient_environment": False, "production_environment": True,
            }
        )  # fmt: skip
        self.state["statuses"][str(number)] = []
        self._run(number, service, version, sha, login, at)
        return number

    def status(self, number: int, state: str, login: str, at: float, description: str = "") -> None:
        """Adds a status; a success makes older successes of the same environment inactive, as GitHub does."""
        deployment = self.find(number)
        if state == "success":
            for older in self.state["deployments"]:
                rows = self.state["statuses"][str(older["id"])]
                same = older["environment"] == deployment["environment"] and older["id"] != number
                if same and rows and rows[-1]["state"] == "success":
                    self._add(older, "inactive", "github-actions[bot]", at, "")
        self._add(deployment, state, login, at, description)
        self._move_run(number, state, at)

    def approve(self, number: int, login: str, comment: str) -> None:
        """A reviewer of the environment lets the run go on."""
        environment = self.find(number)["environment"]
        self.state["approvals"][str(self.run_of(number)["id"])] = [
            {"state": "approved", "comment": comment, "user": account(login),
             "environments": [{"id": 7001, "node_id": "EN_7001", "name": environment,
                               "url": f"{API}/repos/{REPO}/environments/{environment}", "html_url": f"{WEB}/{REPO}/deployments",
                               "created_at": "2026-01-08T09:00:00Z", "updated_at": "2026-01-08T09:00:00Z"}]}
        ]  # fmt: skip

    def find(self, number: int) -> dict[str, Any]:
        """A deployment by its id; KeyError when there is none."""
        for deployment in self.state["deployments"]:
            if deployment["id"] == number:
                found: dict[str, Any] = deployment
                return found
        raise KeyError(number)

    def run_of(self, number: int) -> dict[str, Any]:
        """The workflow run of a deployment."""
        found: dict[str, Any] = next(run for run in self.state["runs"] if run["id"] == 9_000_000 + number)
        return found

    def _add(self, deployment: dict[str, Any], state: str, login: str, at: float, description: str) -> None:
        rows = self.state["statuses"][str(deployment["id"])]
        number = deployment["id"] * 10 + len(rows)
        run_url = f"{WEB}/{REPO}/actions/runs/{9_000_000 + deployment['id']}"
        rows.append(
            {
                "url": f"{deployment['url']}/statuses/{number}", "id": number, "node_id": f"DES_{number}", "state": state,
                "creator": account(login), "description": description, "environment": deployment["environment"],
                "target_url": run_url, "log_url": run_url, "environment_url": "", "created_at": stamp(at), "updated_at": stamp(at),
                "deployment_url": deployment["url"], "repository_url": f"{API}/repos/{REPO}",
            }
        )  # fmt: skip
        deployment["updated_at"] = stamp(at)

    def _run(self, number: int, service: str, version: str, sha: str, login: str, at: float) -> None:
        key = 9_000_000 + number
        url = f"{API}/repos/{REPO}/actions/runs/{key}"
        self.state["runs"].append(
            {
                "id": key, "name": f"deploy {service}", "node_id": f"WFR_{key}", "head_branch": version, "head_sha": sha,
                "path": ".github/workflows/deploy.yml", "display_title": f"deploy {service} {version}", "run_number": number % 1000,
                "run_attempt": 1, "event": "workflow_dispatch", "status": "queued", "conclusion": None, "workflow_id": 5501,
                "check_suite_id": key + 1, "check_suite_node_id": f"CS_{key}", "url": url,
                "html_url": f"{WEB}/{REPO}/actions/runs/{key}",
                "pull_requests": [], "created_at": stamp(at), "updated_at": stamp(at), "run_started_at": stamp(at),
                "actor": account(login), "triggering_actor": account(login), "jobs_url": f"{url}/jobs", "logs_url": f"{url}/logs",
                "check_suite_url": f"{API}/repos/{REPO}/check-suites/{key + 1}", "artifacts_url": f"{url}/artifacts",
                "cancel_url": f"{url}/cancel", "rerun_url": f"{url}/rerun", "previous_attempt_url": None,
                "workflow_url": f"{API}/repos/{REPO}/actions/workflows/5501",
            }
        )  # fmt: skip
        self.state["jobs"][str(key)] = [
            {
                "id": key * 10, "run_id": key, "run_url": url, "node_id": f"CR_{key}", "head_sha": sha,
                "url": f"{url}/jobs/{key * 10}",
                "html_url": f"{WEB}/{REPO}/actions/runs/{key}/job/{key * 10}", "status": "queued", "conclusion": None,
                "created_at": stamp(at), "started_at": stamp(at), "completed_at": None, "name": f"roll out {service}", "steps": [],
                "check_run_url": f"{API}/repos/{REPO}/check-runs/{key * 10}", "labels": ["production"], "runner_id": 4,
                "runner_name": "runner-4", "runner_group_id": 1, "runner_group_name": "Default", "run_attempt": 1,
                "workflow_name": f"deploy {service}", "head_branch": version,
            }
        ]  # fmt: skip

    def _move_run(self, number: int, state: str, at: float) -> None:
        run = self.run_of(number)
        job = self.state["jobs"][str(run["id"])][0]
        run["updated_at"] = stamp(at)
        if state == "pending":
            run["status"], job["status"] = "waiting", "waiting"
        elif state == "queued":
            run["status"], job["status"], job["created_at"] = "queued", "queued", stamp(at)
        elif state == "in_progress":
            run["status"], job["status"], job["started_at"] = "in_progress", "in_progress", stamp(at)
        elif state in ("success", "failure", "error"):
            conclusion = "success" if state == "success" else "failure"
            run |= {"status": "completed", "conclusion": conclusion}
            job |= {"status": "completed", "conclusion": conclusion, "completed_at": stamp(at)}
