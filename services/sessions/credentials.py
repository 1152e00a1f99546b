"""Secrets that people and programs carry: made here, told once, and kept only as their SHA-256.

A plain hash is enough because each holds at least 128 random bits; passwords, which do not, go through argon2id.
"""

import base64
import hashlib
import re
import secrets

SECRET_BYTES = 32  # 256 bits
CODE_CHARACTERS = 28  # 140 bits in an alphabet of 32, still typed in a minute
CODE_GROUP = 4
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud without mistakes
CODE_ALIASES = str.maketrans({"O": "0", "I": "1", "L": "1"})
PERSONAL_PREFIX = "iact_pat_"
DISPLAY_PREFIX = "iact_dsp_"


def new_session_token() -> str:
    return _random()


def new_personal_token() -> str:
    return PERSONAL_PREFIX + _random()


def new_display_token() -> str:
    return DISPLAY_PREFIX + _random()


def new_code() -> str:
    """A one-time code such as `7K2M-…`, seven groups of four."""
    characters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARACTERS))
    return "-".join(characters[i : i + CODE_GROUP] for i in range(0, CODE_CHARACTERS, CODE_GROUP))


def normal_code(typed: str) -> str:
    """The code as issued, however it was typed: case, spaces, hyphens and look-alikes do not matter."""
    return re.sub(r"[\s-]", "", typed).upper().translate(CODE_ALIASES)


def code_digest(typed: str) -> bytes:
    return digest(normal_code(typed))


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _random() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
