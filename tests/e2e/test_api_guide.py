"""Every example of docs/api/guide.md, sent as it stands there; what one of them makes is taken away again."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.system import RunningSystem

pytestmark = pytest.mark.e2e

DONE = (200, 201, 202)  # answered, made, begun
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api" / "guide.md"
EXAMPLE = re.compile(r"^```http\n(GET|POST) (\S+)\n(?:\n(.*?))?```", re.MULTILINE | re.DOTALL)


@pytest.mark.requirement("RNF-016")
def test_every_example_of_the_guide_is_answered(system: RunningSystem) -> None:
    examples = EXAMPLE.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(examples) >= 8
    made = system.iact("token", "create", "--username", system.username, "--json")
    assert made.returncode == 0, made.stderr
    with system.anonymous() as client:
        client.headers["Authorization"] = f"Bearer {json.loads(made.stdout)['token']}"
        for method, target, body in examples:
            answer = client.request(method, target, json=json.loads(body) if body.strip() else None)
            assert answer.status_code in DONE, f"{method} {target}: {answer.text}"
            if answer.status_code != 200:
                assert client.delete(f"{target}/{answer.json()['id']}").status_code == 204
