from pathlib import Path

import pytest

from iact import secret_files
from iact.errors import CommandFailed
from shared.identity import Identity, Signer, Verifier

pytestmark = pytest.mark.unit


@pytest.mark.requirement("RNF-013")
def test_everything_that_services_read_is_there_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    secret_files.generate(folder)
    assert {path.name for path in folder.iterdir()} >= {
        "db_password_owner",
        "db_password_iact_sessions",
        "db_password_iact_ivr",
        "db_password_iact_analytics",
        "db_password_iact_dora",
        "identity_signing_key.pem",
        "identity_public_keys.json",
        "caller_key",
        "ivr_reader_password",
    }
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert len((folder / "caller_key").read_text().strip()) == 64


def test_a_second_start_keeps_every_secret(tmp_path: Path) -> None:
    secret_files.generate(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    secret_files.generate(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_no_two_installations_share_a_secret(tmp_path: Path) -> None:
    for name in ("one", "other"):
        secret_files.generate(tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() != (tmp_path / "other" / path.name).read_bytes()


def test_the_key_pair_signs_and_verifies(tmp_path: Path) -> None:
    secret_files.generate(tmp_path)
    token = Signer.load(tmp_path).sign(Identity(kind="operator", username="iact"), "ivr")
    assert Verifier.load(tmp_path, "ivr").verify(token).kind == "operator"


def test_the_password_of_a_server_that_is_not_ours_replaces_an_older_one(tmp_path: Path) -> None:
    secret_files.generate(tmp_path)
    secret_files.generate(tmp_path, owner_password="theirs")
    assert (tmp_path / "db_password_owner").read_text().strip() == "theirs"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandFailed, match="cannot be written"):
        secret_files.generate(tmp_path / "file" / "secrets")


def test_passwords_that_do_not_work_are_forgotten(tmp_path: Path) -> None:
    secret_files.generate(tmp_path)
    secret_files.forget_role_passwords(tmp_path)
    assert not list(tmp_path.glob("db_password_iact_*"))
    assert (tmp_path / "db_password_owner").exists()
