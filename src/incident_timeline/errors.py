"""The error tree: one branch for each thing the reader must do, each with its exit code.

    TimelineError
    |-- UsageError (2)            fix the command, the configuration or the input file named in the message
    |   |-- ConfigError           a key of timeline.toml or a variable
    |   |-- RefError              the incident reference
    |   |-- NaiveTimeError        a time without an offset
    |   `-- InputFileError        a row of --events, --series, marks.toml
    |-- SourceError (3)           a source gave less than was asked; becomes `Coverage` in the report
    |   |-- SourceUnreachable     no connection, time-out, still failing after retries
    |   |-- SourceRefused         401, 402, 403: token, permission, plan or region
    |   |-- SourceMissing         404: the thing asked for is not there
    |   |-- SourceMalformed       an answer that does not fit its documented shape
    |   |-- NotInBundle           the evidence bundle holds no answer to this request
    |   `-- QueryFileError        a file under queries/ cannot be used
    |-- NothingBuilt (4)          no source that could say what the incident is
    |   `-- EngineError           the cluster that was to score cannot be used
    `-- StorageError (5)          the bundle or the output folder cannot be read or written

Every message says what happened, to which input, and what to do next.
"""


class TimelineError(Exception):
    """Base of all errors that a user may see; `exit_code` is what the command ends with."""

    exit_code = 1


class UsageError(TimelineError):
    """The command line, the configuration or a given file is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration key or variable is missing, unknown or unusable."""


class RefError(UsageError):
    """The incident reference cannot be read."""


class NaiveTimeError(UsageError):
    """A time carries no offset, so it names no instant."""


class InputFileError(UsageError):
    """A file that the user gave holds a row that cannot be used."""


class SourceError(TimelineError):
    """A source gave less than was asked."""

    exit_code = 3


class SourceUnreachable(SourceError):
    """The source did not answer, also after retries."""


class SourceRefused(SourceError):
    """The source refused: token, permission, plan or region."""


class SourceMissing(SourceError):
    """The source does not know what was asked for."""


class SourceMalformed(SourceError):
    """The answer does not have its documented shape."""


class NotInBundle(SourceError):
    """The evidence bundle holds no answer to this request."""


class QueryFileError(SourceError):
    """A query file cannot be used; names file and line."""


class NothingBuilt(TimelineError):
    """No source could say what the incident is, so nothing was built."""

    exit_code = 4


class EngineError(NothingBuilt):
    """The cluster that was to score cannot be reached, or cannot be used."""


class StorageError(TimelineError):
    """The bundle or the output folder cannot be read or written."""

    exit_code = 5


def system_words(error: Exception) -> str:
    """What the system says of a failed read or write; without the path, which the sentence around it names already."""
    return getattr(error, "strerror", None) or str(error)
