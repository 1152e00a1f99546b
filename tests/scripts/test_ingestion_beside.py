"""The benchmark of questions beside a load: what goes wrong ends the load, and only then what it works with."""

import sys
import threading
import time

import pytest

from shared.ports import free_port
from tests.benchmarks.ingestion_beside import QUESTIONS_OF_A_SCREEN, Asking, Felt
from tests.benchmarks.ingestion_machines import STOP_LOOK_S, Figure, run

FIGURE = Figure(rows=1, seconds=1.0, rows_per_s=1, python=0.1, mariadb=0.1, postgres=0.1, rss_mib=1)


@pytest.mark.unit
def test_a_question_that_fails_ends_the_load_first() -> None:
    ended: list[str] = []

    def load(stop: threading.Event) -> Figure:
        try:
            run([sys.executable, "-c", "import time; time.sleep(60)"], stop=stop)
        except SystemExit as stopped:
            ended.append(str(stopped))
            raise
        return FIGURE

    client = Asking(free_port())  # where nobody answers
    began = time.monotonic()
    with pytest.raises(ConnectionRefusedError):
        client.beside(load)
    assert time.monotonic() - began < 30
    assert len(ended) == 1, "the load has ended when the benchmark goes on to close its databases"
    assert "was stopped" in ended[0]


@pytest.mark.unit
@pytest.mark.parametrize(("clicks", "asked"), [(False, 1), (True, QUESTIONS_OF_A_SCREEN)])
def test_a_click_asks_what_a_screen_needs(*, clicks: bool, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    client, felt = Asking(free_port(), clicks=clicks), Felt()
    monkeypatch.setattr(client, "_ask_once", lambda each: each.times_s.append(0.005))
    client.ask(felt)
    assert len(felt.times_s) == asked


@pytest.mark.unit
def test_a_process_is_given_its_plan_and_tells_what_it_did() -> None:
    script = "import json, sys; plan = json.load(sys.stdin); print('x' * 200_000); print(json.dumps(plan))"
    told = '{"rows": 7, "seconds": 1.5, "cpu_s": 0.5, "rss_mib": 3}'
    done = run([sys.executable, "-c", script], plan=told, stop=threading.Event())
    assert (done.rows, done.seconds, done.rss_mib) == (7, 1.5, 3)


@pytest.mark.unit
def test_a_process_that_takes_its_time_is_waited_for() -> None:
    script = f"import sys, time; plan = sys.stdin.read(); time.sleep({3 * STOP_LOOK_S}); print(plan)"
    told = '{"rows": 7, "seconds": 1.5, "cpu_s": 0.5, "rss_mib": 3}'
    assert run([sys.executable, "-c", script], plan=told, stop=threading.Event()).rows == 7
