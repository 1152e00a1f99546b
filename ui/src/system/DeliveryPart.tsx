import { Trans, useLingui } from '@lingui/react/macro';

import { type MetricsAnswer, useListDeploymentsQuery, useReadDeliveryMetricsQuery } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';

import { listState } from './listState';
import { State, type Tone } from './Pieces';
import classes from './System.module.css';

const POLL_MS = 60_000;
const PAGE_ROWS = 20;

export function DeliveryPart() {
  const metrics = useReadDeliveryMetricsQuery({}, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  return (
    <div className={classes.stack}>
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
        table={() => metrics.data && <Cards answer={metrics.data} />}
      />
      <Deployments />
    </div>
  );
}

function Cards({ answer }: { answer: MetricsAnswer }) {
  const { t } = useLingui();
  const format = useFormat();
  const { metrics } = answer;
  const frequency = metrics.deployment_frequency;
  const cards = [
    {
      metric: metrics.deployment_frequency,
      title: t`Frecuencia de despliegue`,
      value: frequency.per_week === null ? null : t`${format.decimal(frequency.per_week)} por semana`,
    },
    { metric: metrics.change_lead_time, title: t`Del cambio a producción`, value: null },
    { metric: metrics.change_fail_rate, title: t`Cambios que fallan`, value: null },
    { metric: metrics.failed_deployment_recovery_time, title: t`Recuperación de un fallo`, value: null },
    { metric: metrics.deployment_rework_rate, title: t`Despliegues de arreglo`, value: null },
  ];
  return (
    <div className={classes.cards}>
      {cards.map(({ metric, title, value }) => (
        <section key={title} className={classes.card} data-delivery={metric.metric}>
          <h2>{title}</h2>
          <strong>{value ?? '–'}</strong>
          {metric.n !== null && metric.n !== undefined && (
            <span className={classes.soft}>
              <Trans>de {format.integer(metric.n)} despliegues</Trans>
            </span>
          )}
          {metric.reason !== null && <span className={classes.soft}>{metric.reason}</span>}
          <span className={classes.soft}>{metric.definition}</span>
        </section>
      ))}
    </div>
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
