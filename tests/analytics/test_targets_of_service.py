import pytest

from tests.analytics.conftest import Analyst

pytestmark = pytest.mark.integration


@pytest.mark.requirement("RF-064")
async def test_the_targets_are_those_of_the_settings(analyst: Analyst) -> None:
    whole = {"variant": "B", "threshold_s": 20.0, "comparison": "lte", "short_abandon_s": 5.0}
    assert (await analyst.get("/targets")).json() == {
        "abandonment": {"optimal_below": 0.2, "critical_above": 0.3},
        "service_level": {"at_least": 0.8, "critical_below": 0.7, "measured_by": whole},
    }
    stricter = {"iact_service_level_target": 0.9, "iact_service_level_threshold_s": 15.0}
    analyst.app.state.settings = analyst.app.state.settings.model_copy(update=stricter)
    level = (await analyst.get("/targets")).json()["service_level"]
    assert level == {"at_least": 0.9, "critical_below": 0.7, "measured_by": {**whole, "threshold_s": 15.0}}
    assert (await analyst.holding().get("/targets")).status_code == 403
