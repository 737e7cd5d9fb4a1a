"""Reads YAML so that every mistake can name its file and line."""

from dataclasses import dataclass
from typing import Any

import yaml

from incident_timeline.errors import QueryFileError


@dataclass(frozen=True, slots=True)
class Place:
    """One value of a YAML file: a table, a list or a scalar, with the line where it (or its key) stands."""

    node: yaml.Node
    path: str  # the file, as messages name it
    line: int
    name: str = ""  # the key, as messages name it

    def error(self, words: str) -> QueryFileError:
        """The error to raise for this value; names file and line."""
        return QueryFileError(f"{self.path}, line {self.line}: {words}")

    @property
    def is_table(self) -> bool:
        """Whether it is a table of keys and values."""
        return isinstance(self.node, yaml.MappingNode)

    def table(self) -> dict[str, "Place"]:
        """The values of a table by key; QueryFileError for anything else, and for a key that stands twice."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error(f"{self.name or 'this'} must be a table of keys and values")
        found: dict[str, Place] = {}
        for key, value in self.node.value:
            place = Place(value, self.path, key.start_mark.line + 1, str(key.value))
            if place.name in found:
                raise place.error(f"the key {place.name!r} stands twice")
            found[place.name] = place
        return found

    def known(self, *keys: str) -> dict[str, "Place"]:
        """The table, when all its keys are among `keys`; QueryFileError names the first other one."""
        table = self.table()
        for name, place in table.items():
            if name not in keys:
                raise place.error(f"unknown key {name!r}; known are {', '.join(keys)}")
        return table

    def items(self) -> list["Place"]:
        """The values of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error(f"{self.name or 'this'} must be a list")
        return [Place(one, self.path, one.start_mark.line + 1, self.name) for one in self.node.value]

    def text(self) -> str:
        """A scalar that is a text and not empty."""
        value = self.scalar()
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{self.name} must be a text")
        return value

    def number(self) -> float:
        """A scalar that is a number, or a text that reads as one."""
        value = self.scalar()
        try:
            return float("" if isinstance(value, bool) or value is None else value)
        except (TypeError, ValueError):
            raise self.error(f"{self.name} must be a number, not {value!r}") from None

    def scalar(self) -> Any:
        """The value of a scalar as YAML types it; None for a table or a list."""
        if not isinstance(self.node, yaml.ScalarNode):
            return None
        return yaml.SafeLoader("").construct_object(self.node)


def need(table: dict[str, Place], key: str, owner: Place) -> Place:
    """The value of a key that must be there."""
    if key not in table:
        raise owner.error(f"{key} is missing")
    return table[key]


def read_documents(text: str, path: str) -> tuple[Place, ...]:
    """The documents of a YAML file, empty ones left out; QueryFileError names the line where it is no YAML."""
    try:
        nodes = [node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise QueryFileError(f"{path}, line {line}: not valid YAML ({getattr(error, 'problem', error)})") from None
    return tuple(Place(node, path, node.start_mark.line + 1) for node in nodes)
