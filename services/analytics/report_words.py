"""What the program's own words in the cells of a report are called on paper."""

from typing import Final, Literal

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
        "callers": "clientes",
        "ratio": "proporción",
        "unique_callers": "clientes únicos",
        "weekday_calls": "entre semana",
        "weekend_calls": "fin de semana",
        "transferred": "transferidas",
        "ended_in_ivr": "terminadas en el IVR",
        "duration_s_mean": "duración media",
        "abandoned": "abandonadas",
        "abandoned_rate": "tasa de abandono",
        "menu_errors": "teléfono en el menú",
        "swapped_times": "horas invertidas",
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
