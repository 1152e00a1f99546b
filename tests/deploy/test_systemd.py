"""The units: hardened, alike, started as the supervisor starts the same services, and given only their own secrets."""

import itertools
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from iact.cli import build
from iact.ports import METRICS_OFFSET, PROCESSES, process_name, process_ports
from iact.services import MODULES, NICENESS, _argv
from shared.identity import PUBLIC_KEYS_FILE, SIGNING_KEY_FILE

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "systemd"
EXPOSURE_MAX = 1.5
TIMED = ("doctor", "partitions", "backup", "retention")
OPERATOR_NAMES = (*TIMED, "backup-follow")
OPERATOR = {name: (FOLDER / f"iact-{name}.service").read_text(encoding="utf-8") for name in OPERATOR_NAMES}
UNITS = {name: (FOLDER / f"iact-{name}@.service").read_text(encoding="utf-8") for name in PROCESSES}
CREDENTIALS = {
    "gateway": {SIGNING_KEY_FILE, PUBLIC_KEYS_FILE},
    "sessions": {"db_password_iact_sessions", PUBLIC_KEYS_FILE, "sign_in_key", "audit_anchor_key"},
    "ivr": {"db_password_iact_ivr", PUBLIC_KEYS_FILE, "caller_key"},
    "analytics": {"db_password_iact_analytics", PUBLIC_KEYS_FILE},
    "dora": {"db_password_iact_dora", PUBLIC_KEYS_FILE},
}


@pytest.mark.integration
@pytest.mark.parametrize("unit", [*(f"{name}@" for name in PROCESSES), *OPERATOR_NAMES])
def test_exposure_is_low(unit: str) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(FOLDER / f"iact-{unit}.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= EXPOSURE_MAX


@pytest.mark.unit
def test_the_service_that_hashes_may_say_that_its_threads_give_way() -> None:
    filters = re.findall(r"^SystemCallFilter=(.+)$", UNITS["sessions"], re.MULTILINE)
    assert filters[-1] == "setpriority", "behind what takes away @resources, which it belongs to"


@pytest.mark.unit
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("name", PROCESSES)
def test_started_as_the_supervisor_starts_it(name: str, number: int) -> None:
    unit = UNITS[name].replace("%i", str(number))
    started = re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    assert started
    port = process_ports(8000, 2)[process_name(name, number + 1)]
    assert started[1].split()[1:] == _argv(MODULES[name], port)[1:]
    assert f"IACT_METRICS_PORT={port + METRICS_OFFSET} " in unit
    niceness = re.search(r"^Nice=(\d+)$", unit, re.MULTILINE)
    assert (int(niceness[1]) if niceness else 0) == NICENESS.get(name, 0)
    # A step of niceness is worth a quarter more or less (sched(7)); units are weighed against 100.
    weight = re.search(r"^CPUWeight=(\d+)$", unit, re.MULTILINE)
    assert (int(weight[1]) if weight else 100) == round(100 / 1.25 ** NICENESS.get(name, 0))


@pytest.mark.unit
@pytest.mark.parametrize("name", [name for name in PROCESSES if name != "gateway"])
def test_the_gateways_know_both_processes(name: str) -> None:
    ports = process_ports(8000, 2)
    first, second = (f"http://127.0.0.1:{ports[process_name(name, number)]}" for number in (1, 2))
    assert f"\nEnvironment=IACT_{name.upper()}_URL={first},{second}\n" in UNITS["gateway"]


@pytest.mark.unit
@pytest.mark.parametrize("name", PROCESSES)
def test_secrets_are_its_own_and_come_as_credentials(name: str) -> None:
    given = dict(re.findall(r"^LoadCredential=(\S+?):(\S+)$", UNITS[name], re.MULTILINE))
    assert set(given) == CREDENTIALS[name]
    assert all(path == f"/etc/iact/secrets/{credential}" for credential, path in given.items())
    assert "IACT_SECRETS_DIR=%d" in UNITS[name]
    assert not re.search(r"PASSWORD=", UNITS[name])


@pytest.mark.unit
def test_timers_run_commands_that_exist_with_options_that_exist() -> None:
    for name, unit in OPERATOR.items():
        started = re.search(r"^ExecStart=/opt/iact/.venv/bin/python -m iact (.+)$", unit, re.MULTILINE)
        assert started, name
        words = started[1].split()
        path = list(itertools.takewhile(lambda word: not word.startswith("--"), words))
        helped = CliRunner().invoke(build(path[0]), [*path, "--help"], env={"COLUMNS": "200"})
        assert helped.exit_code == 0, name
        for option in (word for word in words if word.startswith("--")):
            assert option in helped.stdout, f"{name}: {option}"
        assert "User=iact-operator\n" in unit
        assert "LoadCredential=db_password_owner:" in unit
        assert not re.search(r"PASSWORD=", unit)


@pytest.mark.unit
def test_a_copy_gets_every_secret() -> None:
    given = set(re.findall(r"^LoadCredential=(\S+?):", OPERATOR["backup"], re.MULTILINE))
    assert given == set.union(*CREDENTIALS.values()) | {"db_password_owner"}


@pytest.mark.integration
def test_systemd_understands_units_and_timers(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for file in FOLDER.glob("iact*.[st]*"):
        # What is not installed here is replaced; the rest is looked at as it is.
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (tmp_path / file.name).write_text(re.sub(r"^Documentation=.*$", "", text, flags=re.MULTILINE), encoding="utf-8")
    files = sorted(str(path) for path in tmp_path.glob("iact*.[st]*") if path.suffix in {".service", ".timer"})
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    told = [line for line in done.stderr.splitlines() if "iact" in line]
    assert told == []


@pytest.mark.unit
@pytest.mark.parametrize("name", TIMED)
def test_a_timer_starts_its_unit_and_makes_up_for_a_night_off(name: str) -> None:
    timer = (FOLDER / f"iact-{name}.timer").read_text(encoding="utf-8")
    assert "Type=oneshot\n" in OPERATOR[name]
    assert "Persistent=true\n" in timer
    assert "WantedBy=iact.target\n" in timer
    assert re.search(r"^OnCalendar=\*-\*-\* \d\d:\d\d:00$", timer, re.MULTILINE)


@pytest.mark.unit
def test_all_are_hardened_alike_and_wanted_by_the_target() -> None:
    every = [*UNITS.values(), *OPERATOR.values()]
    hardening = {unit.partition("# Nothing of the machine")[2].partition("\n[Install]")[0].strip() for unit in every}
    assert len(hardening) == 1
    assert "CapabilityBoundingSet=\n" in hardening.pop()
    target = (FOLDER / "iact.target").read_text(encoding="utf-8")
    users = (FOLDER / "iact.sysusers.conf").read_text(encoding="utf-8")
    for name in PROCESSES:
        assert f"iact-{name}@0.service" in target
        assert f"iact-{name}@1.service" in target
        assert f"User=iact-{name}\n" in UNITS[name]
        assert f"u iact-{name} " in users


@pytest.mark.unit
@pytest.mark.parametrize(
    ("name", "setting"), [("sessions", "IACT_AUDIT_ANCHORS_FILE"), ("analytics", "IACT_EXPORTS_DIR")]
)
def test_what_a_service_writes_lies_in_its_own_folder(name: str, setting: str) -> None:
    """Beside the secrets, where the settings put it by default, a unit cannot write."""
    assert re.search(rf"^StateDirectory=iact-{name}$", UNITS[name], re.MULTILINE)
    assert re.search(rf"^Environment={setting}=%S/iact-{name}/", UNITS[name], re.MULTILINE)
