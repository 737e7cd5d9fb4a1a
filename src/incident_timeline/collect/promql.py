"""Reads PromQL: which selectors, metrics and ranges an expression has, and its top-level comparison."""

from dataclasses import dataclass
from typing import Any

import promql_parser

_COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
_TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


@dataclass(frozen=True, slots=True)
class Comparison:
    """An expression cut at its top-level comparison, `left op right`; `threshold` is the right side where it is a number."""

    left: str
    op: str
    right: str
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Selector:
    """One vector selector: its metric, its equality matchers, and its text without offset."""

    metric: str
    equals: tuple[tuple[str, str], ...]
    text: str


def split_comparison(expr: str) -> Comparison | None:
    """The expression's top-level comparison, turned so that a number is on the right; None without one.

    `a > 1 and b < 2` and `absent(a)` have none: nothing in them could be moved up or down. `a > bool b` has none either: it
    answers 0 and 1, so an alert on it fires whatever `a` is.
    """
    tree = _parsed(expr)
    while isinstance(tree, promql_parser.ParenExpr):
        tree = tree.expr
    if not isinstance(tree, promql_parser.BinaryExpr) or str(tree.op) not in _COMPARISONS:
        return None
    left, op, right = tree.lhs, str(tree.op), tree.rhs
    if _number(left) is not None:
        left, op, right = right, _TURNED.get(op, op), left
    threshold = _number(right)
    if _number(left) is not None:
        return None
    if threshold is None and (not selectors(_written(right)) or (tree.modifier and tree.modifier.return_bool)):
        return None
    return Comparison(_written(left), op, _written(right), threshold)


def selectors(expr: str) -> tuple[Selector, ...]:
    """The vector selectors of an expression, each once, in the order of their text; empty where it does not parse."""
    found = [_selector(node) for node in _nodes(expr) if isinstance(node, promql_parser.VectorSelector)]
    return tuple(sorted(set(found), key=lambda one: one.text))


def metrics(expr: str) -> tuple[str, ...]:
    """The names of the metrics that an expression reads."""
    return tuple(sorted({one.metric for one in selectors(expr) if one.metric}))


def longest_range_s(expr: str) -> float:
    """The longest range of its range selectors and subqueries in seconds; 0 where it reads instants only."""
    kinds = (promql_parser.MatrixSelector, promql_parser.SubqueryExpr)
    ranges = [node.range for node in _nodes(expr) if isinstance(node, kinds)]
    return max((one.total_seconds() for one in ranges if one is not None), default=0.0)


def calls(expr: str) -> tuple[str, ...]:
    """The names of the functions that an expression calls, aggregations left out."""
    return tuple(sorted({node.func.name for node in _nodes(expr) if isinstance(node, promql_parser.Call)}))


def _parsed(expr: str) -> Any:
    try:
        return promql_parser.parse(expr)
    except ValueError:
        return None


def _nodes(expr: str) -> list[Any]:
    tree = _parsed(expr)
    found: list[Any] = []
    if tree is not None:
        promql_parser.walk(tree, found.append)
    return found


def _selector(node: Any) -> Selector:
    matchers = [(str(m.op), m.name, m.value) for m in node.matchers.matchers]
    equals = tuple(sorted((name, value) for op, name, value in matchers if op.endswith("Equal") and "Not" not in op))
    signs = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
    written = ",".join(f'{name}{signs[op]}"{_escaped(value)}"' for op, name, value in sorted(matchers))
    return Selector(node.name or "", equals, f"{node.name or ''}{{{written}}}")


def _written(tree: Any) -> str:
    return " ".join(str(tree.prettify()).split())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(tree: Any) -> float | None:
    """The value of a number, with signs, parentheses and arithmetic over numbers (`5 * 60`)."""
    if isinstance(tree, promql_parser.NumberLiteral):
        return float(tree.val)
    if isinstance(tree, promql_parser.ParenExpr):
        return _number(tree.expr)
    if isinstance(tree, promql_parser.UnaryExpr):
        inner = _number(tree.expr)
        return None if inner is None else -inner
    if isinstance(tree, promql_parser.BinaryExpr):
        left, right = _number(tree.lhs), _number(tree.rhs)
        if left is None or right is None:
            return None
        if str(tree.op) == "/":
            return left / right if right else None
        sums = {"+": left + right, "-": left - right, "*": left * right}
        return sums.get(str(tree.op))
    return None
