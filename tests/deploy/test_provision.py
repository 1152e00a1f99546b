"""The provisioning that the VM and a server share: what it refuses, and, in a tree of Debian, that twice is once.

The second form needs root and a tree: `debootstrap --variant=minbase bookworm FOLDER`, then
`IACT_TEST_TREE=FOLDER pytest tests/deploy/test_provision.py`. The tree is changed; no file of the machine is.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing.plugin import ROOT

SCRIPT = ROOT / "infrastructure" / "provision" / "provision.sh"
VAGRANTFILE = ROOT / "Vagrantfile"
TREE = os.environ.get("IACT_TEST_TREE")
PORTS = {"postgres": 15_432, "mariadb": 13_306}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(SCRIPT), *arguments], capture_output=True, text=True, check=False, timeout=500)


@pytest.mark.requirement("RF-062")
@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--postgres-port", "99999"], "needs a port from 1 to 65535"),
        (["--mariadb-port", "x"], "needs a port"),
        (["--mariadb-port"], "needs a value"),
        (["--listen", "10.0.0.1"], "needs --allow NETWORK"),
        (["--listen", "here"], "an IPv4 address such as"),
        (["--allow", "10.0.2.0"], "a network such as"),
        (["--sample-data", "many"], "a number of rows"),
        (["--sample-data", "10", "--without-mariadb"], "contradict"),
        (["--nonsense"], 'unknown option "--nonsense"'),
    ],
)
def test_wrong_usage_is_told_before_anything_is_done(arguments: list[str], sentence: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "--help" in done.stderr


@pytest.mark.integration
def test_help_is_an_answer() -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "15432" in done.stdout


@pytest.mark.requirement("RF-062")
@pytest.mark.unit
def test_the_machine_forwards_both_ports_to_this_computer_only() -> None:
    text = VAGRANTFILE.read_text(encoding="utf-8")
    found = {name: int(port.replace("_", "")) for name, port in re.findall(r'"(\w+)" => ([\d_]+)', text)}
    assert found == PORTS
    assert 'host_ip: "127.0.0.1"' in text
    for name, port in PORTS.items():
        assert f"--{name}-port {port}" in text


@pytest.mark.unit
def test_the_machine_is_made_with_options_that_the_script_has() -> None:
    known = set(re.findall(r"--[a-z-]+", SCRIPT.read_text(encoding="utf-8")))
    used = set(re.findall(r"--[a-z-]+", VAGRANTFILE.read_text(encoding="utf-8")))
    assert used
    assert used <= known


@pytest.mark.integration
@pytest.mark.skipif(shutil.which("ruby") is None, reason="ruby is not installed")
def test_the_machines_file_is_ruby() -> None:
    done = subprocess.run(["ruby", "-c", VAGRANTFILE], capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr


class Tree:
    """A Debian in a folder, with the product at /opt/iact; it shares the machine's network and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str, text: str = "", timeout: float = 900) -> str:
        done = subprocess.run(
            ["chroot", self.folder, *command],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def provision(self, *arguments: str) -> str:
        return self.run("/opt/iact/infrastructure/provision/provision.sh", *arguments)

    def secret(self, name: str) -> str:
        return (self.folder / "etc/iact/secrets" / name).read_text(encoding="utf-8").strip()


@pytest.fixture
def tree() -> Iterator[Tree]:
    if TREE is None or os.geteuid() != 0:
        pytest.skip("needs root and IACT_TEST_TREE, a folder that debootstrap made")
    folder = Path(TREE)
    product = folder / "opt" / "iact"
    for part in ("infrastructure", "deploy"):
        shutil.copytree(ROOT / part, product / part, dirs_exist_ok=True)
    for name in ("proc", "dev"):
        subprocess.run(["mount", "--rbind", f"/{name}", folder / name], check=True)
        subprocess.run(["mount", "--make-rslave", folder / name], check=True)
    made = Tree(folder)
    try:
        yield made
    finally:
        made.run(
            "sh", "-c", "pg_lsclusters -h | while read v n rest; do pg_ctlcluster $v $n stop -m fast; done || true"
        )
        made.run("sh", "-c", "service mariadb stop || true")
        for name in ("proc", "dev"):
            subprocess.run(["umount", "--recursive", "--lazy", folder / name], check=True)


@pytest.mark.requirement("RF-062")
@pytest.mark.integration
@pytest.mark.timeout(1_800)  # the first run installs two servers
def test_a_second_run_in_a_tree_changes_nothing(tree: Tree) -> None:
    arguments = [part for name, port in PORTS.items() for part in (f"--{name}-port", str(port))]
    tree.provision(*arguments)
    before = {name: tree.secret(name) for name in ("db_password_owner", "db_password_iact_ivr", "db_ivr_password")}
    second = tree.provision(*arguments)
    assert before == {name: tree.secret(name) for name in before}
    for word in ("installing", "writing", "making", "restart", "start"):
        assert f"] {word}" not in second, second
        assert f": {word}" not in second, second

    grants = tree.run(
        "mariadb",
        "--protocol=tcp",
        f"--port={PORTS['mariadb']}",
        "--user=iact_reader",
        f"--password={before['db_ivr_password']}",
        "--skip-column-names",
        text="SHOW GRANTS;",
    )
    assert re.sub(r" IDENTIFIED BY \S+ \S+", "", grants.replace("`", "")).split("\n")[:2] == [
        "GRANT USAGE ON *.* TO iact_reader@localhost WITH MAX_USER_CONNECTIONS 4",
        "GRANT SELECT ON ivr_data.* TO iact_reader@localhost",
    ]
    for role in ("iact_owner", "iact_ivr", "iact_dora"):
        secret = tree.secret(f"db_password_{role}" if role != "iact_owner" else "db_password_owner")
        dsn = f"postgresql://{role}:{secret}@127.0.0.1:{PORTS['postgres']}/iact_analytics"
        assert tree.run("psql", "-X", "-At", dsn, text="SELECT current_user").strip() == role
