// What an answer warns of, by its code; tests/test_page_sentences.py holds every code of the server to being here.
import type { I18n, MessageDescriptor } from '@lingui/core';
import { msg, plural } from '@lingui/core/macro';

import type { AnswerWarning } from '~/api/generated';

/** What a warning is about, as this page writes it. */
export interface About {
  column: string;
  calls: string;
  count: number;
}

const BY_CODE: Record<string, (about: About) => MessageDescriptor> = {
  unknown_to_source: ({ column }) => msg`${column}: este tipo de fuente no lo sabe; la columna va vacía.`,
  cannot_be_split: ({ column }) =>
    msg`${column}: no se puede contar por separado con esta división o este filtro; la columna va vacía.`,
  part_not_recorded: ({ column }) =>
    msg`${column}: le falta una parte que este tipo de fuente no registra; mire cómo se calcula.`,
  no_agent_sessions: ({ column }) =>
    msg`${column}: no se conoce ninguna sesión de agente en este periodo; la fuente no las registra, o todavía no. La columna va vacía.`,
  window_not_covered: ({ count, calls }) =>
    msg`${plural(count, { one: '# llamada queda', other: `${calls} llamadas quedan` })} fuera de lo que mira qué pasó después: los datos aún no llegan tan lejos.`,
  estimated: ({ column }) =>
    msg`${column}: hay números estimados; se apartan como mucho un 2 % de contar uno a uno.`,
  source_kind_absent: () => msg`Ninguna fuente de este tipo ha publicado datos; no hay nada que contar.`,
  partial_bucket: () => msg`Un intervalo del borde solo trae la parte que cae dentro del periodo.`,
  occupancy_range_too_long: ({ column }) =>
    msg`${column}: no se calcula en un periodo tan largo; pida un trimestre o un periodo más corto.`,
  legacy_paths: () =>
    msg`Una llamada histórica solo dice su último menú, una opción y un centro: aquí no se ven vueltas.`,
  holiday_unknown: () =>
    msg`El historial no tiene ningún festivo; lo que cae en uno va vacío en vez de adivinarse.`,
  history_too_short: () =>
    msg`No se pueden pronosticar los intervalos sin dos semanas anteriores del mismo día de la semana.`,
  not_tried: () => msg`El historial es demasiado corto para probar el método con semanas que no haya visto.`,
  calls_unknown: () =>
    msg`Los intervalos cuyas llamadas no se pueden pronosticar no tienen plan, y no se da la suma de horas.`,
  queue_grows: () => msg`Con tan pocos agentes la cola crece sin límite: no hay espera media.`,
};
const FIRST = 'The first bucket ';
const LAST = 'The last bucket ';

/** The page's words for a warning; null for a code that it does not know. */
export function warningText(i18n: I18n, { code, detail }: AnswerWarning, about: About): string | null {
  // One code for both ends of a range, and both may be told.
  if (code === 'partial_bucket' && detail.startsWith(FIRST))
    return i18n._(msg`El primer intervalo empieza antes del periodo y solo trae la parte que cae dentro.`);
  if (code === 'partial_bucket' && detail.startsWith(LAST))
    return i18n._(msg`El último intervalo termina después del periodo y solo trae la parte que cae dentro.`);
  const words = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  return words ? i18n._(words(about)) : null;
}
