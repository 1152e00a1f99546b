"""A slow, obvious reading of the emitted legacy rows, written from the domain rules and nothing in the simulator."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SEGMENTS = {"19028031": "nacional_A", "19020001": "nacional_B", "19020084": "puebla"}
ABANDONED = {"vacio", "cliente_colgo", "sinopcion_cabecera"}

Row = dict[str, str | None]


def read_folder(folder: Path) -> Iterator[tuple[str, Row]]:
    """Table and row; a file cannot tell null from empty, and no rule needs it to."""
    for path in sorted(folder.glob("tbl_historico_*.csv")):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                yield path.stem, {name: value or None for name, value in row.items()}


def menu_of(raw: str | None) -> str:
    text = (raw or "").strip()
    if not text or text.lower() == "sin cmenu":
        return "VACIO"
    if text.isdigit() and len(text) >= 7:
        return "TELEFONO_EN_MENU"
    return text


def centre_of(raw: str | None) -> str:
    if raw is None or not raw.strip():
        return "CASO_NULL"
    if raw == "cliente_colgo":
        return "CLIENTE_COLGO"
    if set(raw) == {"0"}:
        return "CASO_ERROR_CEROS"
    if not raw[0].isdigit():
        return "ERROR_CARACTER_INICIAL"
    while len(raw) > 10:
        raw = raw[:-10]
    return raw


def line_of(origin: str | None, typed: str | None) -> str:
    if typed is None or not typed.strip():
        return "no_digito"
    return "misma_linea" if typed == origin else "linea_diferente"


class Reading:
    """Everything the manifest claims, counted row by row."""

    def __init__(self, rows: Iterable[tuple[str, Row]], zone: str, asked_zone: str) -> None:
        self.counts: dict[str, Counter[Any]] = defaultdict(Counter)
        self.callers: dict[Any, set[str]] = defaultdict(set)
        self.zone, self.asked = ZoneInfo(zone), ZoneInfo(asked_zone)
        for table, row in rows:
            self._row(table, row)

    def _row(self, table: str, row: Row) -> None:
        times = [datetime.fromisoformat(row[name] or "") for name in ("dHoraInicio", "dHoraFin")]
        start, end = sorted(times)
        day, menu = start.date(), menu_of(row["cMenu"])
        segment = SEGMENTS.get(row["cDID_800Transfer"] or "", "desconocido")
        asked_day = start.replace(tzinfo=self.zone).astimezone(self.asked).date()
        gone = menu.lower() in ABANDONED
        seconds = int((end - start).total_seconds())
        counts = self.counts
        counts["tables"][table] += 1
        counts["units"][table, row["dFecha"]] += 1
        counts["swapped"][times[0] > times[1]] += 1
        counts["date_mismatch"][row["dFecha"] != day.isoformat()] += 1
        counts["past_midnight"][end.date() > day] += 1
        counts["past_quarter"][quarter(end.date()) > quarter(day)] += 1
        counts["segment"][segment] += 1
        counts["did"][row["cDID_800Transfer"]] += 1
        counts["menu"][menu.lower()] += 1
        counts["centre"][centre_of(row["cDID_Centro_Transferencia"])] += 1
        counts["option"][(row["cOpcion"] or "").strip() or "SIN_OPCION"] += 1
        counts["line"][line_of(row["cTelefono_Origen"], row["cTelefono_Digitado"])] += 1
        counts["line_segment"][segment, line_of(row["cTelefono_Origen"], row["cTelefono_Digitado"])] += 1
        labels = [label.strip() for label in (row["cEtiquetacliente"] or "").split(",") if label.strip()]
        counts["labelled"][bool(labels)] += 1
        counts["label"].update(labels)
        counts["hour"][start.hour] += 1
        counts["weekday"][start.weekday()] += 1
        counts["duration"][seconds] += 1
        counts["seconds"][day.isoformat(), segment] += seconds
        for key in ((day.isoformat(), segment), ("asked", asked_day.isoformat(), segment)):
            counts["calls"][key] += 1
            counts["abandoned"][key] += gone
        self._caller(row["cTelefono_Origen"], day, asked_day, segment)

    def _caller(self, origin: str | None, day: date, asked_day: date, segment: str) -> None:
        if origin is None:
            self.counts["without_caller"][None] += 1
            return
        month, of_quarter = day.isoformat()[:7], quarter(day)
        for key in (
            ("total",), ("segment", segment), ("day", day.isoformat()), ("month", month), ("quarter", of_quarter),
            ("month", month, segment), ("quarter", of_quarter, segment), (day.isoformat(), segment),
            ("asked", asked_day.isoformat(), segment),
        ):  # fmt: skip
            self.callers[key].add(origin)

    def distinct(self, *key: str) -> int:
        return len(self.callers.get(key, ()))

    def by_day_segment(self) -> list[list[str | int]]:
        found = []
        for key in sorted((key for key in self.counts["calls"] if len(key) == 2), key=_order):
            numbers = [self.counts["calls"][key], self.counts["abandoned"][key], self.distinct(*key)]
            found.append([*key, *numbers, self.counts["seconds"][key]])
        return found

    def by_asked_day_segment(self) -> list[list[str | int]]:
        keys = sorted((key for key in self.counts["calls"] if len(key) == 3), key=lambda key: _order(key[1:]))
        calls, abandoned = self.counts["calls"], self.counts["abandoned"]
        return [[*key[1:], calls[key], abandoned[key], self.distinct(*key)] for key in keys]


def _order(key: tuple[str, ...]) -> tuple[str, int]:
    return key[0], ["nacional_A", "nacional_B", "puebla", "desconocido"].index(key[1])


def quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
