import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';

import type { ServiceLevelIn } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { rowsOf, totalsOf } from '~/overview/answers';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { MetricHelp } from '~/overview/MetricHelp';
import { question, serviceLevelOf, useScope } from '~/overview/scope';
import { useAnswer } from '~/overview/useAnswer';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { Segmented } from '~/parts/Segmented';

import classes from './ServicePage.module.css';

const VARIANTS = ['A', 'B', 'C', 'D'] as const;
type Variant = (typeof VARIANTS)[number];
const THRESHOLDS_S = [10, 20, 30, 60];
const QUEUES_MAX = 50;
const HEIGHT = 220;

interface Line {
  /** Null: all queues together. */
  queue: string | null;
  levels: Record<Variant, number | null>;
}

function useVariant(variant: Variant, threshold: string) {
  const scope = useScope();
  const { comparison, short_abandon_s } = serviceLevelOf(scope);
  const level: ServiceLevelIn = {
    variant,
    threshold_s: Number(threshold),
    comparison,
    ...(variant === 'C' && { short_abandon_s }),
  };
  return useAnswer(
    question(scope, {
      metrics: ['service_level', 'offered'],
      dimensions: ['queue'],
      order_by: ['-offered'],
      limit: QUEUES_MAX,
      totals: true,
      service_level: level,
    }),
  );
}

/** The usual ones, and this centre's own among them. */
export function thresholdsWith(own: number): string[] {
  return [...new Set([...THRESHOLDS_S, own])].sort((a, b) => a - b).map(String);
}

/** Four houses, four formulas: the same calls beside one another, so that nobody argues about which was meant. */
export function VariantsPanel() {
  const { t } = useLingui();
  const scope = useScope();
  const own = serviceLevelOf(scope).threshold_s;
  const [threshold, setThreshold] = useState(String(own));
  const asked: Record<Variant, ReturnType<typeof useAnswer>> = {
    A: useVariant('A', threshold),
    B: useVariant('B', threshold),
    C: useVariant('C', threshold),
    D: useVariant('D', threshold),
  };
  const all = VARIANTS.map((variant) => asked[variant]);
  const problem = all.find(({ state }) => state.problem)?.state.problem ?? null;
  const lines = linesOf(asked);
  return (
    <Panel
      area="variants"
      title={<Trans>Nivel de servicio, cuatro maneras</Trans>}
      help={<MetricHelp metrics={['service_level']} name={t`Nivel de servicio`} />}
      controls={
        <Segmented
          small
          label={t`Umbral en segundos`}
          value={threshold}
          onChange={setThreshold}
          options={thresholdsWith(own).map((value) => ({ value, label: `${value} s` }))}
        />
      }
      caption={<Formulas threshold={threshold} />}
      state={{
        loading: all.some(({ state }) => state.loading),
        renewing: all.some(({ state }) => state.renewing),
        problem,
        empty: lines.length <= 1,
        retry: () => {
          for (const { state } of all) state.retry();
        },
      }}
      height={HEIGHT}
      empty={<Empty />}
      table={() => <VariantTable lines={lines} />}
      csv={
        <CsvButton
          request={asked.B.request}
          fileName={`iact-${scope.period.first}-${scope.period.last}-${t`nivel-de-servicio`}`}
        />
      }
    />
  );
}

function linesOf(asked: Record<Variant, ReturnType<typeof useAnswer>>): Line[] {
  const queues = rowsOf(asked.B.answer).flatMap((row) => row.text('queue') ?? []);
  const levels = (read: (variant: Variant) => number | null) =>
    Object.fromEntries(VARIANTS.map((variant) => [variant, read(variant)])) as Line['levels'];
  return [
    {
      queue: null,
      levels: levels((variant) => totalsOf(asked[variant].answer)?.number('service_level') ?? null),
    },
    ...queues.map((queue) => ({
      queue,
      levels: levels(
        (variant) =>
          rowsOf(asked[variant].answer)
            .find((row) => row.text('queue') === queue)
            ?.number('service_level') ?? null,
      ),
    })),
  ];
}

function VariantTable({ lines }: { lines: Line[] }) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <DataTable
      label={t`Nivel de servicio por variante`}
      rows={lines}
      rowKey={({ queue }) => queue ?? ''}
      columns={[
        { key: 'queue', label: t`Cola`, cell: ({ queue }) => queue ?? <strong>{t`Todas`}</strong> },
        ...VARIANTS.map((variant) => ({
          key: variant,
          label: variant,
          numeric: true,
          cell: ({ queue, levels }: Line) =>
            queue === null ? (
              <strong data-variant={variant}>{format.percent(levels[variant])}</strong>
            ) : (
              format.percent(levels[variant])
            ),
        })),
      ]}
    />
  );
}

function Formulas({ threshold }: { threshold: string }) {
  const { short_abandon_s: short } = serviceLevelOf(useScope());
  return (
    <span className={classes.formula}>
      <Trans>
        Atendidas en {threshold} s entre: A atendidas · B atendidas y abandonadas · C todas menos las
        abandonadas en {short} s. D cuenta también las abandonadas en {threshold} s a favor.
      </Trans>
    </span>
  );
}
