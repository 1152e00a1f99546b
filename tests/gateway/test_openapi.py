"""gateway/openapi.json is what the code says, and a generator can use it."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from gateway.openapi import DOCUMENT
from iact.commands import openapi
from iact.errors import CommandFailed
from shared.app import ProblemDocument

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_the_file_is_what_the_routers_say() -> None:
    made = openapi.render(openapi.build(openapi.load_services()))
    assert DOCUMENT.read_text(encoding="utf-8") == made, "run `iact openapi` and commit gateway/openapi.json"


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert set(openapi._refs(document)) <= set(schemas)
    assert set(openapi._reachable(document["paths"], schemas)) == set(schemas), "nothing unused"


def test_nothing_internal_is_published(document: dict[str, Any]) -> None:
    assert not [path for path in document["paths"] if "internal" in path]


def test_errors_are_problem_documents(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if path.startswith("/health"):
            continue
        problem = operation["responses"]["default"]["content"]
        assert list(problem) == ["application/problem+json"], f"{method} {path}"
    assert not openapi.FRAMEWORK_SCHEMAS & set(document["components"]["schemas"])


def test_security_says_who_may_call(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        ways = operation["security"]
        free = path.startswith("/health") or "/webhooks/" in path or path == "/api/v1/sessions/redeem"
        if free or (path, method) == ("/api/v1/sessions", "post"):
            assert ways == [], f"{method} {path}"
        else:
            assert {"bearer": []} in ways
            assert ({"cookie": []} if method == "get" else {"cookie": [], "csrf": []}) in ways


# The generator itself.


class First(BaseModel):
    a: int


def service(path: str, name: str, model: type[BaseModel]) -> FastAPI:
    router = APIRouter(prefix="/api/v1")

    async def answer() -> Any: ...

    router.add_api_route(path, answer, name=name, response_model=model)
    app = FastAPI(
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
        responses={"default": {"model": ProblemDocument}},
    )
    app.include_router(router)
    return app


def second_model_of_the_same_name() -> type[BaseModel]:
    class First(BaseModel):
        b: str

    return First


def test_two_meanings_of_a_name_get_two_names() -> None:
    built = openapi.build(
        {
            "ivr": service("/ivr/x", "read_x", First),
            "dora": service("/dora/y", "read_y", second_model_of_the_same_name()),
        }
    )
    schemas = built["components"]["schemas"]
    assert "First" not in schemas
    assert set(schemas["IvrFirst"]["properties"]) == {"a"}
    assert set(schemas["DoraFirst"]["properties"]) == {"b"}
    answer = built["paths"]["/api/v1/ivr/x"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/IvrFirst"}


def test_one_meaning_of_a_name_stays_one() -> None:
    built = openapi.build({"ivr": service("/ivr/x", "read_x", First), "dora": service("/dora/y", "read_y", First)})
    assert "First" in built["components"]["schemas"]


def test_one_operation_id_twice_fails() -> None:
    with pytest.raises(CommandFailed, match="same operation id read_x"):
        openapi.build({"ivr": service("/ivr/x", "read_x", First), "dora": service("/dora/y", "read_x", First)})


def test_a_path_of_another_service_fails() -> None:
    with pytest.raises(CommandFailed, match="not an address that the gateway forwards"):
        openapi.build({"ivr": service("/dora/x", "read_x", First)})


def test_building_twice_gives_the_same() -> None:
    apps = {"ivr": service("/ivr/x", "read_x", First)}
    first = copy.deepcopy(openapi.build(apps))
    assert openapi.build(apps) == first
