"""The legacy IVR: one table a quarter, one row a call, no key, and all the dirt of twenty years.

`simulate_legacy` is what the command, the demo and tests call.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from iact.simulate.errors import SimulationFailed
from iact.simulate.legacy_calls import draw
from iact.simulate.legacy_manifest import legacy_manifest, table_name
from iact.simulate.legacy_plan import CHUNK_ROWS, Plan, quarter_of
from iact.simulate.legacy_rows import RowText
from iact.simulate.legacy_truth import Truth
from iact.simulate.manifest import LegacyManifest
from iact.simulate.tables import Column, Table, Target
from iact.simulate.zones import zone_info

KIND = "legacy"
ROWS_MAX = 1_000_000_000  # three times what six real quarters hold; more is a slip of the keyboard
QUARTERS_MAX = 20  # five years; callers carry one bit a month
DEFAULT_FROM = date(2025, 7, 1)

Progress = Callable[[int, int], None]

COLUMNS = (
    Column("dFecha", "DATE NOT NULL"),
    Column("dHoraInicio", "DATETIME NOT NULL"),
    Column("dHoraFin", "DATETIME NOT NULL"),
    Column("cDID_800Transfer", "VARCHAR(20) NOT NULL"),
    Column("cDID_Centro_Transferencia", "VARCHAR(50)"),
    Column("cMenu", "VARCHAR(100)"),
    Column("cOpcion", "VARCHAR(100)"),
    Column("cTelefono_Origen", "VARCHAR(20)"),
    Column("cTelefono_Digitado", "VARCHAR(20)"),
    Column("cEtiquetacliente", "VARCHAR(200)"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyOptions:
    """What to simulate. Calls start from `first_day` to the end of the last of `quarters` quarters, its own included.

    `asked_zones` are other zones whose days the manifest also counts.
    """

    rows: int
    seed: int = 1
    first_day: date = DEFAULT_FROM
    quarters: int = 2
    zone: str = "America/Mexico_City"
    asked_zones: tuple[str, ...] = ("Europe/Madrid",)

    def __post_init__(self) -> None:
        if not 0 <= self.rows <= ROWS_MAX:
            raise SimulationFailed(f"The number of rows must lie between 0 and {ROWS_MAX}.")
        if not 1 <= self.quarters <= QUARTERS_MAX:
            raise SimulationFailed(f"The number of quarters must lie between 1 and {QUARTERS_MAX}.")
        if self.seed < 0:
            raise SimulationFailed("The seed must not be negative.")
        for zone in (self.zone, *self.asked_zones):
            zone_info(zone)

    @property
    def last_day(self) -> date:
        end = quarter_of(self.first_day) + self.quarters
        return date(end // 4, end % 4 * 3 + 1, 1) - timedelta(days=1)


def simulate_legacy(options: LegacyOptions, target: Target, progress: Progress | None = None) -> LegacyManifest:
    """Write the tables and return their exact truth; `progress` hears rows done and rows in all."""
    plan = Plan.make(
        rows=options.rows,
        seed=options.seed,
        zone=options.zone,
        first=options.first_day,
        last=options.last_day,
    )
    tables = {quarter: Table(table_name(quarter), COLUMNS) for quarter in dict.fromkeys(plan.quarters.tolist())}
    text = RowText(target.dialect, plan)
    truth = Truth(plan, options.asked_zones)
    with target.writing(KIND, list(tables.values())) as writer:
        for number in range(plan.chunks):
            calls = draw(plan, number)
            rows = text.rows(calls)
            quarter = plan.quarters[calls.stamp - plan.first_day]
            present = np.unique(quarter).tolist()
            for found in present:
                chosen = rows if len(present) == 1 else rows.where(quarter == found)
                writer.write(tables[found], chosen.encode())
            truth.add(calls)
            if progress is not None:
                progress(min((number + 1) * CHUNK_ROWS, options.rows), options.rows)
    return legacy_manifest(truth)
