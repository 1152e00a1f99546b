"""What can be wrong with a source; each text is one sentence for the person who runs it."""


class SourceError(Exception):
    """The source cannot be read."""


class SourceRefused(SourceError):  # noqa: N818 - reads as what happened
    """The source must not or may not be read as it is set up: trying again changes nothing."""


class SourceUnavailable(SourceError):  # noqa: N818 - reads as what happened
    """The source does not answer now: trying again may help."""


class SourceDamaged(SourceRefused):
    """A table or file is not what it should be; nothing of it is published."""
