"""From which moment on calls may be asked for, where retention has removed older ones. Pure."""

from datetime import UTC, datetime, timedelta

import pytest

from services.analytics.removed import CallsRemoved, Removed

pytestmark = [pytest.mark.unit, pytest.mark.requirement("RF-063")]


def test_the_limit_itself_is_there() -> None:
    removed = Removed(datetime(2025, 8, 1, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC))
    removed.refuse(datetime(2025, 8, 1, tzinfo=UTC))
    with pytest.raises(CallsRemoved):
        removed.refuse(datetime(2025, 8, 1, tzinfo=UTC) - timedelta(microseconds=1))
