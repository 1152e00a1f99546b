import json
import stat
from pathlib import Path

import pytest

from services.sessions.credentials import code_digest, new_code
from services.sessions.local_files import clear_sign_in_url, sign_in_key
from shared.settings import MissingSetting

pytestmark = pytest.mark.unit


def run_file(folder: Path, code: str) -> Path:
    path = folder / "run.json"
    path.write_text(json.dumps({"gateway_url": "http://x", "admin_sign_in_url": f"http://x/sign-in#code={code}"}))
    path.chmod(0o600)
    return path


def test_the_used_link_goes_and_the_rest_stays(tmp_path: Path) -> None:
    code = new_code()
    path = run_file(tmp_path, code)

    clear_sign_in_url(path, code_digest(code))

    assert json.loads(path.read_text()) == {"gateway_url": "http://x", "admin_sign_in_url": None}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["run.json", "run.lock"]


def test_another_code_leaves_the_link(tmp_path: Path) -> None:
    path = run_file(tmp_path, new_code())
    before = path.read_text()
    clear_sign_in_url(path, code_digest(new_code()))
    assert path.read_text() == before


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"admin_sign_in_url": 3}'])
def test_a_broken_run_file_breaks_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    clear_sign_in_url(path, code_digest(new_code()))
    assert path.read_text() == text


def test_a_missing_run_file_breaks_nothing(tmp_path: Path) -> None:
    clear_sign_in_url(tmp_path / "run.json", b"x")


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = sign_in_key(tmp_path)
    assert len(key) == 32
    assert sign_in_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "sign_in_key").stat().st_mode) == 0o600


def test_without_a_folder_the_way_out_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingSetting, match="sign_in_key"):
        sign_in_key(tmp_path / "missing")
