"""The one door to the terminal: sentences for people, made harmless, and results for programs, as they are."""

import typer

from incident_timeline.model.texts import visible


def tell(text: str, *, err: bool = False) -> None:
    """Prints lines for people; escape sequences, control and bidi characters of whatever they quote are taken out."""
    typer.echo(visible(text.removesuffix("\n"), keep="\n"), err=err)


def hand_over(text: str) -> None:
    """Writes a result for programs (JSON, CSV, YAML) to stdout, unchanged and in UTF-8 whatever the terminal's encoding."""
    typer.echo(text.encode(), nl=not text.endswith("\n"))
