"""Every migration in order gives exactly deploy/schema.sql: the schema can be read in one place and cannot drift.

After a new migration: `IACT_UPDATE_SCHEMA=1 pytest tests/shared/test_schema.py` writes the file; read its difference.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from shared.settings import DatabaseSettings
from shared.testing.postgres import GivenServer, PostgresServer

pytestmark = pytest.mark.integration

SCHEMA = Path(__file__).resolve().parents[2] / "deploy" / "schema.sql"
# What changes from server to server and says nothing about the schema.
NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)?$")
HEADER = "-- The schema after every migration, for reading; made by tests/shared/test_schema.py, never run.\n\n"


def test_migrations_add_up_to_the_schema(postgres_server: GivenServer, database_settings: DatabaseSettings) -> None:
    if not isinstance(postgres_server, PostgresServer):
        pytest.skip("on a server with Citus the schema is the one that Citus keeps")
    dump = subprocess.run(
        [
            str(postgres_server.manager.install / "bin" / "pg_dump"),
            *("--schema-only", "--no-owner", "--exclude-table=public.iact_migrations"),
            "--exclude-table=audit.events_2*",  # the months: which there are depends on the day
            *("--host=127.0.0.1", f"--port={database_settings.port}", f"--username={database_settings.user}"),
            database_settings.name,
        ],
        env={"PATH": "/usr/bin:/bin", "PGPASSWORD": database_settings.password},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in dump.stdout.splitlines() if not NOISE.match(line)]
    schema = HEADER + re.sub(r";\n(?! )", ";\n\n", "\n".join(lines) + "\n").rstrip() + "\n"
    if os.environ.get("IACT_UPDATE_SCHEMA"):
        SCHEMA.write_text(schema, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == schema, "run IACT_UPDATE_SCHEMA=1 pytest tests/shared/test_schema.py"
