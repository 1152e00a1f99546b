import base64
import hashlib

import pytest

from services.sessions import credentials

pytestmark = pytest.mark.unit


def test_a_session_token_has_256_bits() -> None:
    token = credentials.new_session_token()
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert credentials.digest(token) == hashlib.sha256(token.encode()).digest()


def test_tokens_say_what_they_are() -> None:
    assert credentials.new_personal_token().startswith("iact_pat_")
    assert credentials.new_display_token().startswith("iact_dsp_")


def test_no_two_are_alike() -> None:
    made = [credentials.new_session_token() for _ in range(1_000)] + [credentials.new_code() for _ in range(1_000)]
    assert len(set(made)) == 2_000


def test_a_code_is_seven_groups_of_four_without_look_alikes() -> None:
    code = credentials.new_code()
    assert [len(group) for group in code.split("-")] == [4] * 7
    assert not set(code) & set("ILOU")


def test_a_code_may_be_typed_in_any_manner() -> None:
    for code in (credentials.new_code() for _ in range(200)):
        typed = f"  {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
        assert credentials.code_digest(typed) == credentials.code_digest(code)
