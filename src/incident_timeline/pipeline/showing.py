"""Shows a built incident in the terminal: told anew in memory from its evidence; nothing is written and nothing contacted."""

from dataclasses import dataclass

from incident_timeline import __version__
from incident_timeline.config.packaged import load_cues, load_templates
from incident_timeline.pipeline.build import asked_of, collect_evidence, lacking_of
from incident_timeline.pipeline.kin import ask_archive
from incident_timeline.pipeline.marks_file import FILE, read_marks
from incident_timeline.pipeline.opening import open_incident
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.pipeline.scoring import score_incident
from incident_timeline.pipeline.telling import tell
from incident_timeline.pipeline.writing import read_if_there
from incident_timeline.report.scores import scores_json
from incident_timeline.report.terminal import Line, Piece, draw_commands, draw_head, draw_lanes, draw_ledgers


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident as lines for a terminal and as scores.json, and what the command should end with."""

    lines: tuple[Line, ...]
    scores: bytes
    exit_code: int


def show(request: BuildRequest, width: int) -> Shown:
    """The lanes, gaps and ledgers of an incident over `width` columns.

    `request` must be an offline one. Raises StorageError where the folder holds no evidence. It ends with 3 where the build
    lacked something of a configured source, as the build itself does.
    """
    opened = open_incident(request)
    marks = read_marks(read_if_there(opened.folder / FILE))
    scored = score_incident(collect_evidence(request, opened), load_cues(), marks)
    known = ask_archive(request.settings, opened.folder, scored, marks.category)
    scored = known.beside(scored)
    told = tell(opened.folder, scored, asked_of(request), load_templates(), known.kin)
    lanes = next((one for one in told.pictures if one.name == "lanes"), None)
    lines = [
        *draw_head(told.claims, told.numbers),
        *([(), *draw_lanes(lanes, width)] if lanes is not None else []),
        *draw_ledgers(scored, told.claims, told.numbers),
        *([(), (Piece(f"  archive: {known.sentence}"),)] if known.sentence else []),
        *draw_commands(told.claims, opened.folder.as_posix()),
    ]
    return Shown(tuple(lines), scores_json(scored, told.claims, __version__), 3 if lacking_of(scored) else 0)
