from shared.ports import free_port

BLOCK = 15  # the gateway, four services, and their metrics ten later


def free_block() -> int:
    """A port whose followers are free too."""
    return free_port(beside=range(1, BLOCK))
