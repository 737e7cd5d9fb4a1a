"""Facts about query files: found, read, checked, and named by file and line when they cannot be used."""

from pathlib import Path

import pytest

from incident_timeline.collect.query_files import find_queries, query_folders


def test_every_shipped_query_can_be_used() -> None:
    """The library parses, and its folders give queries."""
    queries, unusable = find_queries(["http"], query_folders(None, None))

    assert () == unusable
    assert {"latency_p99", "error_ratio", "traffic"} <= {query.name for query in queries}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: a\nsignl: latency\n", "line 2: unknown key 'signl'"),
        ("name: a\nsignal: [latency\n", "not valid YAML"),
        ("- a\n- b\n", "line 1: a query file is a table"),
        ("name: a\nsignal: slow\nquestion: q\nunit: s\nworse: up\nsource: s\nquery: up\n", "line 2: signal is 'slow'"),
        (
            "name: a\nsignal: other\nquestion: q\nunit: s\nworse: up\nsource: s\nquery: sum(up\n",
            "line 7: query is not PromQL",
        ),
        (
            "name: a\nsignal: other\nquestion: q\nunit: s\nworse: up\nsource: s\n",
            "give either query, or both errors and total",
        ),
        (
            'name: a\nsignal: other\nquestion: q\nunit: s\nworse: up\nsource: s\nquery: up{a="$pod"}\n',
            "only $service and $range",
        ),
    ],
)
def test_a_query_file_with_a_mistake_names_file_and_line(text: str, words: str, tmp_path: Path) -> None:
    """A typo costs one query, not the build, and says where it is."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.yaml").write_text(text, encoding="utf-8")

    queries, unusable = find_queries(["mine"], [tmp_path])

    assert () == queries
    assert "mine/a.yaml" in unusable[0]
    assert words in unusable[0]
