"""The secrets of one installation: made once, files 0600 in a folder 0700, never printed, never on a command line."""

import secrets
from pathlib import Path

from iact.errors import CommandFailed
from shared.identity import write_key_pair, write_private

ROLES = ("iact_sessions", "iact_ivr", "iact_analytics", "iact_dora")
PASSWORD_BYTES = 24  # 192 bits, in hex: no character that a DSN or SQL would have to quote
CALLER_KEY_BYTES = 32  # the key of a SHA-256 based keyed hash
OWNER_PASSWORD = "db_password_owner"  # noqa: S105 - the name of a file
# The sample source: who reads it, who fills it, its administrator.
SOURCE_PASSWORDS = ("ivr_reader_password", "ivr_loader_password", "ivr_root_password")
CALLER_KEY = "caller_key"


def role_password(role: str) -> str:
    """The name of the file with this role's password."""
    return f"db_password_{role}"


def generate(secrets_dir: Path, owner_password: str | None = None) -> None:
    """Make what is missing; what is there stays, above all the caller key that all caller ids hang on.

    The owner of a server that is not ours already has a password: it is kept here for later commands.
    """
    try:
        secrets_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        secrets_dir.chmod(0o700)
        if owner_password is not None:
            write_private(secrets_dir / OWNER_PASSWORD, f"{owner_password}\n".encode())
        for name in (OWNER_PASSWORD, *map(role_password, ROLES), *SOURCE_PASSWORDS):
            write_once(secrets_dir / name, PASSWORD_BYTES)
        write_once(secrets_dir / CALLER_KEY, CALLER_KEY_BYTES)
        write_key_pair(secrets_dir)
    except OSError as error:
        raise CommandFailed(f"the secrets cannot be written to {secrets_dir}: {error.strerror}") from error


def write_once(path: Path, size: int) -> None:
    if not path.exists():
        write_private(path, f"{secrets.token_hex(size)}\n".encode())


def forget_role_passwords(secrets_dir: Path) -> None:
    """Remove passwords that do not work: without these files services log in as the owner and act as their role."""
    for role in ROLES:
        (secrets_dir / role_password(role)).unlink(missing_ok=True)
