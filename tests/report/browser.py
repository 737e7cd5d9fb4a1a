"""Opens a page in headless Chromium and asks it questions, from a frame that may look inside."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--allow-file-access-from-files", "--enable-logging=stderr",
    "--virtual-time-budget=12000",
)  # fmt: skip
_FRAME = """<!doctype html><meta charset="utf-8"><iframe src="page.html" style="width:{width}px;height:900px;border:0"></iframe>
<pre id="answers"></pre><script>
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => setTimeout(() => {{
  const w = frame.contentWindow, d = w.document, answers = {{}};
  const shown = (selector) => [...d.querySelectorAll(selector)].filter((e) => w.getComputedStyle(e).display !== "none").length;
  {questions}
  document.getElementById("answers").textContent = JSON.stringify(answers);
}}, 4000));
</script>"""


class Visit:
    """What a visit to a page gave: the answers to the questions, console messages, and hosts that were asked for."""

    def __init__(self, folder: Path, page: str, questions: str, *, width: int = 1280) -> None:
        if CHROMIUM is None:
            pytest.skip("chromium is not installed")
        (folder / "page.html").write_text(page, encoding="utf-8")
        (folder / "frame.html").write_text(_FRAME.format(width=width, questions=questions), encoding="utf-8")
        net = folder / "net.json"
        done = subprocess.run(
            [CHROMIUM, *_FLAGS, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={net}", "--dump-dom",
             f"--window-size={width + 40},1000", (folder / "frame.html").as_uri()],
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        found = re.search(r'<pre id="answers">(.*?)</pre>', done.stdout, re.DOTALL)
        assert found, f"no answer from the browser: {done.stderr[-2000:]}"
        assert found[1], f"the page's questions failed: {done.stderr[-2000:]}"
        self.answers: dict[str, Any] = json.loads(html.unescape(found[1]))
        self.console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        self.requests = net.read_text(encoding="utf-8", errors="replace")
        assert self.requests, "the browser kept no list of what it asked for"
