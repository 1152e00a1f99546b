"""Bodies of deliveries with other values in some places, and with bytes that belong nowhere."""

import json
from typing import Any

from hypothesis import strategies as st

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.just("\ud800"),
    st.just("\0"),
    st.just({}),
    st.just([{}]),
    st.just([None, 1]),
    st.sampled_from(["production", "incident", "2026-03-02T10:00:00Z", "deploy", "closed", "0" * 40]),
)


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body."""
    places = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for name, inner in places for path in paths(inner, (*before, name)))]


def put(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """The body with another value in one place."""
    if not path:
        return odd
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(changed[path[0]], path[1:], odd)
    return changed


def mutated(data: st.DataObject, body: Any) -> bytes:
    """The body with up to three odd values, now and then with a few odd bytes as well."""
    for _ in range(data.draw(st.integers(1, 3))):
        body = put(body, data.draw(st.sampled_from(paths(body))), data.draw(ODD))
    raw = json.dumps(body).encode()
    if data.draw(st.booleans()) and data.draw(st.booleans()):
        cut = data.draw(st.integers(0, len(raw)))
        raw = raw[:cut] + data.draw(st.binary(max_size=4)) + raw[cut:]
    return raw
