"""`uvicorn services.dora.main:app`: the ASGI application. Importing it connects to nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.dora import (
    export_routes,
    following,
    keeping,
    metric_routes,
    quality_routes,
    repository_routes,
    routes,
    target_routes,
    webhook_routes,
)
from services.dora.background import CONNECTIONS_MAX, Leader
from services.dora.following import Follower
from services.dora.histories import Histories
from services.dora.intake import Intake
from services.dora.keeping import Keeper
from services.dora.rulebook import RuleBook
from services.dora.settings import Settings
from services.dora.webhook_routes import Desk
from services.dora.webhooks.signatures import Secrets
from shared.app import create_app
from shared.postgres import Database
from shared.tasks import lasting_beside


def create_service(settings: Settings | None = None) -> FastAPI:
    """The service, with settings from the environment unless given."""
    chosen = settings or Settings()
    histories = Histories(chosen.iact_data_dir / "dora" / "clones")
    rules = RuleBook(chosen.iact_dora_rules_file)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Pools of their own: a crowd of questions must not take the connections that deliveries need.
        pools = [
            Database(chosen.database(), connections_max=count)
            for count in (keeping.CONNECTIONS, following.CONNECTIONS, CONNECTIONS_MAX)
        ]
        for pool in pools:
            await pool.open()
        writing, reading, watching = pools
        keeper, follower = Keeper(writing), Follower(reading)
        app.state.desk = Desk(keeper, follower, Secrets(chosen.webhook_secrets_dir), rules)
        leader = Leader(watching, histories, chosen.repository_roots, rules)
        try:
            async with lasting_beside(keeper.run, follower.run, leader.run):
                yield
        finally:
            for pool in pools:
                await pool.close()

    application = create_app(
        chosen,
        title="IACT delivery metrics",
        routers=[
            routes.router,
            metric_routes.router,
            export_routes.router,
            quality_routes.router,
            target_routes.router,
            repository_routes.router,
            webhook_routes.router,
        ],
        lifespan=lifespan,
    )
    application.state.histories = histories
    application.state.repository_roots = chosen.repository_roots
    application.state.rules = rules
    application.state.figures_dir = chosen.iact_dora_figures_dir
    application.state.time_zone = chosen.iact_time_zone
    return application


def in_front(application: FastAPI) -> Intake:
    """The service as it is served: deliveries are taken before the framework sees them."""
    state = application.state
    return Intake(application, service=Settings.service, state=state, spans=state.spans)


app = in_front(create_service())
