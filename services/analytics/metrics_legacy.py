"""What the legacy IVR can tell: one row is one call that ended in the IVR."""

from services.analytics.catalog import (
    NEAREST_RANK,
    Count,
    Distinct,
    Good,
    Maximum,
    Mean,
    Metric,
    Percentile,
    Ratio,
    Recipe,
    Wording,
)


def _metric(name: str, unit: str, good: Good, recipe: Recipe, formula: Wording, es: str, en: str) -> Metric:
    return Metric(name, "legacy", unit, good, recipe, formula, es, en)


def _percentile(share: int) -> Metric:
    return _metric(
        f"duration_s_p{share}",
        "s",
        "none",
        Percentile("duration_s", share / 100),
        Wording(es=f"p{share}(duración en s), {NEAREST_RANK.es}", en=f"p{share}(duration_s), {NEAREST_RANK.en}"),
        f"Percentil {share} exacto de la duración: el {share} % de las llamadas no duró más.",
        f"Exact {share}th percentile of duration: {share} % of the calls were no longer.",
    )


def _repeat(window: str, es: str, en: str) -> Metric:
    return _metric(
        f"repeat_rate_{window}",
        "ratio",
        "down",
        Ratio((f"repeated_{window}",), (f"repeat_known_{window}",)),
        Wording(
            es=f"llamadas seguidas de otra del mismo número en {es} / llamadas de número conocido y ventana cubierta",
            en=f"calls followed by the same caller within {window} / calls with a known caller and a covered window",
        ),
        f"Llamadas seguidas de otra del mismo número en {es}, entre las de número conocido cuya ventana ya está "
        "cubierta por los datos.",
        f"Calls followed by another of the same caller within {en}, of those with a known caller whose window the "
        "data covers already.",
    )


LEGACY_METRICS = (
    _metric(
        "calls",
        "calls",
        "none",
        Count("calls"),
        Wording(es="cuenta(llamadas)", en="count(calls)"),
        "Llamadas que entraron.",
        "Calls that came in.",
    ),
    _metric(
        "unique_callers",
        "callers",
        "none",
        Distinct("caller_id"),
        Wording(
            es="cuenta(números de origen distintos), sin los desconocidos",
            en="count(distinct caller), unknown callers left out",
        ),
        "Números de origen distintos, sin los desconocidos. No se suma: cada total se cuenta de nuevo.",
        "Distinct calling numbers, unknown ones left out. Never summed: each total is counted afresh.",
    ),
    _metric(
        "abandoned",
        "calls",
        "down",
        Count("abandoned"),
        Wording(es="cuenta(llamadas cuyo menú cuenta como abandono)", en="count(calls whose menu counts as abandoned)"),
        "Llamadas cuyo último menú cuenta como abandono (VACIO, cliente_colgo, SinOpcion_Cabecera; configurable).",
        "Calls whose last menu counts as abandoned (VACIO, cliente_colgo, SinOpcion_Cabecera; configurable).",
    ),
    _metric(
        "abandoned_rate",
        "ratio",
        "down",
        Ratio(("abandoned",), ("calls",)),
        Wording(es="abandonadas / llamadas", en="abandoned / calls"),
        "Abandonadas entre recibidas.",
        "Abandoned calls over all calls received.",
    ),
    _metric(
        "transferred",
        "calls",
        "none",
        Count("transferred"),
        Wording(
            es="cuenta(llamadas con centro de transferencia legible)", en="count(calls with a readable transfer centre)"
        ),
        "Llamadas transferidas a un centro legible; las de destino ilegible (solo ceros, mal inicio) no cuentan aquí.",
        "Calls transferred to a readable centre; unreadable destinations (only zeros, bad start) are not among them.",
    ),
    _metric(
        "transferred_rate",
        "ratio",
        "none",
        Ratio(("transferred",), ("calls",)),
        Wording(es="transferidas / llamadas", en="transferred / calls"),
        "Transferidas entre recibidas.",
        "Transferred calls over all calls received.",
    ),
    _metric(
        "ended_in_ivr",
        "calls",
        "none",
        Count("ended_in_ivr"),
        Wording(
            es="cuenta(llamadas que colgaron o no tienen centro)", en="count(calls that hung up or have no centre)"
        ),
        "Llamadas que terminaron en el IVR: el cliente colgó o no hubo centro. No implica que se resolvieran.",
        "Calls that ended in the IVR: the caller hung up or there was no centre. It does not mean they were solved.",
    ),
    _metric(
        "contained_rate",
        "ratio",
        "up",
        Ratio(("contained",), ("containment_known",)),
        Wording(
            es="terminadas en el IVR con objetivo alcanzado, o sin repetición en 24 h / llamadas de las que se sabe",
            en="ended in the IVR with a goal reached, or without a repeat within 24h / calls for which that is known",
        ),
        "Terminadas en el IVR con objetivo alcanzado o sin que el mismo número repitiera en 24 h, entre las llamadas "
        "de las que puede saberse.",
        "Ended in the IVR with a goal reached, or without a repeat of the same caller within 24 h, of the calls for "
        "which that can be known.",
    ),
    _repeat("1h", "1 hora", "1 hour"),
    _repeat("24h", "24 horas", "24 hours"),
    _repeat("7d", "7 días", "7 days"),
    _metric(
        "same_line",
        "calls",
        "none",
        Count("same_line"),
        Wording(es="cuenta(llamadas que teclearon su propio número)", en="count(calls that typed their own number)"),
        "Llamadas que teclearon el mismo número desde el que llamaban.",
        "Calls that typed the number they called from.",
    ),
    _metric(
        "different_line",
        "calls",
        "none",
        Count("different_line"),
        Wording(es="cuenta(llamadas que teclearon otro número)", en="count(calls that typed another number)"),
        "Llamadas que teclearon otro número.",
        "Calls that typed another number.",
    ),
    _metric(
        "no_typed_line",
        "calls",
        "none",
        Count("no_typed_line"),
        Wording(es="cuenta(llamadas que no teclearon número)", en="count(calls that typed no number)"),
        "Llamadas que no teclearon número.",
        "Calls that typed no number.",
    ),
    _metric(
        "weekday_calls",
        "calls",
        "none",
        Count("weekday_calls"),
        Wording(es="cuenta(llamadas, de lunes a viernes)", en="count(calls, Monday to Friday)"),
        "Llamadas de lunes a viernes, en la zona pedida.",
        "Calls from Monday to Friday, in the zone asked for.",
    ),
    _metric(
        "weekend_calls",
        "calls",
        "none",
        Count("weekend_calls"),
        Wording(es="cuenta(llamadas, sábado y domingo)", en="count(calls, Saturday and Sunday)"),
        "Llamadas de sábado y domingo, en la zona pedida.",
        "Calls on Saturday and Sunday, in the zone asked for.",
    ),
    _metric(
        "menu_errors",
        "calls",
        "down",
        Count("menu_errors"),
        Wording(
            es="cuenta(llamadas cuyo menú era un número de teléfono)",
            en="count(calls whose menu was a telephone number)",
        ),
        "Llamadas cuyo menú contenía un teléfono (solo se cuentan; el número no se guarda).",
        "Calls whose menu held a telephone number (counted only; the number is not kept).",
    ),
    _metric(
        "swapped_times",
        "calls",
        "down",
        Count("swapped_times"),
        Wording(
            es="cuenta(llamadas cuyo inicio era posterior a su fin)", en="count(calls whose start lay after their end)"
        ),
        "Llamadas cuyo inicio y fin venían intercambiados en el origen.",
        "Calls whose start and end came swapped from the source.",
    ),
    _metric(
        "duration_s_mean",
        "s",
        "none",
        Mean("duration_s"),
        Wording(es="suma(duración en s) / llamadas", en="sum(duration_s) / calls"),
        "Duración media en el IVR.",
        "Mean time in the IVR.",
    ),
    *(_percentile(share) for share in (50, 90, 95, 99)),
    _metric(
        "duration_s_max",
        "s",
        "none",
        Maximum("duration_s"),
        Wording(es="máximo(duración en s)", en="max(duration_s)"),
        "La llamada más larga.",
        "The longest call.",
    ),
)
