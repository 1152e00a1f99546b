import { i18n } from '@lingui/core';
import { beforeEach, describe, expect, it } from 'vitest';

import './catalogue';
import { createFormat } from '~/format/format';
import { messages as english } from '~/i18n/locales/en.po';
import { messages as spanish } from '~/i18n/locales/es.po';

import { type Definition, unitOf } from './rule';
import { conditionText, measuredText, metricName, spanText, valueText, type Words } from './words';

const LANGUAGES = {
  es: { locale: 'es-MX', messages: spanish },
  en: { locale: 'en-US', messages: english },
} as const;
type Language = keyof typeof LANGUAGES;

function speaking(language: Language): Words {
  const { locale, messages } = LANGUAGES[language];
  i18n.loadAndActivate({ locale: language, messages: { ...messages } });
  return {
    i18n,
    locale,
    unitOf: (metric) => unitOf(metric, undefined),
    segmentName: (segment) => (segment === 'puebla' ? 'Puebla' : segment),
  };
}
const said = (definition: Definition) =>
  (['es', 'en'] as const).map((language) => conditionText(definition, speaking(language)));
// Numbers and their units are parted by spaces that do not break.
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ');

const RATE: Extract<Definition, { kind: 'threshold' }> = {
  kind: 'threshold',
  source_kind: 'legacy',
  metric: 'abandoned_rate',
  window_minutes: 1_440,
  comparison: 'gt',
  value: 0.305,
};

beforeEach(() => {
  speaking('es');
});

describe('a condition', () => {
  it('is a sentence in both languages', () => {
    const only = [{ dimension: 'segment', op: 'in' as const, values: ['puebla'] }];
    expect(said({ ...RATE, filters: only, calls_min: 1_000 }).map(plain)).toEqual([
      'Tasa de abandono en el IVR: más de 30.5%, en una ventana de 1 día hasta el último dato, solo el segmento Puebla, con 1,000 llamadas o más.',
      'Abandonment rate in the IVR: more than 30.5%, over a window of 1 day up to the last data, only segment Puebla, with 1,000 calls or more.',
    ]);
  });

  it('says a fall as a fall', () => {
    const fall: Definition = {
      ...RATE,
      kind: 'change',
      source_kind: 'asterisk',
      metric: 'offered',
      compare: 'previous_week',
      comparison: 'lte',
      value: -0.2,
    };
    expect(said(fall).map(plain)).toEqual([
      'Ofrecidas en las colas: baja 20% o más, frente a la misma ventana de una semana antes, en una ventana de 1 día hasta el último dato.',
      'Offered in the queues: falls by 20% or more, against the same window a week before, over a window of 1 day up to the last data.',
    ]);
  });

  it('names the service level that it means', () => {
    const level: Definition = {
      ...RATE,
      source_kind: 'asterisk',
      metric: 'service_level',
      comparison: 'lt',
      value: 0.8,
      window_minutes: 30,
      service_level: { variant: 'C', threshold_s: 30 },
      filters: [{ dimension: 'queue', op: 'in', values: ['ventas'] }],
    };
    expect(plain(said(level)[0] ?? '')).toBe(
      'Nivel de servicio C a 30 s en las colas: menos de 80%, en una ventana de 30 minutos hasta el último dato, solo la cola ventas.',
    );
  });

  it('of missing data names the source, or the kind', () => {
    const missing: Definition = { kind: 'missing_data', source_kind: 'legacy', age_minutes: 120 };
    expect(said(missing).map(plain)).toEqual([
      'El IVR lleva más de 2 horas sin datos nuevos.',
      'The IVR has had no new data for more than 2 hours.',
    ]);
    expect(said({ ...missing, source: 'pbx' })[0]).toContain('pbx');
  });

  it('shows filters that it has no words for as the interface writes them', () => {
    const filters = [{ dimension: 'menu', op: 'prefix' as const, values: ['RES'] }];
    expect(said({ ...RATE, filters })[0]).toContain('menu prefix RES');
  });

  it('has a dash where a number is still to be typed', () => {
    expect(said({ ...RATE, value: NaN, window_minutes: NaN })[0]).toContain('más de –');
  });
});

describe('names and numbers', () => {
  it('are those that people use', () => {
    expect(metricName(i18n, 'wait_s_p90')).toBe('Espera, percentil 90');
    expect(metricName(i18n, 'duration_s_mean')).toBe('Duración media');
    expect(metricName(i18n, 'talk_s_max')).toBe('Conversación máxima');
    expect(metricName(i18n, 'something_new')).toBe('something_new');
  });

  it('keep the digits of a limit', () => {
    expect(plain(valueText(0.00125, 'ratio', 'es-MX'))).toMatch(/^0\.125 ?%$/);
    expect(plain(valueText(12.5, 's', 'es-ES'))).toBe('12,5 s');
    expect(valueText(1_200, 'calls', 'en-US')).toBe('1,200');
    expect(spanText(172_800, 'en-US')).toBe('2 days');
  });

  it('are written as what was measured', () => {
    const words = speaking('es');
    const format = createFormat('es-MX', 'America/Mexico_City');
    const change: Definition = { ...RATE, kind: 'change', compare: 'previous_period' };
    expect(plain(measuredText(RATE, 0.5, words, format))).toMatch(/^50\.0 ?%$/);
    expect(measuredText(change, 1, words, format)).toMatch(/^\+100\.0/);
    expect(
      plain(
        measuredText({ kind: 'missing_data', source_kind: 'legacy', age_minutes: 1 }, 50_400, words, format),
      ),
    ).toBe('14 h');
    const missing: Definition = { kind: 'missing_data', source_kind: 'legacy', age_minutes: 1 };
    expect(plain(measuredText(missing, 28_434_600, words, format))).toBe('329 días');
  });
});

it('survives that the page brings all its messages anew', () => {
  speaking('en');
  expect(metricName(i18n, 'occupancy')).toBe('Occupancy');
  speaking('es');
  expect(metricName(i18n, 'occupancy')).toBe('Ocupación');
});
