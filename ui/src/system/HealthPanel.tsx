import { Trans, useLingui } from '@lingui/react/macro';

import { type ServiceReadiness, useReadReadinessQuery } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';
import { Said } from '~/sentences/Said';

import { listState } from './listState';
import { State } from './Pieces';
import classes from './System.module.css';

const POLL_MS = 15_000;

/** A system that is not well answers 503, with the same report in its body. */
function reportOf(error: unknown): Record<string, ServiceReadiness> | null {
  const data = (error as { data?: { checks?: Record<string, ServiceReadiness> } } | undefined)?.data;
  return data?.checks ?? null;
}

export function HealthPanel() {
  const { t } = useLingui();
  const format = useFormat();
  const health = useReadReadinessQuery(undefined, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const checks = (health.isError ? reportOf(health.error) : health.data?.checks) ?? null;
  const rows = Object.entries(checks ?? {}).map(([name, check]) => ({ name, check }));
  return (
    <Panel
      area="health"
      title={<Trans>Salud</Trans>}
      caption={
        rows.every(({ check }) => check.status === 'ok') ? (
          <Trans>Todos los servicios contestan, y sus bases de datos también.</Trans>
        ) : (
          <Trans>Algún servicio no contesta como debe.</Trans>
        )
      }
      state={
        checks ? { ...listState(health, false), problem: null, loading: false } : listState(health, true)
      }
      height={180}
      empty={<EmptyState title={<Trans>No hay servicios que mirar</Trans>} />}
      table={() => (
        <DataTable
          label={t`Servicios`}
          rows={rows}
          rowKey={({ name }) => name}
          columns={[
            {
              key: 'name',
              label: t`Servicio`,
              cell: ({ name, check }) => (
                <>
                  {name}
                  {check.detail && (
                    <div className={classes.soft}>
                      <Said sentence={check.detail} />
                    </div>
                  )}
                </>
              ),
            },
            {
              key: 'state',
              label: t`Estado`,
              cell: ({ check }) => (
                <State tone={check.status === 'ok' ? 'good' : 'bad'}>
                  {check.status === 'ok' ? t`Bien` : t`Mal`}
                </State>
              ),
            },
            {
              key: 'took',
              label: t`Contestó en`,
              numeric: true,
              cell: ({ check }) => `${format.integer(check.elapsed_s * 1000)} ms`,
            },
          ]}
        />
      )}
    />
  );
}
