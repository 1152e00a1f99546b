"""What a request depends on is found on the event loop: a plain function would be handed to a thread and back."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

import services
import shared

pytestmark = pytest.mark.unit


def routes() -> Iterator[APIRoute]:
    for package in (services, shared):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.startswith("shared.testing"):
                continue
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, APIRouter):
                    yield from (route for route in value.routes if isinstance(route, APIRoute))


def called(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    assert dependant.call is not None
    yield dependant.call
    for each in dependant.dependencies:
        yield from called(each)


def test_no_request_changes_threads_for_what_it_depends_on() -> None:
    found = {call for route in routes() for call in called(route.dependant)}
    assert len(found) > 100  # more than a hundred operations, or this looked at nothing
    assert [f"{call.__module__}.{call.__qualname__}" for call in found if not inspect.iscoroutinefunction(call)] == []
