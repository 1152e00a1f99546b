"""The catalogue of RBAC 5.4: what may be held, and what may not be held together."""

from fastapi import APIRouter, Depends

from services.sessions import models
from services.sessions.routes.context import InDatabase
from services.sessions.store import holdings
from shared.identity import require_any

router = APIRouter(prefix="/api/v1", tags=["permissions"])


@router.get("/functions", dependencies=[Depends(require_any("ACC-003", "ACC-007", "ACC-008"))])
async def list_functions(db: InDatabase) -> models.Page[models.Function]:
    """Every function that the system knows."""
    async with db.connection() as conn:
        rows = await holdings.all_functions(conn)
    items = [models.Function(code=row.code, module=row.module, name=row.name) for row in rows]
    return models.Page[models.Function](items=items, next_cursor=None)


@router.get("/groups", dependencies=[Depends(require_any("ACC-003", "ACC-004", "ACC-006", "ACC-007"))])
async def list_groups(db: InDatabase) -> models.Page[models.Group]:
    """Every group with the functions it gives."""
    async with db.connection() as conn:
        rows = await holdings.all_groups(conn)
    items = [models.Group(code=row.code, name=row.name, active=row.active, functions=row.functions) for row in rows]
    return models.Page[models.Group](items=items, next_cursor=None)


@router.get("/separation-rules", dependencies=[Depends(require_any("ACC-005", "ACC-011", "ACC-012"))])
async def list_separation_rules(db: InDatabase) -> models.Page[models.SeparationRule]:
    """Every rule of separation of duties: no one holds a function of both sides."""
    async with db.connection() as conn:
        rows = await holdings.all_rules(conn)
    items = [
        models.SeparationRule(code=row.code, name=row.name, active=row.active, side_a=row.side_a, side_b=row.side_b)
        for row in rows
    ]
    return models.Page[models.SeparationRule](items=items, next_cursor=None)
