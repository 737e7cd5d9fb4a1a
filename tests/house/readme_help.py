"""Writes the help blocks of README anew: `python -m tests.house.readme_help`."""

import re

from tests.house.test_readme import BLOCK, README, ROOT, help_of


def _block(match: re.Match[str]) -> str:
    return f"<!-- {match[1]} -->\n```\n{help_of(match[1])}```\n<!-- end -->"


if __name__ == "__main__":
    (ROOT / "README.md").write_text(BLOCK.sub(_block, README), encoding="utf-8")
