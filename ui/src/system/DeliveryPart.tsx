import { Trans, useLingui } from '@lingui/react/macro';
import { lazy, Suspense } from 'react';

import {
  type MetricsAnswer,
  type Share,
  useListDeploymentsQuery,
  useReadDeliveryMetricsQuery,
} from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { Sparkline } from '~/overview/Sparkline';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';

import { DeliveryDoubts } from './DeliveryDoubts';
import { DeliveryTargets } from './DeliveryTargets';
import { beforeOf, type Metric, metricOf, trendOf } from './evidence';
import { useMetricNames } from './evidenceWords';
import { listState } from './listState';
import { State, type Tone } from './Pieces';
import classes from './System.module.css';
import { ServerSentence } from './ServerSentence';
import { type Change, useAddress } from './useAddress';

const EvidenceDrawer = lazy(() => import('./EvidenceDrawer'));

const POLL_MS = 60_000;
const PAGE_ROWS = 20;

export function DeliveryPart() {
  const [params, change] = useAddress();
  const behind = metricOf(params.get('evidence'));
  const metrics = useReadDeliveryMetricsQuery({}, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  return (
    <div className={classes.stack}>
      <DeliveryDoubts />
      <Panel
        area="delivery"
        title={<Trans>Cómo se entrega</Trans>}
        caption={
          metrics.data && (
            <Trans>
              Cinco medidas de DORA en producción, de los últimos {metrics.data.window.days} días.
            </Trans>
          )
        }
        state={listState(metrics, false)}
        height={180}
        empty={null}
        table={() => metrics.data && <Cards answer={metrics.data} change={change} />}
      />
      <DeliveryTargets />
      <Deployments />
      {behind && metrics.data && (
        <Suspense>
          <EvidenceDrawer
            key={behind}
            metric={behind}
            answer={metrics.data}
            cursor={params.get('cursor')}
            change={change}
          />
        </Suspense>
      )}
    </div>
  );
}

interface Card {
  id: Metric;
  metric: { reason: string | null; definition: string };
  value: string | null;
  behind: string | null;
}

function Cards({ answer, change }: { answer: MetricsAnswer; change: Change }) {
  const { t } = useLingui();
  const format = useFormat();
  const names = useMetricNames();
  const { metrics } = answer;
  const {
    deployment_frequency: frequency,
    change_lead_time: lead,
    failed_deployment_recovery_time: recovery,
    change_fail_rate: failed,
    deployment_rework_rate: rework,
  } = metrics;
  const median = (seconds: number | null) =>
    seconds === null ? null : t`${format.duration(seconds)} de mediana`;
  const share = (of: Share) =>
    of.value === null || of.numerator === null || of.denominator === null
      ? null
      : t`${format.integer(of.numerator)} de ${format.integer(of.denominator)} despliegues`;
  const cards: Card[] = [
    {
      id: 'deployment_frequency',
      metric: frequency,
      value: frequency.per_week === null ? null : t`${format.decimal(frequency.per_week)} por semana`,
      behind: frequency.n === null ? null : t`de ${format.integer(frequency.n)} despliegues`,
    },
    {
      id: 'change_lead_time',
      metric: lead,
      value: median(lead.median),
      behind: t`de ${format.integer(lead.n)} cambios`,
    },
    {
      id: 'change_fail_rate',
      metric: failed,
      value: failed.value === null ? null : format.percent(failed.value),
      behind: share(failed),
    },
    {
      id: 'failed_deployment_recovery_time',
      metric: recovery,
      value: median(recovery.median),
      behind: t`de ${format.integer(recovery.n)} fallos; ${format.integer(recovery.open)} siguen abiertos`,
    },
    {
      id: 'deployment_rework_rate',
      metric: rework,
      value: rework.value === null ? null : format.percent(rework.value),
      behind: share(rework),
    },
  ];
  return (
    <div className={classes.cards}>
      {cards.map(({ id, metric, value, behind }) => (
        <section key={id} className={classes.card} data-delivery={id}>
          <h2>{names[id]}</h2>
          <strong>{value ?? '–'}</strong>
          {behind !== null && <span className={classes.soft}>{behind}</span>}
          {metric.reason !== null && (
            <span className={classes.soft}>
              <ServerSentence sentence={metric.reason} />
            </span>
          )}
          <span className={classes.soft}>
            <ServerSentence sentence={metric.definition} />
          </span>
          <Course metric={id} answer={answer} />
          <EvidenceButton metric={id} change={change} />
        </section>
      ))}
    </div>
  );
}

/** How a metric went within the window, and what it was in the one before. */
function Course({ metric, answer }: { metric: Metric; answer: MetricsAnswer }) {
  const { t } = useLingui();
  const format = useFormat();
  const words: Record<Metric, (value: number) => string> = {
    deployment_frequency: (value) => t`${format.decimal(7 * value)} por semana`,
    change_lead_time: (value) => format.duration(value),
    change_fail_rate: (value) => format.percent(value),
    failed_deployment_recovery_time: (value) => format.duration(value),
    deployment_rework_rate: (value) => format.percent(value),
  };
  const before = beforeOf(metric, answer.comparison);
  return (
    <>
      <Sparkline
        tone={metric === 'deployment_frequency' ? 'volume' : 'loss'}
        values={trendOf(metric, answer.series)}
      />
      {before !== null && (
        <span className={classes.soft} data-before={metric}>
          <Trans>En el período anterior: {words[metric](before)}</Trans>
        </span>
      )}
    </>
  );
}

function EvidenceButton({ metric, change }: { metric: Metric; change: Change }) {
  const { t } = useLingui();
  const name = useMetricNames()[metric];
  return (
    <button
      type="button"
      className={classes.link}
      aria-label={t`Lo que hay detrás: ${name}`}
      onClick={() => {
        change({ evidence: metric, cursor: null });
      }}
    >
      <Trans>Lo que hay detrás</Trans>
    </button>
  );
}

function Deployments() {
  const { t } = useLingui();
  const format = useFormat();
  const deployments = useListDeploymentsQuery(
    { limit: PAGE_ROWS },
    { pollingInterval: POLL_MS, skipPollingIfUnfocused: true },
  );
  const rows = deployments.data?.items ?? [];
  const tones: Record<string, Tone> = {
    success: 'good',
    failed: 'bad',
    rolled_back: 'bad',
    canceled: 'warn',
  };
  const states = {
    in_progress: t`En curso`,
    success: t`Bien`,
    failed: t`Falló`,
    canceled: t`Cancelado`,
    rolled_back: t`Deshecho`,
  };
  return (
    <Panel
      area="deployments"
      title={<Trans>Últimos despliegues</Trans>}
      state={listState(deployments, rows.length === 0)}
      height={160}
      empty={
        <EmptyState title={<Trans>Nadie ha avisado de ningún despliegue</Trans>}>
          <Trans>Los avisan los webhooks de la integración continua, o la interfaz.</Trans>
        </EmptyState>
      }
      table={() => (
        <DataTable
          label={t`Últimos despliegues`}
          rows={rows}
          rowKey={({ id }) => id}
          columns={[
            { key: 'at', label: t`Cuándo`, cell: ({ occurred_at }) => format.dateTime(occurred_at) },
            { key: 'service', label: t`Servicio`, cell: ({ service }) => service },
            { key: 'environment', label: t`Entorno`, wideOnly: true, cell: ({ environment }) => environment },
            {
              key: 'version',
              label: t`Versión`,
              wideOnly: true,
              cell: ({ version, commit_sha }) => version ?? commit_sha?.slice(0, 10) ?? '–',
            },
            {
              key: 'status',
              label: t`Estado`,
              cell: ({ status }) => <State tone={tones[status] ?? 'none'}>{states[status]}</State>,
            },
          ]}
        />
      )}
    />
  );
}
