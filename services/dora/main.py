"""`uvicorn services.dora.main:app`: the ASGI application. Importing it connects to nothing."""

from fastapi import FastAPI

from services.dora.routes import router
from services.dora.settings import Settings
from shared.app import create_app


def create_service(settings: Settings | None = None) -> FastAPI:
    """The service, with settings from the environment unless given."""
    chosen = settings or Settings()
    application = create_app(chosen, title="IACT delivery metrics", routers=[router])
    application.state.time_zone = chosen.iact_time_zone
    return application


app = create_service()
