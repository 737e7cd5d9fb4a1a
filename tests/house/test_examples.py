"""Facts about examples/: outputs of the real command, kept up to date."""

from pathlib import Path

from tests.examples import PICTURE, ROOT, digest_of, drawn_from, write_examples


def test_examples_are_what_the_command_writes_today(tmp_path: Path) -> None:
    """Every file under examples/ equals what a build of the recorded evidence gives; run `make examples` where it does not."""
    write_examples(tmp_path)
    kept, made = (
        {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
        for folder in (ROOT / "examples", tmp_path)
    )
    for name in ("keep-nightly.yml", PICTURE):  # a CI's job, written by hand; bytes that hang on fonts
        del kept[name]

    assert sorted(made) == sorted(kept)
    assert [] == [name for name in made if made[name] != kept[name]]


def test_the_picture_of_the_readme_is_drawn_from_todays_chart() -> None:
    """Its bytes hang on fonts, so it carries the digest of its SVG; `make examples` draws it anew where that is another."""
    svg = (ROOT / "examples" / "INC-123" / "charts" / "lanes.svg").read_text(encoding="utf-8")

    assert digest_of(svg) == drawn_from(ROOT / "examples" / PICTURE)
