"""What Asterisk queues can tell: one row is one entry into a queue."""

from services.analytics.catalog import (
    NEAREST_RANK,
    Concurrency,
    Count,
    Distinct,
    Good,
    Maximum,
    Mean,
    Metric,
    Occupancy,
    Percentile,
    Ratio,
    Recipe,
    ServiceLevelRatio,
    SignedIn,
    Wording,
)

# The four usual variants differ by several points on the same calls, so the name travels with the number.
SERVICE_LEVEL_VARIANTS = {
    "A": Ratio(("answered_in_time",), ("answered",)),
    "B": Ratio(("answered_in_time",), ("answered", "abandoned")),
    "C": Ratio(("answered_in_time",), ("offered", "-short_abandoned")),
    "D": Ratio(("answered_in_time", "abandoned_in_time"), ("answered", "abandoned")),
}
SERVICE_LEVEL_FORMULAS = {
    "A": Wording(
        es="A: atendidas con espera {in_time} s / atendidas",
        en="A: answered with wait_s {in_time} / answered",
    ),
    "B": Wording(
        es="B: atendidas con espera {in_time} s / (atendidas + abandonadas)",
        en="B: answered with wait_s {in_time} / (answered + abandoned)",
    ),
    "C": Wording(
        es="C: atendidas con espera {in_time} s / (ofrecidas - abandonadas con espera <= {short} s)",
        en="C: answered with wait_s {in_time} / (offered - abandoned with wait_s <= {short})",
    ),
    "D": Wording(
        es="D: (atendidas + abandonadas, ambas con espera {in_time} s) / (atendidas + abandonadas)",
        en="D: (answered + abandoned, both with wait_s {in_time}) / (answered + abandoned)",
    ),
}


def _metric(name: str, unit: str, good: Good, recipe: Recipe, formula: Wording, es: str, en: str) -> Metric:
    return Metric(name, "asterisk", unit, good, recipe, formula, es, en)


def _exit(name: str, good: Good, plural_es: str, es: str, en: str) -> Metric:
    return _metric(name, "calls", good, Count(name), Wording(es=f"cuenta({plural_es})", en=f"count({name})"), es, en)


def _distribution(
    value: str, good: Good, subject: tuple[str, str], population: tuple[str, str], *, maximum: bool = True
) -> tuple[Metric, ...]:
    """Mean, percentiles and maximum of one value; the texts name what is measured and over which calls."""
    (es, en), (over_es, over_en) = subject, population
    value_es = f"{es.removeprefix('la ')} en s"
    mean = _metric(
        f"{value}_mean",
        "s",
        good,
        Mean(value),
        Wording(es=f"media({value_es})", en=f"mean({value})"),
        f"Media de {es}, en {over_es}.",
        f"Mean {en}, over {over_en}.",
    )
    percentiles = tuple(
        _metric(
            f"{value}_p{share}",
            "s",
            good,
            Percentile(value, share / 100),
            Wording(es=f"p{share}({value_es}), {NEAREST_RANK.es}", en=f"p{share}({value}), {NEAREST_RANK.en}"),
            f"Percentil {share} exacto de {es}, en {over_es}.",
            f"Exact {share}th percentile of {en}, over {over_en}.",
        )
        for share in (50, 90, 95, 99)
    )
    most = _metric(
        f"{value}_max",
        "s",
        good,
        Maximum(value),
        Wording(es=f"máximo({value_es})", en=f"max({value})"),
        f"Máximo de {es}, en {over_es}.",
        f"Maximum {en}, over {over_en}.",
    )
    return (mean, *percentiles, most) if maximum else (mean, *percentiles)


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


ASTERISK_METRICS = (
    _metric(
        "calls",
        "calls",
        "none",
        Count("offered"),
        Wording(es="cuenta(llamadas)", en="count(calls)"),
        "Entradas en cola.",
        "Entries into a queue.",
    ),
    _metric(
        "offered",
        "calls",
        "none",
        Count("offered"),
        Wording(es="suma de todas las salidas + abiertas", en="sum of all exits + open"),
        "Llamadas ofrecidas a la cola: todas las salidas más las abiertas.",
        "Calls offered to the queue: all exits plus those still open.",
    ),
    _exit("answered", "up", "atendidas", "Llamadas que atendió un agente.", "Calls that an agent answered."),
    _exit("abandoned", "down", "abandonadas", "El cliente colgó en la cola.", "The caller hung up in the queue."),
    _metric(
        "short_abandoned",
        "calls",
        "none",
        Count("short_abandoned"),
        Wording(
            es="cuenta(abandonadas con espera <= short_abandon_s)", en="count(abandoned, wait_s <= short_abandon_s)"
        ),
        "Parte de las abandonadas: esperaron como mucho short_abandon_s (5 s si no se pide otra cosa).",
        "Part of the abandoned: they waited at most short_abandon_s (5 s unless asked otherwise).",
    ),
    _exit(
        "timed_out",
        "down",
        "salidas por tiempo",
        "Salieron al agotarse el tiempo de la cola.",
        "Left when the queue's time ran out.",
    ),
    _exit("key_exits", "none", "salidas por tecla", "Salieron al pulsar una tecla.", "Left by pressing a key."),
    _exit(
        "empty_exits",
        "down",
        "salidas por falta de agentes",
        "Salieron porque no había agentes.",
        "Left because there were no agents.",
    ),
    _exit("withdrawn", "none", "retiradas", "Retiradas por el sistema.", "Withdrawn by the system."),
    _exit(
        "flowed_out",
        "none",
        "desviadas a otro destino",
        "Pasaron a otro destino sin ser atendidas.",
        "Went on elsewhere unanswered.",
    ),
    _exit("open", "none", "abiertas", "Sin final registrado todavía.", "No end recorded yet."),
    _metric(
        "answered_rate",
        "ratio",
        "up",
        Ratio(("answered",), ("offered",)),
        Wording(es="atendidas / ofrecidas", en="answered / offered"),
        "Atendidas entre ofrecidas.",
        "Answered over offered.",
    ),
    _metric(
        "abandoned_rate",
        "ratio",
        "down",
        Ratio(("abandoned",), ("offered",)),
        Wording(es="abandonadas / ofrecidas", en="abandoned / offered"),
        "Abandonadas entre ofrecidas.",
        "Abandoned over offered.",
    ),
    _metric(
        "service_level",
        "ratio",
        "up",
        ServiceLevelRatio(),
        Wording(
            es="A: atendidas a tiempo / atendidas; B: atendidas a tiempo / (atendidas + abandonadas); C: atendidas "
            "a tiempo / (ofrecidas - abandonos cortos); D: (atendidas + abandonadas a tiempo) / (atendidas + "
            "abandonadas)",
            en="A: answered in time / answered; B: answered in time / (answered + abandoned); C: answered in time / "
            "(offered - short abandoned); D: (answered + abandoned in time) / (answered + abandoned)",
        ),
        "Nivel de servicio en la variante, el umbral y la comparación pedidos (B, 20 s, ≤ si no se dice nada).",
        "Service level in the variant, threshold and comparison asked for (B, 20 s, ≤ unless said otherwise).",
    ),
    _metric(
        "asa_s",
        "s",
        "down",
        Mean("wait_answered_s"),
        Wording(es="media(espera en s de las atendidas)", en="mean(wait_s of answered)"),
        "Espera media de las llamadas atendidas.",
        "Mean wait of answered calls.",
    ),
    _metric(
        "asa_queued_s",
        "s",
        "down",
        Mean("wait_queued_s"),
        Wording(es="media(espera en s de las atendidas con espera > 0)", en="mean(wait_s of answered with wait_s > 0)"),
        "Espera media de las atendidas que tuvieron que esperar.",
        "Mean wait of answered calls that had to wait.",
    ),
    *_distribution(
        "wait_s",
        "down",
        ("la espera", "wait"),
        ("todas las llamadas que salieron de la cola", "all calls that left the queue"),
    ),
    *_distribution(
        "talk_s",
        "none",
        ("la conversación", "talk time"),
        ("las atendidas ya terminadas", "answered calls that have ended"),
        maximum=False,
    ),
    *_distribution(
        "duration_s",
        "none",
        ("la duración desde la entrada", "time since entry"),
        ("las llamadas terminadas", "calls that have ended"),
    ),
    Metric(
        "aht_s",
        "asterisk",
        "s",
        "none",
        Mean("talk_s"),
        Wording(
            es="(conversación + retención + trabajo posterior) / atendidas ya terminadas; la central cuenta la "
            "retención como conversación y no registra el trabajo posterior",
            en="(talk + hold + wrap-up) / answered calls that have ended; the PBX tells hold as part of talk and no "
            "wrap-up",
        ),
        "Tiempo medio de operación de las atendidas: conversación con la retención incluida; la central no registra el "
        "trabajo posterior a la llamada.",
        "Mean handling time of answered calls: talk with hold inside it; the PBX records no wrap-up after the call.",
        missing=("wrap-up",),
    ),
    _metric(
        "agents_signed_in",
        "agents",
        "none",
        SignedIn(),
        Wording(
            es="cuenta(agentes distintos con sesión abierta en algún momento del intervalo)",
            en="count(distinct agent signed in at some moment of the bucket)",
        ),
        "Agentes distintos con sesión abierta en algún momento del intervalo.",
        "Different agents signed in at some moment of the bucket.",
    ),
    _metric(
        "occupancy",
        "ratio",
        "none",
        Occupancy(),
        Wording(
            es="segundos de conversación / segundos con sesión abierta y sin pausa, ambos cortados en los bordes del "
            "intervalo",
            en="seconds of talk / seconds signed in and not paused, both cut at the edges of the bucket",
        ),
        "Tiempo de conversación entre el tiempo con sesión abierta y sin pausa, ambos repartidos entre los intervalos.",
        "Talk time over time signed in and not paused, both split over the buckets.",
    ),
    _metric(
        "concurrency_max",
        "calls",
        "none",
        Concurrency(),
        Wording(
            es="máximo(llamadas entre su entrada y su fin en un momento del intervalo), sin las que no tienen fin "
            "registrado",
            en="max(calls between entry and end at one moment of the bucket); calls without a recorded end left out",
        ),
        "Máximo de llamadas a la vez, en cola o en conversación, incluidas las que entraron antes del intervalo; sin "
        "las que no tienen final registrado.",
        "Most calls at one moment, waiting or talking, with those that came before the bucket; calls without a "
        "recorded end are left out.",
    ),
    _metric(
        "transfers",
        "transfers",
        "none",
        Count("transfers"),
        Wording(es="suma(transferencias)", en="sum(transfers)"),
        "Transferencias hechas por agentes.",
        "Transfers made by agents.",
    ),
    _metric(
        "ring_no_answer",
        "attempts",
        "down",
        Count("ring_no_answer"),
        Wording(es="suma(timbres sin respuesta)", en="sum(rings without answer)"),
        "Intentos en que un agente no contestó.",
        "Attempts that an agent did not pick up.",
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
        "Números distintos, sin los desconocidos. No se suma: cada total se cuenta de nuevo.",
        "Distinct calling numbers, unknown ones left out. Never summed: each total is counted afresh.",
    ),
    _repeat("1h", "1 hora", "1 hour"),
    _repeat("24h", "24 horas", "24 hours"),
    _repeat("7d", "7 días", "7 days"),
)
