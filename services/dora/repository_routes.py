"""The endpoints about git repositories: which are looked into, and when that was."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.dora import store_repositories as store
from services.dora.clones import RefusedError, allowed, git_folder
from services.dora.models import ServiceName, Text
from shared.errors import Conflict, NotFound, unprocessable
from shared.identity import require
from shared.log import log
from shared.postgres import Database, database

REPOSITORIES_MAX = 50  # their commits stand in memory
PATH_CHARS_MAX = 1_000
NUMBER_MAX = 2**63 - 1  # what the column holds
TAGS_MAX = 20

router = APIRouter(prefix="/api/v1/dora/repositories", tags=["dora"])


class UnknownRepository(NotFound):
    """No repository has this id."""


class NameTaken(Conflict):
    """Another repository has this name."""


class TooManyRepositories(Conflict):
    """At most 50 repositories are looked into; remove one first."""


class NewRepository(BaseModel):
    """A repository on this machine, by its path below one of the allowed folders."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ServiceName
    path: Annotated[str, Field(min_length=1, max_length=PATH_CHARS_MAX)]
    service: ServiceName | None = Field(None, description="Whose commits these are; any service's, if left out.")
    tags: Annotated[list[Text], Field(max_length=TAGS_MAX)] = Field(
        default_factory=list, description="Patterns; tags that fit one are production deployments of the service."
    )

    @model_validator(mode="after")
    def _tags_are_of_a_service(self) -> "NewRepository":
        if self.tags and self.service is None:
            raise ValueError("tags need a service, whose deployments they are")
        return self


class Repository(BaseModel):
    """A repository, and how the last look into it went. `refs_sha256` changes when there is something new."""

    id: str
    name: str
    path: str
    service: str | None
    tags: list[str]
    waiting: bool
    looked_at: datetime | None
    synced_at: datetime | None
    problem: str | None
    refs_sha256: str | None


class RepositoryList(BaseModel):
    items: list[Repository]


@router.get("", dependencies=[Depends(require("DOR-001"))])
async def list_repositories(db: Annotated[Database, Depends(database)]) -> RepositoryList:
    """Every repository, by name."""
    async with db.transaction(readonly=True) as conn:
        return RepositoryList(items=[_repository(row) for row in await store.list_repositories(conn)])


@router.post("", status_code=201, dependencies=[Depends(require("DOR-002"))])
async def add_repository(
    request: Request, asked: NewRepository, db: Annotated[Database, Depends(database)]
) -> Repository:
    """Look into another repository. The first look begins within seconds."""
    if "\0" in asked.path:
        raise unprocessable("path", "holds a character that no path has")
    try:
        real = await asyncio.to_thread(allowed, Path(asked.path), request.app.state.repository_roots)
        await asyncio.to_thread(git_folder, real)
    except (RefusedError, OSError) as error:
        raise unprocessable("path", str(error), "the path of a complete clone below an allowed folder") from error
    async with db.transaction() as conn:
        if len(await store.list_repositories(conn)) >= REPOSITORIES_MAX:
            raise TooManyRepositories
        row = await store.insert_repository(
            conn, name=asked.name, path=str(real), service=asked.service, tags=asked.tags
        )
    if row is None:
        raise NameTaken
    log.info("a repository was added", repository=asked.name)
    return _repository(row)


async def known_number(repository_id: int) -> int:
    """The number of a repository; what no row can have is unknown like any other."""
    if not 0 < repository_id <= NUMBER_MAX:
        raise UnknownRepository
    return repository_id


Number = Annotated[int, Depends(known_number)]


@router.post("/{repository_id}/sync", status_code=202, dependencies=[Depends(require("DOR-002"))])
async def sync_repository(number: Number, db: Annotated[Database, Depends(database)]) -> Repository:
    """Look into a repository now; `waiting` turns false when that is done."""
    async with db.transaction() as conn:
        row = await store.ask_for_sync(conn, number)
    if row is None:
        raise UnknownRepository
    return _repository(row)


@router.delete("/{repository_id}", status_code=204, dependencies=[Depends(require("DOR-002"))])
async def remove_repository(request: Request, number: Number, db: Annotated[Database, Depends(database)]) -> None:
    """Look into a repository no more; deployments and incidents stay."""
    async with db.transaction() as conn:
        if not await store.delete_repository(conn, number):
            raise UnknownRepository
    request.app.state.histories.forget(number)
    log.info("a repository was removed", repository_id=number)


def _repository(row: asyncpg.Record) -> Repository:
    names = ("name", "path", "service", "tags", "looked_at", "synced_at", "problem", "refs_sha256")
    fields = {name: row[name] for name in names}
    return Repository(id=str(row["repository_id"]), waiting=row["asked_at"] is not None, **fields)
