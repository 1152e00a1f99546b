"""The units: hardened, alike, started as the supervisor starts the same services, and given only their own secrets."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from iact.ports import PROCESSES, metrics_ports, service_ports
from iact.services import MODULES, _argv
from shared.identity import PUBLIC_KEYS_FILE, SIGNING_KEY_FILE

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "systemd"
EXPOSURE_MAX = 1.5
UNITS = {name: (FOLDER / f"iact-{name}.service").read_text(encoding="utf-8") for name in PROCESSES}
CREDENTIALS = {
    "gateway": {SIGNING_KEY_FILE, PUBLIC_KEYS_FILE},
    "sessions": {"db_password_iact_sessions", PUBLIC_KEYS_FILE, "sign_in_key", "audit_anchor_key"},
    "ivr": {"db_password_iact_ivr", PUBLIC_KEYS_FILE, "caller_key"},
    "analytics": {"db_password_iact_analytics", PUBLIC_KEYS_FILE},
    "dora": {"db_password_iact_dora", PUBLIC_KEYS_FILE},
}


@pytest.mark.integration
@pytest.mark.parametrize("name", PROCESSES)
def test_exposure_is_low(name: str) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(FOLDER / f"iact-{name}.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= EXPOSURE_MAX


@pytest.mark.unit
@pytest.mark.parametrize("name", PROCESSES)
def test_started_as_the_supervisor_starts_it(name: str) -> None:
    started = re.search(r"^ExecStart=(.+)$", UNITS[name], re.MULTILINE)
    assert started
    port = service_ports(8000)[name]
    assert started[1].split()[1:] == _argv(MODULES[name], port)[1:]
    assert f"IACT_METRICS_PORT={metrics_ports(8000)[name]} " in UNITS[name]


@pytest.mark.unit
@pytest.mark.parametrize("name", PROCESSES)
def test_secrets_are_its_own_and_come_as_credentials(name: str) -> None:
    given = dict(re.findall(r"^LoadCredential=(\S+?):(\S+)$", UNITS[name], re.MULTILINE))
    assert set(given) == CREDENTIALS[name]
    assert all(path == f"/etc/iact/secrets/{credential}" for credential, path in given.items())
    assert "IACT_SECRETS_DIR=%d" in UNITS[name]
    assert not re.search(r"PASSWORD=", UNITS[name])


@pytest.mark.unit
def test_all_are_hardened_alike_and_wanted_by_the_target() -> None:
    hardening = {unit.partition("# Nothing of the machine")[2] for unit in UNITS.values()}
    assert len(hardening) == 1
    assert "CapabilityBoundingSet=\n" in hardening.pop()
    target = (FOLDER / "iact.target").read_text(encoding="utf-8")
    users = (FOLDER / "iact.sysusers.conf").read_text(encoding="utf-8")
    for name in PROCESSES:
        assert f"iact-{name}.service" in target
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
