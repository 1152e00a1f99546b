"""The dimensions, declared. Bands include their upper bound, as service level thresholds do."""

from itertools import pairwise

from services.analytics.catalog import Dimension, SourceKind

LEGACY: tuple[SourceKind, ...] = ("legacy",)
ASTERISK: tuple[SourceKind, ...] = ("asterisk",)
BOTH: tuple[SourceKind, ...] = ("legacy", "asterisk")

DURATION_BANDS_S = (0, 10, 30, 60, 120, 300, 600)
WAIT_BANDS_S = (0, 5, 10, 20, 30, 60, 120, 300)


def band_labels(upper_bounds: tuple[int, ...]) -> tuple[str, ...]:
    """(0, 5, 10) → "0", "1-5", "6-10", "11+": whole seconds, each band with its upper bound."""
    inner = [f"{low + 1}-{high}" for low, high in pairwise(upper_bounds)]
    return (str(upper_bounds[0]), *inner, f"{upper_bounds[-1] + 1}+")


DIMENSIONS = (
    Dimension(
        "segment",
        LEGACY,
        "text",
        "Segmento comercial del DID marcado; «desconocido» cuando el DID no está en el mapa.",
        "Business segment of the dialled DID; `desconocido` when the map has no such DID.",
    ),
    Dimension("did", LEGACY, "text", "Número 800 al que llamó el cliente.", "The 800 number that was called."),
    Dimension(
        "centre",
        LEGACY,
        "text",
        "Centro de transferencia ya limpio; los casos especiales conservan su nombre (CASO_NULL, CLIENTE_COLGO…).",
        "Cleaned transfer centre; special cases keep their name (CASO_NULL, CLIENTE_COLGO…).",
    ),
    Dimension(
        "menu",
        LEGACY,
        "text",
        "Último menú visitado; VACIO sin menú, TELEFONO_EN_MENU cuando el menú era un número.",
        "Last menu visited; VACIO without one, TELEFONO_EN_MENU when it held a number.",
    ),
    Dimension("option", LEGACY, "text", "Opción elegida en el menú.", "Option chosen in the menu."),
    Dimension(
        "line_kind",
        LEGACY,
        "text",
        "Número tecleado comparado con el de origen.",
        "Typed number compared with the calling one.",
        values=("no_digito", "misma_linea", "linea_diferente"),
    ),
    Dimension(
        "label",
        LEGACY,
        "text",
        "Etiqueta del cliente; una llamada con varias cuenta una vez en cada una, y una vez en los totales.",
        "Customer label; a call with several counts once under each, and once in the totals.",
        many=True,
    ),
    Dimension(
        "outcome",
        LEGACY,
        "text",
        "Cómo terminó: transferida, terminada en el IVR, o con un destino ilegible.",
        "How the call ended: transferred, ended in the IVR, or with an unreadable destination.",
        values=("transferred", "ended_in_ivr", "unreadable"),
    ),
    Dimension("queue", ASTERISK, "text", "Cola a la que entró la llamada.", "Queue that the call entered."),
    Dimension(
        "agent",
        ASTERISK,
        "text",
        "Agente que atendió; nulo si nadie lo hizo.",
        "Agent who answered; null when nobody did.",
    ),
    Dimension(
        "exit",
        ASTERISK,
        "text",
        "Cómo salió de la cola.",
        "How the call left the queue.",
        values=("answered", "abandoned", "timeout", "key_exit", "empty", "withdrawn", "flow_out", "open"),
    ),
    Dimension("source", BOTH, "text", "Fuente configurada de la llamada.", "Configured source of the call."),
    Dimension(
        "hour_of_day",
        BOTH,
        "integer",
        "Hora local de entrada, 0 a 23, en la zona pedida.",
        "Local hour of entry, 0 to 23, in the zone asked for.",
    ),
    Dimension(
        "weekday",
        BOTH,
        "integer",
        "Día de la semana de entrada, 1 lunes a 7 domingo, en la zona pedida.",
        "Weekday of entry, 1 Monday to 7 Sunday, in the zone asked for.",
    ),
    Dimension(
        "is_holiday",
        BOTH,
        "boolean",
        "Si el día local de entrada está en el calendario de festivos.",
        "Whether the local day of entry is in the holiday calendar.",
    ),
    Dimension(
        "duration_band",
        BOTH,
        "integer",
        "Duración de la llamada por tramos de segundos, con el límite superior incluido.",
        "Length of the call in bands of seconds, upper bound included.",
        labels=band_labels(DURATION_BANDS_S),
    ),
    Dimension(
        "wait_band",
        ASTERISK,
        "integer",
        "Espera por tramos de segundos, con el límite superior incluido; nula en llamadas abiertas.",
        "Wait in bands of seconds, upper bound included; null while a call is open.",
        labels=band_labels(WAIT_BANDS_S),
    ),
)
