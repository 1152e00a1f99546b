from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import APIRouter, Depends, Query
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.app import create_app
from shared.settings import ServiceSettings

pytestmark = pytest.mark.unit


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Filter(Strict):
    dimension: str
    op: Literal["in", "not_in"]


class Question(Strict):
    name: Annotated[str, Field(min_length=2)]
    filters: Annotated[list[Filter], Field(max_length=3)] = []
    compare: Literal["week", "year"] | Filter | None = None
    since: Annotated[int, Field(alias="from")] = 0
    to: int = 1

    @model_validator(mode="after")
    def in_order(self) -> "Question":
        if self.since >= self.to:
            raise ValueError("from must be before to")
        return self


class Page(Strict):
    limit: int = 50
    order: str = "name"


def cursor(cursor: str | None = None) -> str | None:
    return cursor


def client() -> httpx.AsyncClient:
    routes = APIRouter(prefix="/things")

    @routes.get("/page")
    async def page(page: Annotated[Page, Query()]) -> list[str]:
        return [str(page.limit), page.order]

    @routes.get("/after")
    async def after(found: Annotated[str | None, Depends(cursor)]) -> str | None:
        return found

    @routes.post("/question")
    async def question(question: Question) -> str:
        return question.name

    @routes.get("/long")
    async def long() -> str:
        return "x" * 2_000_000

    app = create_app(ServiceSettings(), title="Things", routers=[routes])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://things")


GOOD: dict[str, Any] = {"name": "calls"}


@pytest.mark.parametrize(
    ("change", "param", "detail", "suggestion"),
    [
        ({"name": 3}, "name", "is not a text", None),
        ({"name": "x"}, "name", "needs at least 2 characters", None),
        ({"nam": "x"}, "nam", "there is no such field", "name"),
        ({"compare": "weak"}, "compare", "is not one of 'week' or 'year', or is not an object", "week"),
        ({"filters": [{"dimension": "a", "op": "inn"}]}, "filters.0.op", "is not one of 'in' or 'not_in'", "in"),
        ({"filters": [{"dimension": "a", "op": "in", "vals": 1}]}, "filters.0.vals", "there is no such field", None),
        ({"filters": [{"op": "in"}]}, "filters.0.dimension", "is required", None),
        ({"filters": 7}, "filters", "is not a list", None),
        ({"from": 9, "to": 2}, "from", "from must be before to", None),
    ],
)
async def test_a_bad_field_is_named_with_the_way_out(
    change: dict[str, Any], param: str, detail: str, suggestion: str | None
) -> None:
    answer = await client().post("/things/question", json={**GOOD, **change})
    assert answer.status_code == 422
    found = next(error for error in answer.json()["errors"] if error["param"] == param)
    assert (found["detail"], found.get("suggestion")) == (detail, suggestion)


async def test_broken_json_is_named() -> None:
    answer = await client().post("/things/question", content=b'{"name": ', headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["param"] == "body"
    assert answer.json()["errors"][0]["detail"].startswith("is not valid JSON")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"name": "ca\x00lls"}, "name"),
        ({"filters": [{"dimension": "menu", "op": "in"}, {"dimension": "\x00", "op": "in"}]}, "filters.1.dimension"),
        ({"na\x00me": "x"}, "name"),
    ],
)
async def test_nul_which_no_text_of_the_database_holds_is_refused_where_it_stands(
    change: dict[str, Any], param: str
) -> None:
    answer = await client().post("/things/question", json={**GOOD, **change})
    assert answer.status_code == 422
    assert [error["param"] for error in answer.json()["errors"]] == [param]
    assert "U+0000" in answer.json()["detail"]


async def test_nul_is_refused_in_addresses_and_its_spelling_is_not_taken_for_it() -> None:
    for path, param in (("/things/after?cursor=%00", "cursor"), ("/things/page?order=a%00b", "order")):
        answer = await client().get(path)
        assert (answer.status_code, answer.json()["errors"][0]["param"]) == (422, param)
    assert (await client().post("/things/question", json={"name": "\\u0000"})).json() == "\\u0000"
    answer = await client().post("/things/question", json="\x00")
    assert answer.json()["errors"][0]["param"] == "body"


async def test_a_misspelt_parameter_is_refused() -> None:
    for path, param, suggestion in (
        ("/things/page?lmit=3", "lmit", "limit"),
        ("/things/after?cursr=3", "cursr", "cursor"),
        ("/things/long?x=1", "x", None),
    ):
        answer = await client().get(path)
        assert answer.status_code == 422, path
        assert [(e["param"], e.get("suggestion")) for e in answer.json()["errors"]] == [(param, suggestion)]
    assert (await client().get("/things/page?limit=3&order=a")).json() == ["3", "a"]
    assert (await client().get("/things/after?cursor=a")).json() == "a"


async def test_what_the_framework_refuses_is_a_problem_of_the_tree() -> None:
    for method, path, status, kind in (
        ("GET", "/nowhere", 404, "not-found"),
        ("DELETE", "/things/page", 405, "method-not-allowed"),
    ):
        body = (await client().request(method, path)).json()
        assert (body["status"], body["type"]) == (status, f"urn:iact:problem:{kind}")
        assert body["detail"].endswith(".")


async def test_a_read_that_has_not_changed_is_304_without_a_body() -> None:
    first = await client().get("/things/page")
    again = await client().get("/things/page", headers={"if-none-match": first.headers["etag"]})
    other = await client().get("/things/page?limit=7", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (other.status_code, other.json()) == (200, ["7", "name"])
    assert other.headers["etag"] != first.headers["etag"]


async def test_long_answers_pass_untagged_and_errors_too() -> None:
    long = await client().get("/things/long")
    assert ("etag" in long.headers, len(long.content)) == (False, 2_000_002)
    assert "etag" not in (await client().get("/nowhere")).headers


async def test_head_is_get_without_the_body() -> None:
    get, head = await client().get("/things/page"), await client().head("/things/page")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == get.headers[name]


@settings(deadline=None)  # a busy machine takes half a second for one
@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "filters", "compare", "from", "op", "dimension", "x"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    )
)
async def test_any_document_is_taken_or_refused_with_named_fields(document: Any) -> None:
    answer = await client().post("/things/question", json=document)
    assert answer.status_code in {200, 422}
    if answer.status_code == 422:
        assert all(error["param"] and error["detail"] for error in answer.json()["errors"])
