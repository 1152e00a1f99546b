"""Cookies, bearer tokens, CSRF and origins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.credentials import Carrier, check_csrf, check_origin, credential_of
from gateway.incoming import Incoming, read
from gateway.problems import AmbiguousHeader, CsrfMismatch, ForeignOrigin
from shared.identity import csrf_token

pytestmark = pytest.mark.unit

SESSION = "s3cret-s3cret-s3cret-s3cret"


def request(**headers: str) -> Incoming:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return read([(b"host", b"iact.example:8000"), *pairs])


@pytest.mark.parametrize(
    ("headers", "carrier", "secret"),
    [
        ({}, Carrier.NONE, ""),
        ({"cookie": f"__Host-iact_session={SESSION}"}, Carrier.COOKIE, SESSION),
        ({"cookie": f"theme=dark; __Host-iact_session={SESSION}; x=1"}, Carrier.COOKIE, SESSION),
        ({"cookie": f'__Host-iact_session="{SESSION}"'}, Carrier.COOKIE, SESSION),
        ({"cookie": f"iact_session={SESSION}"}, Carrier.NONE, ""),
        ({"cookie": f"x__Host-iact_session={SESSION}"}, Carrier.NONE, ""),
        ({"cookie": "__Host-iact_session="}, Carrier.NONE, ""),
        ({"cookie": f"__Host-iact_session={SESSION}; __Host-iact_session={SESSION}"}, Carrier.COOKIE, SESSION),
        ({"authorization": f"Bearer {SESSION}"}, Carrier.BEARER, SESSION),
        ({"authorization": f"bearer  {SESSION} "}, Carrier.BEARER, SESSION),
        ({"authorization": f"Basic {SESSION}"}, Carrier.NONE, ""),
        ({"authorization": f"Bearer {SESSION}", "cookie": "__Host-iact_session=other"}, Carrier.BEARER, SESSION),
    ],
)
def test_one_credential_counts(headers: dict[str, str], carrier: Carrier, secret: str) -> None:
    credential = credential_of(request(**headers))
    assert (credential.carrier, credential.secret) == (carrier, secret)


def test_two_sessions_are_nobody_s() -> None:
    with pytest.raises(AmbiguousHeader):
        credential_of(request(cookie=f"__Host-iact_session={SESSION}; __Host-iact_session={SESSION}x"))


def test_a_credential_does_not_show_itself() -> None:
    assert SESSION not in repr(credential_of(request(authorization=f"Bearer {SESSION}")))


@pytest.mark.parametrize("secret", ["short", "with space with space", "x" * 513, "ünïcödé-ünïcödé-ünïcödé", "a;b" * 10])
def test_malformed_secrets_are_not_worth_a_question(secret: str) -> None:
    assert not credential_of(request(authorization=f"Bearer {secret}")).well_formed


def test_csrf_holds_for_its_own_session_only() -> None:
    check_csrf(request(x_csrf_token=csrf_token(SESSION)), SESSION)
    for wrong in ({}, {"x_csrf_token": ""}, {"x_csrf_token": csrf_token("other")}, {"x_csrf_token": SESSION}):
        with pytest.raises(CsrfMismatch):
            check_csrf(request(**wrong), SESSION)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_no_guess_is_a_csrf_token(guess: str) -> None:
    if guess != csrf_token(SESSION):
        with pytest.raises(CsrfMismatch):
            check_csrf(request(x_csrf_token=guess), SESSION)


@pytest.mark.parametrize("origin", ["http://iact.example:8000", "HTTP://IACT.example:8000", "https://wall.example"])
def test_own_origins_may_write(origin: str) -> None:
    check_origin(request(origin=origin), scheme="http", allowed={"https://wall.example"})


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://iact.example",
        "https://iact.example:8000",
        "http://iact.example:8000.evil.example",
        "http://evil.example",
        "http://iact.example:8000/",
        "http://evil@iact.example:8000",
    ],
)
def test_foreign_origins_may_not(origin: str) -> None:
    with pytest.raises(ForeignOrigin):
        check_origin(request(origin=origin), scheme="http", allowed=())


def test_programs_send_no_origin() -> None:
    check_origin(request(), scheme="http", allowed=())
