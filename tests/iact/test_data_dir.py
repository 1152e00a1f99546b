import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from iact import data_dir
from iact.errors import CommandFailed

pytestmark = pytest.mark.unit


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_new_folder_gets_the_marker_and_private_inner_folders(tmp_path: Path) -> None:
    layout = data_dir.prepare(tmp_path / "new")
    assert data_dir.is_ours(layout.root)
    assert layout.logs.stat().st_mode & 0o777 == 0o700
    assert layout.root.stat().st_mode & 0o077 in {0o000, 0o011}  # others may at most pass through


def test_preparing_twice_keeps_what_is_there(tmp_path: Path) -> None:
    layout = data_dir.prepare(tmp_path)
    (layout.logs / "ivr.log").write_text("kept")
    data_dir.prepare(tmp_path)
    assert (layout.logs / "ivr.log").read_text() == "kept"


def test_a_folder_with_a_strangers_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("years of work")
    with pytest.raises(CommandFailed, match="not empty and is no data folder"):
        data_dir.prepare(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["thesis.odt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandFailed, match="is a file"):
        data_dir.check(tmp_path / "file")


@pytest.mark.parametrize("root", [Path("/"), Path.home(), Path("/var/lib")])
def test_folders_of_the_system_are_refused(root: Path) -> None:
    with pytest.raises(CommandFailed, match="folder of the system"):
        data_dir.check(root)


@pytest.mark.parametrize("name", ["semi;colon", 'quo"te', "apostrophe's", "ha#sh", "line\nend"])
def test_names_that_configuration_files_cannot_hold_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandFailed, match="choose another path"):
        data_dir.check(tmp_path / name)


def test_erase_removes_the_folder_and_what_belongs_to_it(tmp_path: Path) -> None:
    layout = data_dir.prepare(tmp_path / "data")
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "PG_VERSION").touch()
    data_dir.remember_outside(layout.root, outside)
    data_dir.erase(layout.root)
    assert not layout.root.exists()
    assert not outside.exists()


def test_erase_leaves_a_folder_without_marker_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()
    with pytest.raises(CommandFailed, match="nothing was erased"):
        data_dir.erase(tmp_path)
    assert (tmp_path / "thesis.odt").exists()


def test_erase_does_not_follow_a_link(tmp_path: Path) -> None:
    layout = data_dir.prepare(tmp_path / "data")
    link = tmp_path / "link"
    link.symlink_to(layout.root)
    with pytest.raises(CommandFailed, match="is a link"):
        data_dir.erase(link)
    assert data_dir.is_ours(layout.root)


def test_erase_removes_links_inside_but_not_what_they_point_at(tmp_path: Path) -> None:
    layout = data_dir.prepare(tmp_path / "data")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (layout.root / "link").symlink_to(precious)
    data_dir.erase(layout.root)
    assert (precious / "file").exists()


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"product": "other"}'])
def test_a_strangers_marker_is_not_ours(tmp_path: Path, content: str) -> None:
    (tmp_path / data_dir.MARKER).write_text(content)
    assert not data_dir.is_ours(tmp_path)


def test_folders_inside_need_no_note(tmp_path: Path) -> None:
    layout = data_dir.prepare(tmp_path)
    data_dir.remember_outside(layout.root, layout.postgres)
    assert json.loads((tmp_path / data_dir.MARKER).read_text())["outside"] == []


@pytest.mark.parametrize(("free", "fits"), [(1_400_000_000, False), (1_600_000_000, True)])
def test_a_disk_without_room_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, fits: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - free, free))
    wanted = tmp_path / "not" / "there" / "yet"
    if fits:
        data_dir.require_space(wanted, rows=0)
    else:
        with pytest.raises(CommandFailed, match=r"has 1\.4 GB free and 1\.5 GB are needed"):
            data_dir.require_space(wanted, rows=0)
    assert not (tmp_path / "not").exists()
