"""What a browser is told to refuse: the headers on every answer, and the page's content security policy."""

import secrets

from gateway.incoming import Headers

PERMISSIONS = (
    b"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
    b"microphone=(), midi=(), payment=(), usb=()"
)
ALWAYS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
DATA: Headers = [*ALWAYS, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox")]
ASSET: Headers = ALWAYS
# Two years, as the browsers' preload lists ask for; sent under TLS only, where it means something.
HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def page_policy(nonce: str) -> Headers:
    """For HTML: scripts and styles of our own origin or with this answer's nonce, nothing inline, nothing framed."""
    policy = (
        "default-src 'none'; "
        f"script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return [*ALWAYS, (b"content-security-policy", policy.encode()), (b"permissions-policy", PERMISSIONS)]
