"""The five processes of the product as supervised programs, and whether they are ready."""

import http.client
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from iact.migrations import ROOT
from iact.ports import METRICS_OFFSET, PROCESSES, process_name, process_ports
from iact.supervision import Program, base_environment
from shared.ports import LOOPBACK
from shared.settings import DatabaseSettings

MODULES: Mapping[str, str] = {
    name: "gateway.main:app" if name == "gateway" else f"services.{name}.main:app" for name in PROCESSES
}
# A load of a quarter wants two processors for minutes; whoever waits for an answer comes first. At 5 a load still gets
# a third of what somebody gets who wants everything, so that data stays fresh in the busiest hour.
NICENESS: Mapping[str, int] = {"ivr": 5}
GRACE_S = 10  # a report that takes longer than this to finish is asked for again
READY_TIMEOUT_S = 2.0  # readiness itself takes one second at most


@dataclass(frozen=True, slots=True)
class Place:
    """What every service is told about where it runs."""

    port: int
    root: Path
    secrets_dir: Path
    sources_file: Path | None
    owner: DatabaseSettings
    owner_password_needed: bool
    processes: int = 1  # of each kind

    @property
    def gateway_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def urls(self) -> dict[str, str]:
        """Where every process listens, by process name (`ivr`, `ivr-2`)."""
        ports = process_ports(self.port, self.processes)
        return {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()}

    def urls_of(self, kind: str) -> str:
        """Where the processes of one kind listen, as the gateway's settings take it: with commas."""
        urls = self.urls()
        return ",".join(urls[process_name(kind, number)] for number in range(1, self.processes + 1))

    def environment(self) -> dict[str, str]:
        """Variables common to the five."""
        common = {
            "IACT_DATA_DIR": str(self.root),
            "IACT_RUN_FILE": str(self.root / "run.json"),
            "IACT_SECRETS_DIR": str(self.secrets_dir),
            "IACT_UI_DIR": str(ROOT / "ui" / "dist"),
            "DB_ANALYTICS_HOST": self.owner.host,
            "DB_ANALYTICS_PORT": str(self.owner.port),
            "DB_ANALYTICS_NAME": self.owner.name,
            "DB_ANALYTICS_USER": self.owner.user,
            **{f"IACT_{kind.upper()}_URL": self.urls_of(kind) for kind in PROCESSES},
        }
        if self.processes > 1:
            common["IACT_GATEWAY_WORKERS"] = str(self.processes)
        if self.sources_file is not None:
            common["IACT_SOURCES_FILE"] = str(self.sources_file)
        if self.owner_password_needed:
            common["DB_ANALYTICS_PASSWORD"] = self.owner.password
        return common


def programs(place: Place, own: Mapping[str, Mapping[str, str]], modules: Mapping[str, str] = MODULES) -> list[Program]:
    """One uvicorn a process; `own` holds variables that only one kind gets."""
    ports = process_ports(place.port, place.processes)
    return [
        Program(
            name=name,
            argv=_argv(module, ports[name]),
            environment={
                **base_environment(),
                **place.environment(),
                **own.get(kind, {}),
                "IACT_METRICS_PORT": str(ports[name] + METRICS_OFFSET),
            },
            directory=Path.cwd(),
            priority=900 if kind == "gateway" else 500,
            niceness=NICENESS.get(kind, 0),
        )
        for number in range(1, place.processes + 1)
        for kind, module in modules.items()
        for name in (process_name(kind, number),)
    ]


def _argv(module: str, port: int) -> list[str]:
    address = ("--host", LOOPBACK, "--port", str(port))
    if module == MODULES["gateway"]:
        # The gateway brings its own listener: uvicorn alone waits for ever on a request that drips in.
        return [sys.executable, "-m", "gateway", *address]
    return [
        *(sys.executable, "-m", "uvicorn", module, *address),
        # The gateway alone says where a request came from; uvicorn must not believe a header about it.
        *("--no-proxy-headers", "--no-server-header", "--no-access-log"),
        *("--timeout-graceful-shutdown", str(GRACE_S)),
    ]


def readiness(url: str) -> tuple[int, str]:
    """Status and body of `/health/ready`; status 0 when nobody answers."""
    host, port = url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=READY_TIMEOUT_S)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()
