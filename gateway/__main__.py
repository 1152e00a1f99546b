"""`python -m gateway [--host HOST] [--port PORT]`: the gateway with its strict listener."""

import argparse
import os
import sys

import uvicorn

from gateway import binding
from gateway.server import configuration
from gateway.settings import Settings
from shared.settings import MissingSetting


def main() -> None:
    """Read the settings, refuse an unsafe address, serve."""
    defaults = Settings()
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    parser.add_argument("--host", default=defaults.iact_gateway_host)
    parser.add_argument("--port", type=int, default=defaults.iact_gateway_port)
    given = parser.parse_args()
    settings = defaults.model_copy(update={"iact_gateway_host": given.host, "iact_gateway_port": given.port})
    try:
        binding.check_start(settings, arguments=sys.argv, environment=os.environ)
    except MissingSetting as refusal:
        sys.exit(f"gateway: {refusal}")
    uvicorn.Server(configuration(settings)).run()


if __name__ == "__main__":
    main()
