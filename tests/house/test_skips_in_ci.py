"""Facts about the one thing that CI does differently: a live test cannot be skipped there."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPING = {
    "test_no_binary.py": 'def test_one():\n    pytest.skip("prometheus is not installed")\n',
    "test_live.py": '@pytest.mark.live\ndef test_one():\n    pytest.skip("no port is free")\n',
    "test_module.py": 'pytest.skip("prometheus is not installed", allow_module_level=True)\n',
    "test_other.py": 'def test_one():\n    pytest.skip("no benchmark cases beside the project")\n',
}


def outcomes(folder: Path, ci: str) -> dict[str, str]:
    """What pytest, under this project's conftest, says of each skipping file: FAILED, ERROR or SKIPPED."""
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = live: talks to a server\n", encoding="utf-8")
    for name, body in SKIPPING.items():
        (folder / name).write_text(f"import pytest\n\n\n{body}", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rfEs",
        "--continue-on-collection-errors",
        "-p",
        "no:cacheprovider",
    ]
    variables = {**os.environ, "CI": ci, "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=variables)
    summary = done.stdout.partition("short test summary info")[2]
    return {name: word for word, name in re.findall(r"^(FAILED|ERROR|SKIPPED).*?(test_\w+\.py)", summary, re.MULTILINE)}


def test_a_live_test_that_is_skipped_fails_in_ci(tmp_path: Path) -> None:
    """With CI=true a missing server turns the run red; other skips, as for absent benchmark cases, stay skips."""
    expected = {
        "test_no_binary.py": "FAILED",
        "test_live.py": "FAILED",
        "test_module.py": "ERROR",
        "test_other.py": "SKIPPED",
    }

    assert expected == outcomes(tmp_path, "true")


def test_the_same_tests_are_skipped_on_a_machine_without_the_servers(tmp_path: Path) -> None:
    """Without CI=true nobody needs the servers to run the tests."""
    assert dict.fromkeys(SKIPPING, "SKIPPED") == outcomes(tmp_path, "")
