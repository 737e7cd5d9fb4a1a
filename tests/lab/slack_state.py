"""The state of one simulated Slack channel, in the shape of conversations.history and of an export."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CHANNEL = {"id": "C0123", "name": "inc-checkout", "is_channel": True, "is_archived": False, "created": 1767225600}


class Channel:
    """Messages of one channel, oldest first, and the people who wrote them."""

    def __init__(self, people: list[dict[str, str]], state: dict[str, Any] | None = None) -> None:
        self.state: dict[str, Any] = state or {"messages": [], "users": [_user(one) for one in people]}

    def say(self, user: dict[str, str], text: str, at: float) -> str:
        """A message of a person; returns its ts."""
        ts = f"{at:.6f}"
        self.state["messages"].append(
            {"type": "message", "user": user["slack"], "text": text, "ts": ts, "team": "T01ACME"}
        )
        return ts

    def reply(self, user: dict[str, str], text: str, at: float, root: str) -> str:
        """A reply in the thread of a message; returns its ts."""
        ts = self.say(user, text, at)
        self.state["messages"][-1]["thread_ts"] = root
        first = next(m for m in self.state["messages"] if m["ts"] == root)
        first |= {"thread_ts": root, "reply_count": first.get("reply_count", 0) + 1, "latest_reply": ts}
        return ts

    def announce(self, bot: str, text: str, at: float) -> str:
        """A message of a bot; returns its ts."""
        ts = f"{at:.6f}"
        row = {
            "type": "message",
            "subtype": "bot_message",
            "bot_id": f"B0{len(bot):03d}",
            "username": bot,
            "text": text,
            "ts": ts,
        }
        self.state["messages"].append(row)
        return ts

    def export(self, folder: Path) -> None:
        """Writes the channel as a Slack export: channels.json, users.json and one file a day."""
        days: dict[str, list[dict[str, Any]]] = {}
        for message in self.state["messages"]:
            day = datetime.fromtimestamp(float(message["ts"]), UTC).strftime("%Y-%m-%d")
            days.setdefault(day, []).append(message)
        (folder / CHANNEL["name"]).mkdir(parents=True, exist_ok=True)
        parts = {"channels.json": [CHANNEL], "users.json": self.state["users"]}
        parts |= {f"{CHANNEL['name']}/{day}.json": rows for day, rows in days.items()}
        for name, rows in parts.items():
            (folder / name).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _user(person: dict[str, str]) -> dict[str, Any]:
    short = person["name"].split()[0].lower()
    return {"id": person["slack"], "team_id": "T01ACME", "name": short, "real_name": person["name"], "deleted": False,
            "is_bot": False, "profile": {"real_name": person["name"], "display_name": short,
                                         "email": f"{short}@example.com"}}  # fmt: skip
