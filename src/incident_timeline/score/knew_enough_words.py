"""What speaks for and against a candidate, in words for the report."""

from incident_timeline.score.knew_enough_features import Scene, features
from incident_timeline.score.statements import Entry

_FOR = (
    ("names_undone", "names what the rollback took back"),
    ("names_fix", "names what the fix acted on"),
    ("names_suspect", "names a deploy that went before"),
    ("cause", "names a cause"),
    ("finding", "states that something was found"),
    ("decision", "takes a decision"),
    ("words_fix", "uses the words of the fix"),
    ("then_acted", "something was done next"),
    ("first_statement", "the first statement of its kind"),
)
_AGAINST = (
    ("question", "a question"),
    ("hedge_alone", "a hedge alone"),
    ("hedged_statement", "hedged"),
    ("explains_failure", "says why something tried did not work"),
    ("finds_symptom", "finds a symptom, not its cause"),
    ("untied", "shares no words with the rest of the incident"),
    ("inconclusive", "says that nothing was found"),
    ("only_action", "says what was done, not what was known"),
    ("only_symptom", "says what users saw, not why"),
    ("investigating", "says that they were still looking"),
    ("escalation", "asks somebody else"),
    ("report", "a report of the trouble"),
    ("before_detected", "before anybody was told"),
    ("denied_between", "what was tried after it did not help"),
    ("after_fix_began", "the fix had already begun"),
    ("after_well", "users were already well"),
    ("speaker_user", "said by a user"),
)


def why(entry: Entry, scene: Scene) -> str:
    """What speaks for it, in words; says so when little does."""
    found = features(entry, scene)
    said = [words for name, words in _FOR if found.get(name)]
    return "; ".join(said[:3]) or "said between the first signal and the fix"


def against(entry: Entry, scene: Scene) -> str:
    """What speaks against it, in words; empty when nothing does."""
    found = features(entry, scene)
    said = [words for name, words in _AGAINST if found.get(name)]
    return "; ".join(said[:3])
