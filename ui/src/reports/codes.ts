// What a report says in code, in words: the same that services/analytics/report_words.py has for paper, which
// tests/test_page_sentences.py holds this file to.
import type { I18n, MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

type Words = Record<string, MessageDescriptor>;

const CLASSES: Words = {
  optimal: msg`Óptimo`,
  acceptable: msg`Aceptable`,
  critical: msg`Crítico`,
  ACTIVO_HOY: msg`Activo hoy`,
  DENTRO_SLA: msg`Dentro del SLA`,
  RIESGO_SLA: msg`En riesgo de SLA`,
  FUERA_SLA: msg`Fuera del SLA`,
  VOLUMEN_MEDIO: msg`Volumen medio`,
  BAJO_VOLUMEN: msg`Bajo volumen`,
};
const SECTIONS: Words = {
  volume: msg`Volumen`,
  abandonment: msg`Abandono`,
  segments: msg`Segmentos`,
  top_menus: msg`Menús principales`,
  top_centres: msg`Centros principales`,
  quality: msg`Calidad`,
};
const METRICS: Words = {
  calls: msg`Llamadas`,
  unique_callers: msg`Llamantes únicos`,
  weekday_calls: msg`Entre semana`,
  weekend_calls: msg`Fin de semana`,
  transferred: msg`Transferidas`,
  ended_in_ivr: msg`Terminadas en el IVR`,
  duration_s_mean: msg`Duración media`,
  abandoned: msg`Abandonadas`,
  abandoned_rate: msg`Tasa de abandono`,
  menu_errors: msg`Teléfono en el menú`,
  swapped_times: msg`Horas invertidas`,
};
const UNITS: Words = { calls: msg`llamadas`, callers: msg`llamantes`, ratio: msg`proporción` };
const BY_COLUMN: Record<string, Words> = {
  row: { detail: msg`Detalle`, subtotal: msg`Subtotal`, total: msg`Total` },
  class: CLASSES,
  caller: { known: msg`Conocido`, unknown: msg`Desconocido` },
  section: SECTIONS,
  metric: METRICS,
  unit: UNITS,
};

/** The words of a code; null where a column has names of the centre's own, or a unit that is written as it is. */
export function codeText(i18n: I18n, column: string, code: string): string | null {
  const words = Object.hasOwn(BY_COLUMN, column) ? BY_COLUMN[column] : undefined;
  return words && Object.hasOwn(words, code) && words[code] ? i18n._(words[code]) : null;
}
