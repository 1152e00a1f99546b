"""Files: the same bytes for the same seed, nothing of others touched, nothing half-written left behind."""

import errno
import gzip
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.errors import NotOurs, SimulationFailed, TargetUnreachable
from iact.simulate.folder import FolderWriter
from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.manifest import read_manifest, write_manifest
from iact.simulate.tables import Table
from iact.simulate.targets import FolderTarget

pytestmark = pytest.mark.unit


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("compressed", [False, True])
def test_same_seed_same_bytes(tmp_path: Path, compressed: bool) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        target = FolderTarget(tmp_path / name, compressed=compressed)
        simulate_legacy(LegacyOptions(rows=50_000, seed=seed), target)
        simulate_asterisk(AsteriskOptions(rows=5_000, seed=seed), target)
    first, second, other = (digests(tmp_path / name) for name in "abc")
    assert first == second
    assert [name for name in first if first[name] == other[name]] == [".iact-simulate.json"]


def test_same_seed_same_truth(tmp_path: Path) -> None:
    options = LegacyOptions(rows=3_000, seed=9)
    first = simulate_legacy(options, FolderTarget(tmp_path / "a"))
    assert first == simulate_legacy(options, FolderTarget(tmp_path / "b"))


def test_gzip_holds_the_same_text(tmp_path: Path) -> None:
    simulate_legacy(LegacyOptions(rows=500), FolderTarget(tmp_path / "plain"))
    simulate_legacy(LegacyOptions(rows=500), FolderTarget(tmp_path / "packed", compressed=True))
    name = "tbl_historico_t3_2025.csv"
    packed = gzip.decompress((tmp_path / "packed" / f"{name}.gz").read_bytes())
    assert packed == (tmp_path / "plain" / name).read_bytes()


def test_a_strangers_file_is_refused_and_kept(tmp_path: Path) -> None:
    theirs = tmp_path / "tbl_historico_t4_2025.csv"
    theirs.write_text("theirs")
    with pytest.raises(NotOurs, match="not made by iact simulate"):
        simulate_legacy(LegacyOptions(rows=100), FolderTarget(tmp_path))
    assert theirs.read_text() == "theirs"
    assert [path.name for path in tmp_path.iterdir()] == [theirs.name]


def test_a_new_run_replaces_its_own_kind_only(tmp_path: Path) -> None:
    target = FolderTarget(tmp_path)
    simulate_legacy(LegacyOptions(rows=100, quarters=3), target)
    simulate_asterisk(AsteriskOptions(rows=100), target)
    simulate_legacy(LegacyOptions(rows=100, quarters=1), target)
    names = {path.name for path in tmp_path.iterdir()}
    files = {"tbl_historico_t3_2025.csv", "queue_log.csv", "queue_log", "cdr.csv", "cel.csv"}
    assert names == files | {".iact-simulate.json"}


def test_a_full_disk_is_one_sentence_and_leaves_the_earlier_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = FolderTarget(tmp_path)
    simulate_legacy(LegacyOptions(rows=100, seed=1), target)
    before = digests(tmp_path)

    def full(self: FolderWriter, table: Table, text: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(FolderWriter, "write", full)
    with pytest.raises(TargetUnreachable, match=r"^Cannot write to .*: No space left on device\.$"):
        simulate_legacy(LegacyOptions(rows=100, seed=2), target)
    assert digests(tmp_path) == before


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TargetUnreachable, match=r"^Cannot write to "):
        simulate_legacy(LegacyOptions(rows=10), FolderTarget(tmp_path / "file"))


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_legacy(LegacyOptions(rows=100), FolderTarget(tmp_path), interrupt)
    assert list(tmp_path.iterdir()) == []


def test_manifests_of_both_kinds_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "manifest.json"
    target = FolderTarget(tmp_path)
    write_manifest(path, "legacy", simulate_legacy(LegacyOptions(rows=50), target))
    write_manifest(path, "asterisk", simulate_asterisk(AsteriskOptions(rows=50), target))
    content = read_manifest(path)
    assert content["legacy"]["calls"] == content["asterisk"]["tables"]["queue_log"] == 50
    assert [entry.name for entry in path.parent.iterdir()] == ["manifest.json"]


@pytest.mark.parametrize("text", ["not json", "[1]"])
def test_a_manifest_that_is_none_is_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(SimulationFailed, match="move it away"):
        read_manifest(path)
    assert path.read_text() == text


@settings(max_examples=15, deadline=None)
@given(rows=st.integers(0, 70_000))
def test_progress_ends_at_the_rows_asked_for(rows: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    heard: list[tuple[int, int]] = []
    target = FolderTarget(tmp_path_factory.mktemp("p"))
    manifest = simulate_legacy(LegacyOptions(rows=rows), target, lambda done, total: heard.append((done, total)))
    assert manifest.calls == rows
    assert heard == sorted(heard)
    assert not rows or heard[-1] == (rows, rows)
