from iact import ports

PORT_MAX = 65_000
BLOCK = 15  # the gateway, four services, and their metrics ten later


def free_block() -> int:
    """A port whose followers are free too."""
    while True:
        first = ports.free_port()
        if first <= PORT_MAX and all(ports.is_free(first + offset) for offset in range(BLOCK)):
            return first
