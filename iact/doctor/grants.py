"""What the services' logins may do in the database, held against the grants of `deploy/schema.sql`."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import asyncpg

from iact.doctor.finding import Finding, critical, good
from iact.migrations import ROOT
from iact.secret_files import ROLES
from shared.sql import identifier

SCHEMA_FILE = ROOT / "deploy" / "schema.sql"
GRANT = re.compile(
    r"^GRANT ([A-Z,]+) ON (TABLE|SEQUENCE|FUNCTION|SCHEMA) ([a-z0-9_.]+)(?:\([^)]*\))? TO (iact_\w+);$", re.MULTILINE
)
SHOWN_MAX = 5  # of one kind; a schema that was never granted would fill the screen
# A function's name stands for all of that name: two that differ in arguments only have never been granted apart.
LIVE = """
    SELECT DISTINCT kind, object, rolname AS role, privilege_type AS privilege
    FROM (
        SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
               n.nspname || '.' || relname AS object, relacl AS acl
        FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
        UNION ALL SELECT 'FUNCTION', n.nspname || '.' || proname, proacl
        FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace
        UNION ALL SELECT 'SCHEMA', nspname, nspacl FROM pg_namespace
    ) objects, aclexplode(acl) granted JOIN pg_roles r ON r.oid = grantee
    WHERE rolname = ANY($1::text[])"""
UNUSUAL = """
    SELECT rolname AS role, concat_ws(', ', CASE WHEN rolsuper THEN 'SUPERUSER' END,
        CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
        CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END) AS more
    FROM pg_roles WHERE rolname = ANY($1::text[])"""


class Grant(NamedTuple):
    """One privilege of one role on one object."""

    kind: str
    object: str
    role: str
    privilege: str

    @property
    def target(self) -> str:
        return f"{self.kind} {self.object}"


def promised(schema_file: Path = SCHEMA_FILE) -> set[Grant]:
    """The grants that the migrations of this code end with."""
    found = set()
    for privileges, kind, name, role in GRANT.findall(schema_file.read_text(encoding="utf-8")):
        for privilege in privileges.split(","):
            found.add(Grant(kind, name, role, "EXECUTE" if kind == "FUNCTION" else privilege))
    return found


async def look_at_grants(conn: asyncpg.Connection) -> list[Finding]:
    """Roles that are missing or mightier than they should be, and each grant too few or too many."""
    roles = {row["role"]: row["more"] for row in await conn.fetch(UNUSUAL, list(ROLES))}
    findings = [_missing_role(role) for role in ROLES if role not in roles]
    findings += [_mighty_role(role, more) for role, more in roles.items() if more]
    live = {Grant(**row) for row in await conn.fetch(LIVE, list(ROLES))}
    wanted = {grant for grant in promised() if grant.role in roles}
    findings += _told(wanted - live, "lacks", "What this service does there fails.", "GRANT", "TO")
    findings += _told(
        live - wanted, "has", "The border between two services is a grant; here it is open.", "REVOKE", "FROM"
    )
    return findings or [good("grants", f"the services' {len(roles)} roles have their {len(wanted)} grants and no more")]


def _missing_role(role: str) -> Finding:
    meaning = "The service cannot act with its own grants, or cannot log in at all."
    return critical(
        "grants", f"there is no role {role}", meaning, "run deploy/roles.sql as an administrator, then iact migrate"
    )


def _mighty_role(role: str, more: str) -> Finding:
    undo = " ".join(f"NO{each}" for each in more.split(", "))
    meaning = "A flaw in that service would be a flaw of the whole server."
    return critical("grants", f"{role} may {more}", meaning, f"ALTER ROLE {identifier(role)} {undo};")


def _told(grants: Iterable[Grant], verb: str, meaning: str, command: str, word: str) -> list[Finding]:
    ordered = sorted(grants)
    findings = [
        critical(
            "grants",
            f"{each.role} {verb} {each.privilege} on {each.target}",
            meaning,
            f"{command} {each.privilege} ON {each.target} {word} {each.role};",
        )
        for each in ordered[:SHOWN_MAX]
    ]
    if len(ordered) > SHOWN_MAX:
        rest = f"{len(ordered) - SHOWN_MAX} more privileges that somebody {verb}"
        findings.append(critical("grants", rest, meaning, "compare with the GRANT lines of deploy/schema.sql"))
    return findings
