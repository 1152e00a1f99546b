"""Which headers may pass, however they are spelt."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import answers, incoming
from gateway.problems import AmbiguousHeader, BodyTooLarge, HeadersTooLarge
from shared.errors import BadRequest

pytestmark = pytest.mark.unit

HOST = (b"host", b"iact.example")

CLAIMS = [
    "x-forwarded-for",
    "x_forwarded_for",
    "x-forwarded_for",
    "x.forwarded.for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-server",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-uri",
    "x-forwarded-client-cert",
    "forwarded",
    "forwarded-for",
    "x-original-url",
    "x-original-host",
    "x-original-forwarded-for",
    "x-rewrite-url",
    "x-real-ip",
    "x_real_ip",
    "x-real--ip",
    "x-client-ip",
    "client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-cluster-client-ip",
    "fastly-client-ip",
    "x-iact-identity",
    "x_iact_identity",
    "x-iact_identity",
    "x-iact-user",
    "xiactidentity",
    "iact-identity",
    "x-internal-user",
    "x-user",
    "x-user-id",
    "x-username",
    "x-remote-user",
    "remote-user",
    "remote-addr",
    "x-auth-user",
    "x-authenticated-user",
    "x-identity",
    "x-ssl-client-cert",
    "ssl-client-cert",
    "x-envoy-internal",
    "x-http-method-override",
    "x-method-override",
    "x-csrf_token",
    "proxy-authorization",
    "proxy-user",
    "x-proxy-user",
    "authorization_",
    "cookie_",
    "content_length",
    "transfer_encoding",
    "x-request_id",
    "x~forwarded~for",
    "x'real'ip",
    "x-host",
    "x-account-id",
    "traceparent_",
]

HOP_BY_HOP = [
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "proxy-connection",
    "proxy-authenticate",
]

PASS = [
    "accept",
    "accept-encoding",
    "accept-language",
    "content-type",
    "if-none-match",
    "if-match",
    "idempotency-key",
    "range",
    "prefer",
    "x-hub-signature-256",
    "x-github-event",
    "x-github-delivery",
    "x-gitlab-token",
    "x-gitlab-event",
    "x-gitea-signature",
    "x-forgejo-signature",
    "ce-id",
    "ce-type",
    "x-jenkins-signature",
    "referer",
    "sec-fetch-site",
]


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.requirement("RNF-007")
def test_nobody_outside_says_who_or_whence_a_request_is(name: str) -> None:
    assert not incoming.may_pass(name.encode())


@pytest.mark.parametrize("name", HOP_BY_HOP)
def test_hop_by_hop_headers_end_here(name: str) -> None:
    assert not incoming.may_pass(name.encode())


@pytest.mark.parametrize("name", PASS)
def test_what_a_service_needs_passes(name: str) -> None:
    assert incoming.may_pass(name.encode())


def test_the_list_of_spellings_is_long_enough() -> None:
    assert len(set(CLAIMS)) >= 60


@given(
    st.sampled_from(["xforwardedfor", "xrealip", "xiactidentity", "forwarded", "xoriginalurl", "remoteuser"]),
    st.data(),
)
def test_no_punctuation_smuggles_a_claim(name: str, data: st.DataObject) -> None:
    punctuation = st.text(st.sampled_from("-_.~'!*+|`^#$%&"), max_size=2)
    spelt = "".join(data.draw(punctuation) + letter for letter in name) + data.draw(punctuation)
    assert not incoming.may_pass(spelt.encode())


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=20).map(bytes.lower), st.binary(max_size=20)), max_size=20))
def test_whatever_passes_is_a_plain_token_without_claims(headers: list[tuple[bytes, bytes]]) -> None:
    try:
        read = incoming.read([HOST, *headers])
    except (BadRequest, BodyTooLarge):
        return
    for name, _ in read.passed:
        assert re.fullmatch(rb"[!#$%&'*+.^`|~0-9a-z-]+", name)
        assert b"_" not in name
        assert name not in incoming.HOP_BY_HOP


def test_headers_named_in_connection_end_here_too() -> None:
    read = incoming.read([HOST, (b"connection", b"close, X-Secret"), (b"x-secret", b"1"), (b"accept", b"*/*")])
    assert read.passed == [(b"accept", b"*/*")]


def test_cookies_of_several_lines_become_one() -> None:
    read = incoming.read([HOST, (b"cookie", b"a=1"), (b"cookie", b"b=2")])
    assert read.text(b"cookie") == "a=1; b=2"


@pytest.mark.parametrize("name", [b"host", b"authorization", b"content-length", b"origin", b"x-csrf-token"])
def test_what_may_occur_once_occurs_once(name: bytes) -> None:
    with pytest.raises(AmbiguousHeader):
        incoming.read([HOST, (name, b"1"), (name, b"2")])


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"host", b"")],
        [HOST, (b"content-length", b"5"), (b"transfer-encoding", b"chunked")],
        [HOST, (b"content-length", b"+5")],
        [HOST, (b"content-length", b"5, 5")],
        [HOST, (b"content-length", b"0x5")],
        [HOST, (b"transfer-encoding", b"gzip, chunked")],
        [HOST, (b"transfer-encoding", b"xchunked")],
        [HOST, (b"transfer-encoding", b"identity")],
    ],
)
def test_unclear_framing_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(BadRequest):
        incoming.read(headers)


def test_limits_on_headers_and_body() -> None:
    with pytest.raises(HeadersTooLarge):
        incoming.read([HOST, (b"a", b"x" * 16 * 1024)])
    with pytest.raises(HeadersTooLarge):
        incoming.read([HOST, *[(b"a", b"1")] * 100])
    with pytest.raises(BodyTooLarge):
        incoming.read([HOST, (b"content-length", b"%d" % (10 * 1024 * 1024 + 1))])
    assert incoming.read([HOST, (b"content-length", b"%d" % (10 * 1024 * 1024))]).has_body


def test_a_body_is_known_by_its_framing() -> None:
    assert not incoming.read([HOST]).has_body
    assert not incoming.read([HOST, (b"content-length", b"0")]).has_body
    assert incoming.read([HOST, (b"transfer-encoding", b"Chunked")]).has_body


@pytest.mark.parametrize("given", [b"short", b"with space in it", b"x" * 129, b"new\nline-12345", None])
def test_a_bad_request_id_is_replaced(given: bytes | None) -> None:
    read = incoming.read([HOST] if given is None else [HOST, (b"x-request-id", given)])
    assert re.fullmatch(rb"[0-9a-f]{16}", read.request_id)


def test_a_good_request_id_and_trace_go_on() -> None:
    trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = [(b"x-request-id", b"job-2025-0001"), (b"traceparent", trace), (b"tracestate", b"a=1")]
    read = incoming.read([HOST, *headers])
    assert read.request_id == b"job-2025-0001"
    assert read.traceparent[:36] == trace[:36]
    assert read.traceparent[36:52] != trace[36:52], "our own span"
    assert read.tracestate == b"a=1"


@pytest.mark.parametrize(
    "given",
    [
        b"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        b"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        b"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        b"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        b"nonsense",
    ],
)
def test_a_bad_trace_starts_anew_and_loses_its_state(given: bytes) -> None:
    read = incoming.read([HOST, (b"traceparent", given), (b"tracestate", b"a=1")])
    assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-01", read.traceparent)
    assert read.traceparent[3:35] != given[3:35]
    assert read.tracestate is None


def test_a_service_s_answer_is_cleaned() -> None:
    headers = [
        (b"content-type", b"text/csv"),
        (b"server", b"uvicorn"),
        (b"x-iact-inner", b"1"),
        (b"set-cookie", b"a=1"),
        (b"connection", b"x-hop"),
        (b"x-hop", b"1"),
        (b"transfer-encoding", b"chunked"),
        (b"location", b"http://127.0.0.1:8002/api/v1/ivr/runs"),
    ]
    origin = b"http://127.0.0.1:8002"
    passed, caching = answers.of_a_service(headers, status=200, keep_cookies=False, origin=origin)
    assert passed == [(b"content-type", b"text/csv"), (b"location", b"/api/v1/ivr/runs")]
    assert not caching
    with_cookie, _ = answers.of_a_service(headers, status=200, keep_cookies=True, origin=origin)
    assert (b"set-cookie", b"a=1") in with_cookie


def test_an_answer_without_body_has_no_length() -> None:
    headers = [(b"content-length", b"5"), (b"cache-control", b"no-cache")]
    passed, caching = answers.of_a_service(headers, status=304, keep_cookies=False, origin=b"http://a")
    assert passed == [(b"cache-control", b"no-cache")]
    assert caching


def test_what_is_remembered_of_names_is_bounded_in_bytes_too() -> None:
    before = incoming._remembered.cache_info().currsize
    for number in range(3):
        assert incoming.may_pass(b"x-" + b"y" * (8000 + number))
    assert incoming._remembered.cache_info().currsize == before
