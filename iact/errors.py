"""What goes wrong in a way that the person at the terminal can put right."""


class CommandFailed(Exception):  # noqa: N818 - reads as what it is
    """The command could not do what was asked.

    The message is one sentence for the person at the terminal: what is wrong, and the way out.
    """


class SystemNotRunning(CommandFailed):
    """Nothing runs from this data folder."""
