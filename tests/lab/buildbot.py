"""A real Buildbot master with one worker in the same process and one builder that deploys, on loopback.

Debian's package has no web pages (buildbot-www is not packaged), and the master refuses to serve its REST API without them; a
package of one file, found by an entry point, stands in for the pages.
"""

import json
import urllib.request
from pathlib import Path
from typing import Any

from tests.lab.servers import Servers, free_port, wait_for

NEEDED = ("buildbot", "buildbot-worker")
_MASTER = """\
from buildbot.plugins import schedulers, steps, util, worker

c = BuildmasterConfig = {{}}
c["workers"] = [worker.LocalWorker("w1")]
c["protocols"] = {{"null": {{}}}}
given = [util.StringParameter(name=name, default="") for name in ("service", "environment")]
c["schedulers"] = [schedulers.ForceScheduler(name="force", builderNames=["deploy"], properties=given)]
f = util.BuildFactory()
f.addStep(steps.ShellCommand(name="roll out", command=["sh", "-c", "sleep 2"]))
f.addStep(steps.SetProperty(property="got_revision", value=util.Property("revision")))
c["builders"] = [util.BuilderConfig(name="deploy", workernames=["w1"], factory=f)]
c["title"] = "lab"
c["titleURL"] = c["buildbotURL"] = "http://127.0.0.1:{port}/"
c["www"] = {{"port": "tcp:{port}:interface=127.0.0.1", "plugins": {{}}, "authz": util.Authz()}}
c["db"] = {{"db_url": "sqlite:///state.sqlite"}}
c["buildbotNetUsageData"] = None
"""
_NO_PAGES = {
    "pages/__init__.py": "from buildbot.www.plugin import Application\n\nep = Application(__name__, 'no pages')\n",
    "pages/VERSION": "1.0\n",
    "pages/static/index.html": "<html></html>\n",
    "pages-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: pages\nVersion: 1.0\n",
    "pages-1.0.dist-info/entry_points.txt": "[buildbot.www]\nbase = pages:ep\n",
}


def start_buildbot(servers: Servers, folder: Path) -> str:
    """Makes a master in a folder and starts it; returns its URL."""
    port, site = free_port(), folder / "site"
    for name, text in _NO_PAGES.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, encoding="utf-8")
    master = folder / "master"
    servers.run("buildbot", "create-master", "-r", str(master))
    (master / "master.cfg").write_text(_MASTER.format(port=port), encoding="utf-8")
    servers.start("buildbot", "env", f"PYTHONPATH={site}", "buildbot", "start", "--nodaemon", str(master))
    wait_for(f"http://127.0.0.1:{port}/api/v2/builders", 60)
    return f"http://127.0.0.1:{port}"


def force(url: str, **given: str) -> None:
    """Asks for a build through the REST API, as its button does."""
    call = {"jsonrpc": "2.0", "method": "force", "id": 1, "params": {"builderNames": ["deploy"], **given}}
    request = urllib.request.Request(
        f"{url}/api/v2/forceschedulers/force", json.dumps(call).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert "result" in json.load(answer)


def ended(url: str) -> list[dict[str, Any]]:
    """The builds that are over."""
    with urllib.request.urlopen(f"{url}/api/v2/builds?complete=true", timeout=30) as answer:
        return list(json.load(answer)["builds"])
