"""The service as an ASGI application: `uvicorn services.analytics.main:app --port 8003`. Importing connects nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.analytics import (
    alert_routes,
    call_routes,
    export_routes,
    flow_routes,
    leader,
    message_routes,
    plan_routes,
    quality_routes,
    report_routes,
    routes,
    schedule_routes,
    view_routes,
)
from services.analytics.export_runner import ExportRunner
from services.analytics.pool import ANSWERS_WAITING_MAX, BoundedPool
from services.analytics.settings import Settings
from shared.app import create_app
from shared.postgres import Database
from shared.tasks import lasting_beside


def create_service(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.settings = settings
        app.state.workbooks = BoundedPool()
        app.state.answers = BoundedPool(waiting_max=ANSWERS_WAITING_MAX, name="answer")
        app.state.exports = ExportRunner(app.state.database, settings)
        # A pool of its own: a crowd of requests must not take the leader's connections.
        watching = Database(settings.database(), connections_max=leader.CONNECTIONS_MAX)
        await watching.open()
        app.state.leader = leader.Leader(watching, settings)
        try:
            async with lasting_beside(app.state.exports.run, app.state.leader.run) as app.state.background:
                yield
        finally:
            await watching.close()
            app.state.workbooks.close()
            app.state.answers.close()

    return create_app(
        settings,
        title="IACT analytics",
        routers=[
            routes.router,
            call_routes.router,
            report_routes.router,
            export_routes.router,
            view_routes.router,
            flow_routes.router,
            schedule_routes.router,
            alert_routes.router,
            message_routes.router,
            plan_routes.router,
            quality_routes.router,
        ],
        lifespan=lifespan,
        loads_give_way=True,
    )


app = create_service()
