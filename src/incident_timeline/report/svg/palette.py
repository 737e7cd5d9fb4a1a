"""The colours of the charts: one table for light and dark, and which text stands on which ground."""

from dataclasses import dataclass

GREY_STEP = 1.25  # contrast below which two neighbours look like one in grey
FONTS = "Arial, 'Liberation Sans', 'Helvetica Neue', Helvetica, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one theme by role; every hex that a chart of it may hold."""

    name: str
    paper: str
    ink: str
    muted: str
    grid: str  # grid lines, the faintest
    rule: str  # axes, hairlines, stems
    band: str  # the normal band, columns without a record
    phase: str
    phase_line: str
    hurt: str
    hurt_tint: str
    alert_strong: str
    alert_pale: str
    people_strong: str
    people_pale: str
    change_strong: str
    change_pale: str
    well_strong: str
    well_pale: str
    hatch_line: str
    hatch_ground: str

    def fill(self, role: str) -> str:
        """The colour of a plain fill role of model.pictures.FILLS; KeyError for hatched and dotted ones."""
        if role not in _PLAIN:
            raise KeyError(role)
        return str(getattr(self, role))

    def outline(self, role: str) -> str:
        """The outline of a fill: its strong hue, so that pale fills stand out from the paper too."""
        if role == "phase":
            return self.phase_line
        if role in ("no_record", "unexplained"):
            return self.hatch_line
        if role in ("proposed", "hollow"):
            return self.ink
        return str(getattr(self, role.split("_")[0] + "_strong"))

    def on(self, ground: str) -> str:
        """Ink or paper, whichever stands out more on a ground."""
        return max((self.ink, self.paper), key=lambda colour: contrast(colour, ground))


_PLAIN = frozenset(
    {
        "phase", "alert_strong", "alert_pale", "people_strong", "people_pale", "change_strong", "change_pale",
        "well_strong", "well_pale",
    }
)  # fmt: skip

# Strong tones are spread in lightness so that they stay apart without red, green or blue receptors and in grey;
# strong to pale of one hue is at least 2.9 : 1, pale ones carry an outline in their strong hue.
LIGHT = Theme(
    "light", paper="#FFFFFF", ink="#1B1B1B", muted="#595959", grid="#E4E4E4", rule="#8A8A8A", band="#EDEDED",
    phase="#D5D5D5", phase_line="#6E6E6E", hurt="#A6200D", hurt_tint="#FBE3DC", alert_strong="#B57A00",
    alert_pale="#FBE3A6", people_strong="#2A74BD", people_pale="#C6E0F7", change_strong="#521A66",
    change_pale="#CFA6DB", well_strong="#00625A", well_pale="#A3DACD", hatch_line="#5E5E5E", hatch_ground="#F6F6F6",
)  # fmt: skip
DARK = Theme(
    "dark", paper="#15181C", ink="#ECECEC", muted="#B0B4B9", grid="#2C3137", rule="#7C8187", band="#262B31",
    phase="#3A4047", phase_line="#9BA1A8", hurt="#FF7A59", hurt_tint="#3B221C", alert_strong="#F2C14E",
    alert_pale="#65490F", people_strong="#63A4E6", people_pale="#1C3B5A", change_strong="#E9C6F4",
    change_pale="#66397A", well_strong="#7FE3D0", well_pale="#1E544C", hatch_line="#A2A7AD", hatch_ground="#1D2126",
)  # fmt: skip
THEMES = {"light": LIGHT, "dark": DARK}


def alike_in_grey(one: str, other: str) -> bool:
    """Whether two different plain fill roles that touch run into one another without colour, in either theme."""
    if one == other or not {one, other} <= _PLAIN:
        return False
    return any(contrast(theme.fill(one), theme.fill(other)) < GREY_STEP for theme in THEMES.values())


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, 0 to 1 (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
