import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sessions.passwords import LENGTH_MAX, LENGTH_MIN, common, normal, refusal, simplified

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("corto1A!", "at least 12"),
        ("x" * 129, "at most 128"),
        ("abababababab", "too few"),
        ("passwordpassword", "first that an attacker"),
        ("P4ssw0rdP4ssw0rd", "first that an attacker"),
        ("Contraseña1234", "first that an attacker"),
        ("administrador2026!", "first that an attacker"),
        ("qwertyuiopqwertyuiop", "run of neighbouring"),
        ("0987654321098", "run of neighbouring"),
        ("ana.lopez.0001", "user name"),
        ("AnaLopez!!2026", "user name"),
        ("iact-iact-2026", "name of this product"),
        ("CallCenter#99", "name of this product"),
    ],
)
def test_refused_with_the_reason(password: str, said: str) -> None:
    reason = refusal(password, username="ana.lopez.0001")
    assert reason is not None
    assert said in reason


@pytest.mark.parametrize(
    "password",
    [
        "siete caballos miran el lago",
        "tren verde 48 nubes",
        "correo y pan a las nueve",
        "Zq9#vT2!mL4x",
        "пять зелёных яблок",
        "adentro del mar hay relojes de ana",
    ],
)
def test_accepted_without_any_rule_of_composition(password: str) -> None:
    assert refusal(password, username="ana.lopez.0001") is None


def test_every_word_of_the_list_is_long_enough_to_matter() -> None:
    assert len(common()) > 300
    assert refusal("LetMeIn12345", username="x") is not None


def test_length_counts_characters_after_composition() -> None:
    composed, decomposed = "ñandú pájaro", "n\u0303andu\u0301 pa\u0301jaro"
    assert len(composed) == 12
    assert refusal(decomposed, username="x") is None
    assert normal(decomposed) == normal(composed)


@given(st.text(max_size=140), st.text(max_size=20))
def test_any_text_gets_an_answer(password: str, username: str) -> None:
    reason = refusal(password, username=username)
    if reason is None:
        assert LENGTH_MIN <= len(normal(password)) <= LENGTH_MAX


@given(st.sampled_from(sorted(common())))
def test_disguise_does_not_help(word: str) -> None:
    disguised = word.upper().replace("A", "@").replace("O", "0")
    if len(disguised) >= LENGTH_MIN:
        assert refusal(disguised, username="x") is not None
    assert simplified(word) == word
