"""What the program's own words in a report are called on paper."""

from typing import Final, Literal

from services.analytics.answer import Notice
from services.analytics.catalog import SourceKind
from services.analytics.reports.model import ALL_SEGMENTS

Language = Literal["es", "en"]

# Columns whose values are the program's own words; in others a menu may be called `detail`.
KINDS: Final = frozenset({"row", "class", "caller", "section", "metric", "unit"})
SHOWN: Final[dict[Language, dict[str, str]]] = {
    "es": {
        "detail": "detalle",
        "optimal": "óptimo",
        "acceptable": "aceptable",
        "critical": "crítico",
        "known": "conocido",
        "unknown": "desconocido",
        "volume": "volumen",
        "abandonment": "abandono",
        "segments": "segmentos",
        "top_menus": "menús principales",
        "top_centres": "centros principales",
        "quality": "calidad",
        "calls": "llamadas",
        "callers": "llamantes",
        "ratio": "proporción",
        "unique_callers": "llamantes únicos",
        "weekday_calls": "entre semana",
        "weekend_calls": "fin de semana",
        "transferred": "transferidas",
        "ended_in_ivr": "terminadas en el IVR",
        "duration_s_mean": "duración media",
        "abandoned": "abandonadas",
        "abandoned_rate": "tasa de abandono",
        "menu_errors": "teléfono en el menú",
        "swapped_times": "horas invertidas",
        "ACTIVO_HOY": "activo hoy",
        "DENTRO_SLA": "dentro del SLA",
        "RIESGO_SLA": "en riesgo de SLA",
        "FUERA_SLA": "fuera del SLA",
        "VOLUMEN_MEDIO": "volumen medio",
        "BAJO_VOLUMEN": "bajo volumen",
    },
    "en": {
        "top_menus": "top menus",
        "top_centres": "top centres",
        "unique_callers": "unique callers",
        "weekday_calls": "on weekdays",
        "weekend_calls": "at weekends",
        "ended_in_ivr": "ended in the IVR",
        "duration_s_mean": "mean duration",
        "abandoned_rate": "abandonment rate",
        "menu_errors": "telephone in the menu",
        "swapped_times": "swapped times",
        "ACTIVO_HOY": "active today",
        "DENTRO_SLA": "within SLA",
        "RIESGO_SLA": "SLA at risk",
        "FUERA_SLA": "outside SLA",
        "VOLUMEN_MEDIO": "medium volume",
        "BAJO_VOLUMEN": "low volume",
    },
}
# Days of the week as ISO counts them, from Monday on.
WEEKDAYS: Final[dict[Language, tuple[str, ...]]] = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
# How a number is written whose unit stands in its row; others keep two decimals.
UNIT_TYPES: Final[dict[object, Literal["integer", "ratio"]]] = {
    "calls": "integer",
    "callers": "integer",
    "ratio": "ratio",
}
EVERY_SEGMENT: Final[dict[Language, str]] = {"es": "todos los segmentos", "en": "all segments"}


def segment_named(segment: str, language: Language) -> str:
    """A segment's name is the customer's; that of all of them is ours."""
    return EVERY_SEGMENT[language] if segment == ALL_SEGMENTS else segment


def notice_told(notice: Notice, kind: SourceKind, language: Language) -> str:
    """The sentence in the reader's language. The interface tells those that no report gives."""
    if language == "en":
        return notice.detail
    first = notice.detail.startswith("The first")
    named = SHOWN["es"].get(notice.column or "", notice.column)
    told = {
        "estimated": f"{named}: estimado; se aparta como mucho un {100 * (notice.error or 0):g} % de contar uno a uno.",
        "source_kind_absent": f"Ninguna fuente de tipo {kind} ha publicado datos, así que no hay nada que contar.",
        "partial_bucket": "El primer periodo empieza antes del rango y solo contiene la parte que cae dentro."
        if first
        else "El último periodo termina después del rango y solo contiene la parte que cae dentro.",
        "no_agent_sessions": "No se conoce ninguna sesión de agentes en este rango, así que la ocupación es nula: la"
        " fuente no registra ninguna, o todavía no.",
        "part_not_recorded": "La fuente no registra el trabajo posterior a la llamada, así que el TMO no lo incluye.",
        "occupancy_range_too_long": "La ocupación se dice sobre 100 días como máximo: pida un trimestre o un rango más"
        " corto.",
    }
    return told.get(notice.code, notice.detail)
