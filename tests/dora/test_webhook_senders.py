"""Who sent a delivery, and whether it knows the secret."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dora.webhooks.senders import PROVIDERS, Provider, kept_of, key_of, kind_of, sender_of
from services.dora.webhooks.signatures import SecretNotSet, Secrets, TooOld, WrongSignature, verify
from tests.dora import samples
from tests.dora.samples import SECRET

pytestmark = pytest.mark.unit

BODY = b'{"a": 1}'
NOW = 1_790_000_000
KEY = b"\x00\x01binary key of thirty-two bytes"
WHSEC = b"whsec_" + base64.b64encode(KEY)

SENT: list[tuple[Provider, dict[str, str]]] = [
    ("github", samples.github("push", BODY)),
    ("gitea", samples.gitea("push", BODY)),
    ("forgejo", samples.forgejo("push", BODY)),
    ("gitlab", samples.gitlab("Push Hook")),
    ("gitlab", samples.gitlab_signed("Push Hook", BODY, at=NOW)),
    ("jenkins", samples.bearer()),
    ("jenkins", {"authorization": "Basic " + base64.b64encode(b"ci:" + SECRET).decode()}),
    ("cdevents", samples.bearer(ce_specversion="1.0")),
    ("alertmanager", samples.bearer()),
]


@pytest.mark.requirement("RF-040")
@pytest.mark.parametrize(("provider", "headers"), SENT)
def test_right_secret_is_accepted_and_wrong_ones_are_not(provider: Provider, headers: dict[str, str]) -> None:
    verify(provider, headers, BODY, [SECRET], now_s=NOW)
    verify(provider, headers, BODY, [b"the-old-secret-of-the-sender", SECRET], now_s=NOW)
    for secret in (b"another-secret-of-another", SECRET + b"x", SECRET[:-1]):
        with pytest.raises(WrongSignature):
            verify(provider, headers, BODY, [secret], now_s=NOW)
    with pytest.raises(SecretNotSet):
        verify(provider, headers, BODY, [], now_s=NOW)


@pytest.mark.requirement("RF-040")
@pytest.mark.parametrize(("provider", "headers"), [each for each in SENT if "authorization" not in each[1]][:3])
def test_signature_is_over_the_raw_bytes(provider: Provider, headers: dict[str, str]) -> None:
    with pytest.raises(WrongSignature):
        verify(provider, headers, b'{"a":1}', [SECRET], now_s=NOW)  # the same JSON, other bytes


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("value", ["", "sha256=", "x", "Bearer", "Bearer ", "Basic !", "v1,", "ñ", "sha1=00"])
def test_empty_and_odd_signatures_are_refused(provider: Provider, value: str) -> None:
    names = ("x-hub-signature-256", "x-gitea-signature", "x-forgejo-signature", "x-gitlab-token", "authorization")
    for headers in ({}, dict.fromkeys(names, value), {"webhook-signature": value, "x-gitlab-token": SECRET.decode()}):
        with pytest.raises(WrongSignature):
            verify(provider, headers, BODY, [SECRET], now_s=NOW)


def test_standard_webhooks_take_a_whsec_key_and_refuse_recordings() -> None:
    fresh = samples.gitlab_signed("Push Hook", BODY, at=NOW - 299, key=KEY)
    verify("gitlab", fresh, BODY, [WHSEC], now_s=NOW)
    for at in (NOW - 301, NOW + 301):
        with pytest.raises(TooOld):
            verify("gitlab", samples.gitlab_signed("Push Hook", BODY, at=at, key=KEY), BODY, [WHSEC], now_s=NOW)
    with pytest.raises(WrongSignature):  # the time is signed, too
        verify("gitlab", fresh | {"webhook-timestamp": str(NOW)}, BODY, [WHSEC], now_s=NOW)


def test_secrets_are_lines_of_a_file_and_short_ones_do_not_count(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    for content in (None, b"", b"\n\n", b"short"):
        if content is not None:
            (tmp_path / "webhook_secret_gitea").write_bytes(content)
        with pytest.raises(SecretNotSet, match="webhook_secret_gitea"):
            secrets.of("gitea")
    (tmp_path / "webhook_secret_gitea").write_bytes(b"the-old-secret-of-all\r\nthe-new-secret-of-all\nshort\n")
    assert secrets.of("gitea") == (b"the-old-secret-of-all", b"the-new-secret-of-all")


def test_the_most_particular_headers_name_the_sender() -> None:
    assert sender_of(samples.forgejo("push", BODY)) == "forgejo"
    assert sender_of(samples.gitea("push", BODY)) == "gitea"
    assert sender_of(samples.github("push", BODY)) == "github"
    assert sender_of(samples.gitlab("Push Hook")) == "gitlab"
    assert sender_of(samples.bearer()) is None


def test_secrets_are_never_kept() -> None:
    sent = samples.forgejo("push", BODY) | samples.gitlab_signed("Push Hook", BODY, at=NOW) | samples.bearer()
    sent |= samples.gitlab("Push Hook")
    found = kept_of(sent)
    assert found["x-gitlab-event"] == "Push Hook"
    assert not [name for name in found if "signature" in name or "token" in name or name == "authorization"]
    assert SECRET.decode() not in str(found)


def test_names_of_deliveries() -> None:
    assert key_of("github", samples.github("push", BODY, delivery="d-1"), {}, BODY) == "d-1"
    assert key_of("gitlab", samples.gitlab("Push Hook", key="k-1"), {}, BODY) == "k-1"
    build = {"url": "job/deploy/", "build": {"number": 7, "phase": "COMPLETED"}}
    assert key_of("jenkins", {}, build, BODY) == "job/deploy/ 7 COMPLETED"
    assert key_of("cdevents", {"ce-source": "/a", "ce-id": "1"}, {}, BODY) == "/a 1"
    assert key_of("github", {}, {}, BODY).startswith("sha256:")
    firing = {
        "groupKey": "g",
        "status": "firing",
        "alerts": [{"labels": {"a": "b"}, "startsAt": "2026-03-02T10:00:00Z"}],
    }
    assert key_of("alertmanager", {}, firing, b"1") == key_of("alertmanager", {}, firing, b"2")
    assert key_of("alertmanager", {}, firing | {"status": "resolved"}, b"1") != key_of("alertmanager", {}, firing, b"1")


@given(st.sampled_from(PROVIDERS), st.text(max_size=400), st.binary(max_size=40))
def test_names_fit_the_table_whatever_is_sent(provider: Provider, text: str, raw: bytes) -> None:
    headers = dict.fromkeys(
        ("x-github-event", "x-gitea-event", "ce-type", "x-github-delivery", "ce-id", "ce-source"), text
    )
    body = {"name": text, "url": text, "build": {"number": text, "phase": text}, "status": text, "object_kind": text}
    key, kind = key_of(provider, headers, body, raw), kind_of(provider, headers, body)
    assert 0 < len(key) <= 200
    assert "\0" not in key
    assert kind[0].isalpha()
    assert len(kind) <= 60
    key.encode()
    kind.encode("ascii")
