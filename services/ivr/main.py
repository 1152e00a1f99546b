"""The ingestion service. Importing it connects to nothing: the lifespan reads keys and sources, takes up old runs."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from services.ivr import dimension_routes, figures, reconcile_routes, replay, rollup_routes, routes
from services.ivr.changes import Changes
from services.ivr.keys import Keys
from services.ivr.rebuild_rollups import Rebuilder
from services.ivr.reconciler import Reconciler
from services.ivr.runner import CONNECTIONS_OF_RUNS_MAX, Runner
from services.ivr.scheduler import Scheduler
from services.ivr.settings import Settings
from shared.app import create_app
from shared.log import log
from shared.loops import Rounds
from shared.postgres import Database
from shared.tasks import lasting_beside

SWITCH_INTERVAL_S = 0.0005  # a load's threads give way ten times sooner than by default: requests do not wait
CONNECTIONS_OF_WATCHERS_MAX = 8  # the leader's lock; a lock, a snapshot and a result of a few reconciliations
ROUTERS = (routes.router, reconcile_routes.router, replay.router, dimension_routes.router, rollup_routes.router)
CONNECTIONS_OF_ROLLUPS_MAX = 16  # a step: lease, transaction, names; a change: the lease of every legacy source, too
RECOVER_EVERY_S = 2.0  # one indexed statement; a run left by a killed process waits at most this long


def create_service(settings: Settings | None = None) -> FastAPI:
    """The application with these settings, or with those of the environment."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        keys = Keys.load(settings.secrets_dir)
        sources = settings.sources()
        for source in sources:
            if source.allow_privileged:
                log.warning("allow_privileged is on: the login may do more than SELECT", source=source.id)
        # A pool of its own: a crowd of requests must not take the connections that a load needs.
        loading = Database(settings.database(), connections_max=CONNECTIONS_OF_RUNS_MAX)
        await loading.open()
        runner = Runner(loading, keys, sources, gives_way=settings.iact_loads_give_way)
        watching = Database(settings.database(), connections_max=CONNECTIONS_OF_WATCHERS_MAX)
        await watching.open()
        reconciler = Reconciler(watching, keys)
        rolling = Database(settings.database(), connections_max=CONNECTIONS_OF_ROLLUPS_MAX)
        await rolling.open()
        rebuilder, changes = Rebuilder(rolling), Changes(rolling)
        app.state.keys, app.state.runner, app.state.reconciler = keys, runner, reconciler
        app.state.rebuilder, app.state.changes = rebuilder, changes
        jobs = (
            partial(_take_up, runner, reconciler),
            Scheduler(watching, runner).run,
            rebuilder.run,
            changes.run,
            partial(figures.watch, app.state.database, runner.scheduled),
        )
        try:
            async with lasting_beside(*jobs):
                yield
        finally:
            await reconciler.close()
            await runner.close()
            await rolling.close()
            await watching.close()
            await loading.close()

    return create_app(settings, title="IACT ingestion", routers=ROUTERS, lifespan=lifespan)


async def _take_up(runner: Runner, reconciler: Reconciler) -> None:
    """As soon as PostgreSQL answers: declare the sources; then, again and again, finish what killed processes left."""
    declared = False
    declaring, runs, reconciliations = Rounds("declaring sources"), Rounds("old runs"), Rounds("old reconciliations")
    while True:
        with declaring:
            if not declared:
                await runner.declare()
                declared = True
        with runs:
            await runner.recover()
        with reconciliations:
            await reconciler.recover()
        await asyncio.sleep(RECOVER_EVERY_S)


app = create_service()
