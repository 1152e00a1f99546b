"""`python -m gateway [--host HOST] [--port PORT]`: the gateway with its strict listener. `--rotate-key`: a new key."""

import argparse
import os
import sys

import uvicorn

from gateway import binding
from gateway.server import configuration
from gateway.settings import Settings
from shared.identity import rotate_key_pair
from shared.settings import MissingSetting


def main() -> None:
    """Read the settings, refuse an unsafe address, serve."""
    defaults = Settings()
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    parser.add_argument("--host", default=defaults.iact_gateway_host)
    parser.add_argument("--port", type=int, default=defaults.iact_gateway_port)
    parser.add_argument(
        "--rotate-key", action="store_true", help="make a new signing key and end; running processes take it up"
    )
    given = parser.parse_args()
    if given.rotate_key:
        try:
            key = rotate_key_pair(defaults.secrets_dir)
        except (MissingSetting, OSError) as refusal:
            sys.exit(f"gateway: {refusal}")
        sys.stdout.write(f"signing with the key {key} from now on; the one before stays accepted\n")
        return
    settings = defaults.model_copy(update={"iact_gateway_host": given.host, "iact_gateway_port": given.port})
    try:
        binding.check_start(settings, arguments=sys.argv, environment=os.environ)
    except MissingSetting as refusal:
        sys.exit(f"gateway: {refusal}")
    uvicorn.Server(configuration(settings)).run()


if __name__ == "__main__":
    main()
