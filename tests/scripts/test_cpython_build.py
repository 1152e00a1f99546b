"""The CPython builder from end to end, on a source tree as small as one can be: its python3 is this machine's.

By command for real: `IACT_TEST_CPYTHON_SOURCE=FILE pytest tests/scripts/test_cpython_build.py -k real -s`, with
FILE.sha256 beside it; CONFIGURE_FLAGS and JOBS count as they do for the script.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "infrastructure" / "cpython" / "scripts"
VERSION = "3.12.6"
NAME = f"cpython-{VERSION}-debian12-build1.tgz"
SOURCE = os.environ.get("IACT_TEST_CPYTHON_SOURCE")
REAL_BUILD_S = 7_200  # with optimisations a build takes half an hour, on one slow core two
RUNNABLE = sorted(path.name for path in SCRIPTS.glob("*.sh") if path.name != "common.sh")

CONFIGURE = """#!/bin/sh
echo "$@" >flags.txt
prefix=$(echo "$1" | sed 's/--prefix=//')
sed "s#@PREFIX@#$prefix#" Makefile.in >Makefile
"""
MAKEFILE = """all:
\ttrue
install:
\tmkdir -p $(DESTDIR)@PREFIX@/bin
\tcp python3 $(DESTDIR)@PREFIX@/bin/python3
\tcp flags.txt $(DESTDIR)@PREFIX@/flags.txt
"""


def interpreter(version: str, missing: str = "") -> str:
    """A python3 that says the version it should have, and runs this machine's for everything else."""
    real = Path(getattr(sys, "_base_executable", sys.executable))
    return f"""#!/bin/sh
case "$1 $2" in
"--version ") echo "Python {version}"; exit 0 ;;
"-m pip") echo "pip 24 from nowhere"; exit 0 ;;
esac
[ -z "{missing}" ] || {{ cat >/dev/null; printf '{missing.replace(" ", chr(92) + "n")}\\n'; exit 0; }}
exec {real} "$@"
"""


class Place:
    """Folders of one test, and the variables that lead the scripts there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.timeout_s = folder, 500
        self.artifacts = folder / "artifacts"
        self.prefix = folder / "opt" / "python"
        self.variables = {
            "ARTIFACT_DIR": str(self.artifacts),
            "BUILD_STATE_DIR": str(folder / "state"),
            "INSTALLPREFIX": str(self.prefix),
            "CPYTHON_DISTRO": "debian12",
            "LINKDIR": str(folder / "bin"),
            "MINMB": "0",
            "SOURCE_DATE_EPOCH": "1700000000",
        }

    def source(self, *, version: str = VERSION, missing: str = "", make: str = "true", checksum: bool = True) -> Path:
        tree = self.folder / "src" / f"Python-{version}"
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        for name, text in (("configure", CONFIGURE), ("python3", interpreter(version, missing))):
            (tree / name).write_text(text)
            (tree / name).chmod(0o755)
        (tree / "Makefile.in").write_text(MAKEFILE.replace("\ttrue", f"\t{make}"))
        (tree / "LICENSE").write_text("PSF\n")
        archive = self.folder / f"Python-{version}.tgz"
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(tree, arcname=tree.name)
        if checksum:
            done = subprocess.run(["sha256sum", archive], capture_output=True, text=True, check=True)
            archive.with_name(archive.name + ".sha256").write_text(done.stdout)
        return archive

    def run(self, script: str, *options: object, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRIPTS / script), *map(str, options)],
            env={**os.environ, **self.variables, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=self.timeout_s,
        )

    def build(self, *options: object, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("build_cpython.sh", VERSION, "--source", self.source(), *options, **variables)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for tool in ("gcc", "make", "curl", "sha256sum"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    return Place(tmp_path)


@pytest.mark.requirement("RF-042")
def test_from_source_to_installed_tree(place: Place) -> None:
    built = place.build()
    assert built.returncode == 0, built.stdout + built.stderr
    artefact = place.artifacts / NAME
    with tarfile.open(artefact) as packed:
        names = packed.getnames()
        info = packed.extractfile(f"python-{VERSION}/.build-info")
        assert info is not None
        told = dict(line.split("=", 1) for line in info.read().decode().splitlines())
    assert f"python-{VERSION}/bin/python3" in names
    assert f"python-{VERSION}/LICENSE" in names
    assert (told["version"], told["build"], told["distro"]) == (VERSION, "1", "debian12")
    assert told["date"] == "2023-11-14T22:13:20Z"
    for flag in ("--enable-optimizations", "--with-lto", "--enable-shared", "--enable-loadable-sqlite-extensions"):
        assert flag in told["flags"]

    valid = place.run("validate_build.sh", NAME, "--min-mb", 0)
    assert valid.returncode == 0, valid.stdout + valid.stderr
    assert "(11 checks)" in valid.stdout

    installed = place.run("install_prebuilt_cpython.sh", VERSION=VERSION)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    target = Path(f"{place.prefix}-{VERSION}")
    command = place.folder / "bin" / "python3.12"
    assert f'exec "{target}/bin/python3"' in command.read_text()
    before = target.stat().st_ino
    again = place.run("install_prebuilt_cpython.sh", VERSION=VERSION)
    assert (again.returncode, "already" in again.stdout) == (0, True)
    assert target.stat().st_ino == before
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_built_before_is_no_failure_and_force_is_no_build_number(place: Place) -> None:
    assert place.build().returncode == 0
    artefact = place.artifacts / NAME
    again = place.build()
    assert (again.returncode, "was built before" in again.stdout) == (0, True)
    same = place.folder / f"Python-{VERSION}.tgz"
    assert place.run("build_cpython.sh", VERSION, "--source", same, "--force").returncode == 0
    first = artefact.read_bytes()
    forced = place.run("build_cpython.sh", VERSION, "--source", same, "--force")
    assert forced.returncode == 0
    assert artefact.read_bytes() == first  # the same source and date give the same artefact
    assert [path.name for path in place.artifacts.glob("*.tgz")] == [NAME]
    artefact.write_bytes(b"somebody else's")
    refused = place.build()
    assert (refused.returncode, "--force" in refused.stderr) == (1, True)
    assert place.build("--build", 2).returncode == 0
    assert (place.artifacts / NAME.replace("build1", "build2")).is_file()


@pytest.mark.parametrize("how", ["none", "wrong file", "wrong option"])
def test_source_without_a_fitting_checksum_is_not_built(place: Place, how: str) -> None:
    archive = place.source(checksum=False)
    if how == "wrong file":
        archive.with_name(archive.name + ".sha256").write_text("0" * 64 + "  x\n")
    options = ["--sha256", "f" * 64] if how == "wrong option" else []
    done = place.run("build_cpython.sh", VERSION, "--source", archive, *options)
    assert done.returncode == 1
    assert ("no checksum" if how == "none" else "do not use it") in done.stderr
    assert not place.artifacts.exists()


def test_missing_standard_module_stops_the_build_unless_allowed(place: Place) -> None:
    archive = place.source(missing="ssl tkinter")
    done = place.run("build_cpython.sh", VERSION, "--source", archive)
    assert done.returncode == 1
    assert "module ssl is MISSING" in done.stdout
    assert "module tkinter is missing (optional)" in done.stdout
    allowed = place.run("build_cpython.sh", VERSION, "--source", archive, "--allow-missing", "ssl")
    assert allowed.returncode == 0, allowed.stderr
    checked = place.run("validate_build.sh", NAME, "--min-mb", 0)
    assert (checked.returncode, "FAILED: every standard module" in checked.stdout) == (1, True)


def test_another_version_s_source_is_refused(place: Place) -> None:
    done = place.run("build_cpython.sh", "3.13.0", "--source", place.source())
    assert done.returncode == 1
    assert "not of 3.13.0" in done.stderr


def test_failing_step_shows_its_last_lines(place: Place) -> None:
    done = place.run("build_cpython.sh", VERSION, "--source", place.source(make="echo broken here; false"))
    assert done.returncode == 1
    assert "make failed" in done.stderr
    assert "broken here" in done.stderr
    assert not place.artifacts.exists()


def repacked(place: Place, *, add: str) -> None:
    """The artefact with one more member, and a checksum that fits it."""
    artefact = place.artifacts / NAME
    with tarfile.open(artefact) as old:
        old.extractall(place.folder / "re", filter="data")
    with tarfile.open(artefact, "w:gz") as new:
        new.add(place.folder / "re" / f"python-{VERSION}", arcname=f"python-{VERSION}")
        new.add(place.folder / "re" / f"python-{VERSION}" / "LICENSE", arcname=add)
    done = subprocess.run(["sha256sum", artefact], capture_output=True, text=True, check=True)
    artefact.with_name(NAME + ".sha256").write_text(done.stdout)


@pytest.mark.parametrize("spoiled", ["size", "checksum", "no checksum", "outside", "parent"])
def test_bad_artefact_is_neither_valid_nor_installed(place: Place, spoiled: str) -> None:
    assert place.build().returncode == 0
    artefact = place.artifacts / NAME
    minimum = "0"
    match spoiled:
        case "size":
            minimum = "30"
        case "checksum":
            artefact.write_bytes(artefact.read_bytes() + b"x")
        case "no checksum":
            artefact.with_name(NAME + ".sha256").unlink()
        case "outside":
            repacked(place, add="elsewhere/file")
        case _:
            repacked(place, add=f"python-{VERSION}/../../file")
    checked = place.run("validate_build.sh", artefact, "--min-mb", minimum)
    assert checked.returncode == 1
    assert "FAILED: " in checked.stdout
    installed = place.run("install_prebuilt_cpython.sh", VERSION=VERSION, MINMB=minimum)
    assert installed.returncode == 1
    assert not list(place.folder.glob("opt/*"))


def test_artefact_of_a_share_is_fetched_and_a_plain_address_is_refused(place: Place) -> None:
    assert place.build().returncode == 0
    share = place.folder / "share"
    place.artifacts.rename(share)
    plain = place.run("install_prebuilt_cpython.sh", VERSION=VERSION, ARTIFACTURL=f"http://127.0.0.1:9/{NAME}")
    assert (plain.returncode, "neither https nor file" in plain.stderr) == (1, True)
    done = place.run("install_prebuilt_cpython.sh", VERSION=VERSION, ARTIFACTURL=f"file://{share / NAME}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert Path(f"{place.prefix}-{VERSION}", "bin", "python3").is_file()


def test_tree_of_somebody_else_is_left_alone(place: Place) -> None:
    assert place.build().returncode == 0
    target = Path(f"{place.prefix}-{VERSION}")
    target.mkdir(parents=True)
    (target / "theirs").write_text("x")
    done = place.run("install_prebuilt_cpython.sh", VERSION=VERSION)
    assert (done.returncode, "was not installed by this script" in done.stderr) == (1, True)
    assert place.run("cleanup.sh", "--all").returncode == 0
    assert (target / "theirs").read_text() == "x"


def test_cleanup_takes_what_was_asked_for(place: Place) -> None:
    for number in (1, 2, 3):
        assert place.build("--build", number).returncode == 0
        os.utime(place.artifacts / NAME.replace("build1", f"build{number}"), (number, number))
    assert place.run("install_prebuilt_cpython.sh", VERSION=VERSION).returncode == 0
    target = Path(f"{place.prefix}-{VERSION}")
    rehearsed = place.run("cleanup.sh", "--all", "--dry-run")
    assert "would remove" in rehearsed.stdout
    assert target.is_dir()
    assert place.run("cleanup.sh", "--artifacts", KEEP="1").returncode == 0
    assert sorted(path.name for path in place.artifacts.iterdir()) == [
        NAME.replace("build1", "build3"),
        NAME.replace("build1", "build3") + ".sha256",
    ]
    assert target.is_dir()
    assert place.run("cleanup.sh", "--all").returncode == 0
    assert not target.exists()
    assert list(place.artifacts.iterdir()) == []
    assert list((place.folder / "state").iterdir()) == []


@pytest.mark.parametrize("name", RUNNABLE)
def test_help_is_an_answer_and_an_unknown_option_a_refusal(place: Place, name: str) -> None:
    helped, refused = place.run(name, "--help"), place.run(name, "--no-such-option")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert helped.stdout.startswith("Usage: ")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--no-such-option" in refused.stderr


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("build_cpython.sh", []),
        ("build_cpython.sh", ["3.12"]),
        ("build_cpython.sh", [VERSION, "--build", "--force"]),
        ("build_cpython.sh", [VERSION, "--build"]),
        ("build_cpython.sh", [VERSION, "--source", "/no/such/file"]),
        ("build_cpython.sh", [VERSION, "2"]),
        ("validate_build.sh", []),
        ("validate_build.sh", ["a", "--min-mb", "x"]),
        ("cleanup.sh", []),
    ],
)
def test_wrong_usage_is_code_2(place: Place, name: str, options: list[str]) -> None:
    done = place.run(name, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--help" in done.stderr


@pytest.mark.requirement("RF-042")
def test_an_empty_time_of_the_source_is_none(place: Place) -> None:
    """gcc reads the variable, too, and refuses an empty one."""
    source = place.source(make='test -z "$${SOURCE_DATE_EPOCH+set}"')
    built = place.run("build_cpython.sh", VERSION, "--source", source, SOURCE_DATE_EPOCH="")
    assert built.returncode == 0, built.stdout + built.stderr
    wrong = place.run("build_cpython.sh", VERSION, "--source", source, SOURCE_DATE_EPOCH="yesterday")
    assert wrong.returncode == 2
    assert "SOURCE_DATE_EPOCH" in wrong.stderr


@pytest.mark.requirement("RF-042")
@pytest.mark.skipif(SOURCE is None, reason="IACT_TEST_CPYTHON_SOURCE names no archive; a real build takes many minutes")
@pytest.mark.timeout(REAL_BUILD_S)
def test_a_real_source_becomes_a_python_that_runs(place: Place) -> None:
    archive = Path(str(SOURCE))
    with tarfile.open(archive) as packed:
        version = packed.getnames()[0].partition("/")[0].removeprefix("Python-")
    place.variables |= {"CPYTHON_DISTRO": "", "MINMB": "30", "SOURCE_DATE_EPOCH": "", "VERSION": version}
    place.timeout_s = REAL_BUILD_S
    built = place.run("build_cpython.sh", version, "--source", archive)
    print(built.stdout, built.stderr)
    assert built.returncode == 0
    (artefact,) = place.artifacts.glob("*.tgz")
    print(f"{artefact.name}: {artefact.stat().st_size / 1e6:.1f} MB")
    valid = place.run("validate_build.sh", artefact)
    print(valid.stdout)
    assert valid.returncode == 0, valid.stderr

    share = place.folder / "share"
    place.artifacts.rename(share)
    address = f"file://{share / artefact.name}"
    installed = place.run("install_prebuilt_cpython.sh", ARTIFACTURL=address)
    print(installed.stdout)
    assert installed.returncode == 0, installed.stderr
    python = place.folder / "bin" / f"python{version.rpartition('.')[0]}"  # as people call it, not where it lies
    venv = place.folder / "venv"
    subprocess.run([python, "-m", "venv", venv], check=True, timeout=300)
    told = subprocess.run(
        [
            venv / "bin" / "python",
            "-c",
            "import ctypes, lzma, sqlite3, ssl, sys, uuid; print(sys.version, sys.base_prefix)",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=500,
        env={"PATH": os.environ["PATH"]},
    )
    print(told.stdout)
    assert told.stdout.startswith(version)
    assert told.stdout.split()[-1] == f"{place.prefix}-{version}"
    assert place.run("cleanup.sh", "--all").returncode == 0
    assert not Path(f"{place.prefix}-{version}").exists()
