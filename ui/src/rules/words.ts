// A rule and what it measured, in words. Pure: the language is that of the `i18n` that it is given.
import type { I18n, MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

import type { FilterIn } from '~/api/generated';
import type { Format } from '~/format/format';
import type { SourceKind } from '~/overview/scope';

import {
  type Comparison,
  type Compare,
  type Definition,
  type Measured,
  onlyOf,
  sourceKindOf,
  spanOf,
  type TimeUnit,
} from './rule';

export interface Words {
  i18n: I18n;
  locale: string;
  unitOf: (metric: string) => string;
  segmentName: (segment: string) => string;
}

const METRICS: Record<string, MessageDescriptor> = {
  calls: msg`Llamadas`,
  unique_callers: msg`Llamantes únicos`,
  abandoned: msg`Abandonadas`,
  abandoned_rate: msg`Tasa de abandono`,
  transferred: msg`Transferidas`,
  transferred_rate: msg`Tasa de transferencia`,
  ended_in_ivr: msg`Terminadas en el IVR`,
  contained_rate: msg`Tasa de contención`,
  repeat_rate_1h: msg`Vuelven a llamar en 1 h`,
  repeat_rate_24h: msg`Vuelven a llamar en 24 h`,
  repeat_rate_7d: msg`Vuelven a llamar en 7 días`,
  same_line: msg`Teclearon su línea`,
  different_line: msg`Teclearon otra línea`,
  no_typed_line: msg`No teclearon línea`,
  weekday_calls: msg`Llamadas entre semana`,
  weekend_calls: msg`Llamadas en fin de semana`,
  menu_errors: msg`Errores de menú`,
  swapped_times: msg`Llamadas con horas invertidas`,
  offered: msg`Ofrecidas`,
  answered: msg`Atendidas`,
  answered_rate: msg`Tasa de atención`,
  short_abandoned: msg`Abandonos cortos`,
  timed_out: msg`Tiempo agotado`,
  key_exits: msg`Salidas por tecla`,
  empty_exits: msg`Cola sin agentes`,
  withdrawn: msg`Retiradas`,
  flowed_out: msg`Desviadas`,
  open: msg`Sin terminar`,
  asa_s: msg`Espera media (ASA)`,
  asa_queued_s: msg`Espera media de las que esperaron`,
  aht_s: msg`Tiempo medio de operación`,
  agents_signed_in: msg`Agentes conectados`,
  occupancy: msg`Ocupación`,
  concurrency_max: msg`Máximo de llamadas a la vez`,
  transfers: msg`Transferencias`,
  ring_no_answer: msg`Timbres sin respuesta`,
  service_level: msg`Nivel de servicio`,
};
const LENGTHS: Record<string, MessageDescriptor> = {
  duration_s: msg`Duración`,
  wait_s: msg`Espera`,
  talk_s: msg`Conversación`,
};
const STATISTIC = /^(duration_s|wait_s|talk_s)_(mean|max|p(\d+))$/;

/** A metric by the name that people use; one that is new to this page keeps its own. */
export function metricName(i18n: I18n, metric: string): string {
  const [, length, statistic, percentile = ''] = STATISTIC.exec(metric) ?? [];
  const named = length === undefined ? undefined : LENGTHS[length];
  if (!named) return METRICS[metric] ? i18n._(METRICS[metric]) : metric;
  const what = i18n._(named);
  if (statistic === 'mean') return i18n._(msg`${what} media`);
  return statistic === 'max' ? i18n._(msg`${what} máxima`) : i18n._(msg`${what}, percentil ${percentile}`);
}

const UNIT_NAMES: Record<TimeUnit, string> = { d: 'day', h: 'hour', min: 'minute', s: 'second' };
const NO_VALUE = '–';
const DIGITS = 3; // a limit is shown as it was set, not rounded as a measurement is

const written = (value: number, locale: string, options: Intl.NumberFormatOptions) =>
  Number.isFinite(value)
    ? new Intl.NumberFormat(locale, { maximumFractionDigits: DIGITS, ...options }).format(value)
    : NO_VALUE;

/** `24 horas`, `1 día`: in the largest unit that says it exactly. */
export function spanText(seconds: number, locale: string): string {
  const { count, unit } = spanOf(seconds);
  return written(Number(count), locale, { style: 'unit', unit: UNIT_NAMES[unit], unitDisplay: 'long' });
}

export function valueText(value: number, unit: string, locale: string): string {
  if (unit === 'ratio') return written(value, locale, { style: 'percent' });
  if (unit === 's') return written(value, locale, { style: 'unit', unit: 'second', unitDisplay: 'short' });
  return written(value, locale, {});
}

/** Names of the comparisons for a choice. */
export const ABOVE: Record<Comparison, MessageDescriptor> = {
  gt: msg`Más de`,
  gte: msg`Igual o más de`,
  lt: msg`Menos de`,
  lte: msg`Igual o menos de`,
};
export const MOVES: Record<Comparison, MessageDescriptor> = {
  gt: msg`Sube más de`,
  gte: msg`Sube eso o más`,
  lt: msg`Baja más de`,
  lte: msg`Baja eso o más`,
};
export const AGAINST: Record<Compare, MessageDescriptor> = {
  previous_period: msg`frente a la ventana anterior`,
  previous_week: msg`frente a la misma ventana de una semana antes`,
  previous_year: msg`frente a la misma ventana de un año antes`,
};

/** One sentence that says when the rule holds. */
export function conditionText(definition: Definition, words: Words): string {
  const { i18n, locale } = words;
  if (definition.kind === 'missing_data') return missingText(definition, words);
  const window = spanText(definition.window_minutes * 60, locale);
  const clauses = [
    mainClause(definition, words),
    ...(definition.kind === 'change' ? [i18n._(AGAINST[definition.compare])] : []),
    i18n._(msg`en una ventana de ${window} hasta el último dato`),
    ...filterClauses(definition, words),
    ...callsClause(definition, words),
  ];
  return `${clauses.join(', ')}.`;
}

function missingText(
  definition: Extract<Definition, { kind: 'missing_data' }>,
  { i18n, locale }: Words,
): string {
  const age = spanText(definition.age_minutes * 60, locale);
  const { source, source_kind: kind } = definition;
  if (source) return i18n._(msg`La fuente ${source} lleva más de ${age} sin datos nuevos.`);
  return i18n._(
    kind === 'legacy'
      ? msg`El IVR lleva más de ${age} sin datos nuevos.`
      : msg`Las colas llevan más de ${age} sin datos nuevos.`,
  );
}

function kindName(i18n: I18n, kind: SourceKind): string {
  return kind === 'legacy' ? i18n._(msg`el IVR`) : i18n._(msg`las colas`);
}

function mainClause(definition: Measured, words: Words): string {
  const { i18n, locale } = words;
  const { comparison, value } = definition;
  const metric = subject(definition, words);
  if (definition.kind === 'threshold') {
    const limit = valueText(value, words.unitOf(definition.metric), locale);
    const sentences: Record<Comparison, MessageDescriptor> = {
      gt: msg`${metric}: más de ${limit}`,
      gte: msg`${metric}: ${limit} o más`,
      lt: msg`${metric}: menos de ${limit}`,
      lte: msg`${metric}: ${limit} o menos`,
    };
    return i18n._(sentences[comparison]);
  }
  const rise = valueText(value, 'ratio', locale);
  const fall = valueText(value === 0 ? 0 : -value, 'ratio', locale);
  const sentences: Record<Comparison, MessageDescriptor> = {
    gt: msg`${metric}: sube más de ${rise}`,
    gte: msg`${metric}: sube ${rise} o más`,
    lt: msg`${metric}: baja más de ${fall}`,
    lte: msg`${metric}: baja ${fall} o más`,
  };
  return i18n._(sentences[comparison]);
}

/** The metric, whose it is, and by which definition of service level. */
function subject(definition: Measured, words: Words): string {
  const { i18n, locale } = words;
  const name = metricName(i18n, definition.metric);
  const where = kindName(i18n, sourceKindOf(definition, undefined));
  if (definition.metric !== 'service_level') return i18n._(msg`${name} en ${where}`);
  const { variant = 'B', threshold_s: threshold = 20 } = definition.service_level ?? {};
  const within = valueText(threshold, 's', locale);
  return i18n._(msg`${name} ${variant} a ${within} en ${where}`);
}

function filterClauses(definition: Measured, words: Words): string[] {
  const { i18n } = words;
  const kind = sourceKindOf(definition, undefined);
  const { only, others } = onlyOf(definition.filters ?? [], kind);
  const segment = words.segmentName(only);
  const own = kind === 'legacy' ? msg`solo el segmento ${segment}` : msg`solo la cola ${only}`;
  return [...(only === '' ? [] : [i18n._(own)]), ...others.map((filter) => filterText(filter))];
}

/** A filter that was made elsewhere, as the interface writes it. */
export function filterText({ dimension, op, values = [] }: FilterIn): string {
  return [dimension, op, values.map(String).join(' / ')].filter((part) => part !== '').join(' ');
}

function callsClause({ calls_min: least = 0 }: Measured, { i18n, locale }: Words): string[] {
  if (least === 0) return [];
  const calls = written(least, locale, {});
  return [i18n._(msg`con ${calls} llamadas o más`)];
}

const UNIT_DAY_S = 86_400;
const LONG_S = 3 * UNIT_DAY_S; // hours are of no use any more

type Measures = Pick<Format, 'locale' | 'percent' | 'change' | 'duration' | 'decimal'>;

/** What a rule found, rounded as measurements are: a change signed, an age as a length of time. */
export function measuredText(
  definition: Definition,
  value: number | null,
  words: Pick<Words, 'unitOf'>,
  format: Measures,
): string {
  if (definition.kind === 'missing_data') {
    const long = value !== null && value >= LONG_S;
    return long
      ? spanText(Math.round(value / UNIT_DAY_S) * UNIT_DAY_S, format.locale)
      : format.duration(value);
  }
  if (definition.kind === 'change') return format.change(value);
  return plainText(definition.metric, value, words, format);
}

/** The value of a metric itself, such as that of the other period. */
export function plainText(
  metric: string,
  value: number | null,
  { unitOf }: Pick<Words, 'unitOf'>,
  format: Measures,
): string {
  const unit = unitOf(metric);
  if (unit === 'ratio') return format.percent(value);
  return unit === 's' ? format.duration(value) : format.decimal(value);
}
