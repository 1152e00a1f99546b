"""Saved views over HTTP: a question under a name, and whom it is shared with."""

import json
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from services.analytics.question import storable
from services.analytics.schemas import Name, QueryRequest, Strict, Text

DISPLAY_LENGTH_MAX = 20_000  # what a page needs to draw itself again; data belongs in no view
SHARES_MAX = 50  # more people than that are a group

Group = Annotated[Text, StringConstraints(pattern=r"^AGR-[0-9]{3}$")]


class ViewIn(Strict):
    """`query` is what the view asks; `display` is the page's own and comes back as it was given."""

    name: Name
    query: QueryRequest | None = None
    display: Annotated[dict[str, Any], Field(default_factory=dict)]
    is_default: bool = False

    @model_validator(mode="after")
    def _small(self) -> Self:
        text = json.dumps(self.display, ensure_ascii=False)
        if len(text) > DISPLAY_LENGTH_MAX:
            raise ValueError(f"display is longer than {DISPLAY_LENGTH_MAX} characters")
        if "\\u0000" in text or not storable(text):
            raise ValueError("display holds a character that cannot be stored")
        return self


class ViewOut(BaseModel):
    """`own` is false for a view that somebody shares with you: you see it with your own data segment."""

    id: str
    name: str
    query: dict[str, Any] | None
    display: dict[str, Any]
    is_default: bool
    own: bool
    owner: str
    shares: int
    created_at: datetime
    updated_at: datetime


class ViewList(BaseModel):
    items: list[ViewOut]
    next_cursor: str | None = None


class ShareIn(Strict):
    """A person by their username, or a group by its code."""

    username: Name | None = None
    group: Group | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.username is None) == (self.group is None):
            raise ValueError("name either a username or a group")
        return self


class ShareOut(BaseModel):
    id: str
    username: str | None
    group: str | None
    created_at: datetime


class ShareList(BaseModel):
    items: list[ShareOut]
    next_cursor: str | None = None
