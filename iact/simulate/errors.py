from iact.errors import CommandFailed


class SimulationFailed(CommandFailed):
    """The simulator could not write what was asked; the message is one sentence without any password."""


class NotOurs(SimulationFailed):
    """The folder or schema holds something that `iact simulate` did not make."""


class TargetUnreachable(SimulationFailed):
    """The database or folder cannot be written to."""
