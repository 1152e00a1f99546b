"""Structured logging, set up once per process.

A line is readable alone and queryable by its fields; JSON for journald, colours for a terminal.
"""

import logging
import sys
from typing import Literal

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def configure(*, service: str, form: Literal["json", "console"] = "json") -> None:
    """Send every log line, ours and uvicorn's, to standard output in one form with the `service` field."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _add_service(service)],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _add_service(service), renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # Our own access log has the request id and no query values; uvicorn's has neither.
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True  # uvicorn turns this off, and its lines would come out bare
    # httpx logs each request with its full address.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _add_service(service: str) -> structlog.types.Processor:
    def add(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        event.setdefault("service", service)
        return event

    return add
