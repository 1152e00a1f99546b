"""The gateway's signing key, read again when its file changes: a new key needs no restart."""

from pathlib import Path

from shared.identity import SIGNING_KEY_FILE, Signer
from shared.log import log
from shared.settings import MissingSetting

LOOK_EVERY_S = 1.0  # at the file's date; identities are signed anew every half minute anyway


class Signing:
    """Holds the signer that is in force."""

    def __init__(self, secrets_dir: Path) -> None:
        self._path = secrets_dir / SIGNING_KEY_FILE
        self._signer = Signer.load(secrets_dir)
        self._stamp = self._stat()
        self._looked_at = float("-inf")

    def signer(self, now: float) -> Signer:
        """The signer; `now` is a time of time.monotonic()."""
        if now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            stamp = self._stat()
            if stamp != self._stamp:
                self._replace(stamp)
        return self._signer

    def _replace(self, stamp: int | None) -> None:
        try:
            self._signer = Signer.load(self._path.parent)
        except (MissingSetting, ValueError):
            # Half written, or gone: the old key still signs, and the next look tries again.
            log.warning("the new signing key cannot be read; the old one stays in force", path=str(self._path))
            return
        self._stamp = stamp
        log.info("signing with a new key", key_id=self._signer.key_id)

    def _stat(self) -> int | None:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return None
