"""The files that this service touches: its own keys, and the line of `run.json` that ends with the first sign-in."""

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.sessions.credentials import code_digest
from shared.log import log
from shared.settings import MissingSetting, read_secret

SIGN_IN_KEY_FILE = "sign_in_key"
ANCHOR_KEY_FILE = "audit_anchor_key"
KEY_BYTES = 32


def sign_in_key(secrets_dir: Path) -> bytes:
    """The key under which names that were tried are hashed."""
    return _own_key(secrets_dir / SIGN_IN_KEY_FILE)


def anchor_key(secrets_dir: Path) -> bytes:
    """The key under which heads of the audit chain are noted; the database never sees it."""
    return _own_key(secrets_dir / ANCHOR_KEY_FILE)


def _own_key(path: Path) -> bytes:
    """A key made on first use, never readable by others; of two instances that start at once both read the same."""
    if not path.exists():
        try:
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        except OSError as error:
            raise MissingSetting(
                f"cannot write {path}: {error.strerror}; put {KEY_BYTES} random bytes there in hex"
            ) from error
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
        # A link appears whole or not at all, and never replaces another's.
        with suppress(FileExistsError):
            os.link(name, path)
        Path(name).unlink()
    return bytes.fromhex(read_secret(path))


def clear_sign_in_url(run_file: Path, code: bytes) -> None:
    """Set `admin_sign_in_url` to null when its code has this digest; a run file that cannot be written is logged."""
    try:
        with _locked(run_file):
            _clear(run_file, code)
    except (OSError, ValueError) as error:
        log.warning("the spent sign-in link stays in the run file", file=str(run_file), error=type(error).__name__)


@contextmanager
def _locked(run_file: Path) -> Iterator[None]:
    # The same lock as the process manager's, which notes restarts in this file.
    lock = os.open(run_file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _clear(run_file: Path, code: bytes) -> None:
    run = json.loads(run_file.read_text(encoding="utf-8"))
    url = run.get("admin_sign_in_url") if isinstance(run, dict) else None
    if not isinstance(url, str) or code_digest(url.partition("#code=")[2]) != code:
        return
    run["admin_sign_in_url"] = None
    before = run_file.stat()
    descriptor, name = tempfile.mkstemp(dir=run_file.parent, prefix=f".{run_file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), before.st_mode & 0o7777)
            json.dump(run, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(run_file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
