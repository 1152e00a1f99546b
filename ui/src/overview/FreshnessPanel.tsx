import { Trans, useLingui } from '@lingui/react/macro';

import { type FreshnessBody, type Run, useListRunsQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';
import { useMay, useSegment } from '~/session/useSession';

import classes from './Freshness.module.css';
import { useFreshnessNames, useReasons, useRunState, useShownFreshness } from './words';

const RUNS_SHOWN = 5;
const VIEW_PIPELINE = 'PIP-001';
const POLL_MS = 30_000;

export function FreshnessPanel({ sources }: { sources: FreshnessBody[] }) {
  // Runs count the rows of all segments together: the server refuses them to who sees one.
  const segment = useSegment();
  const mayRuns = useMay(VIEW_PIPELINE) && segment === null;
  const runs = useListRunsQuery(
    { limit: RUNS_SHOWN },
    { skip: !mayRuns, pollingInterval: POLL_MS, skipPollingIfUnfocused: true },
  );
  return (
    <Panel
      area="freshness"
      title={<Trans>Fuentes y cargas</Trans>}
      caption={<Trans>De dónde vienen estos números y hasta cuándo llegan.</Trans>}
      state={{
        loading: mayRuns && !runs.data && runs.isFetching,
        renewing: false,
        problem: runs.error && !runs.data ? problemOf(runs.error) : null,
        empty: sources.length === 0,
        retry: () => void runs.refetch(),
      }}
      height={220}
      empty={
        <EmptyState title={<Trans>No hay ninguna fuente configurada</Trans>}>
          <Trans>Se declaran en el archivo de fuentes del servidor.</Trans>
        </EmptyState>
      }
      table={() => (
        <div className={classes.panel}>
          {sources.map((source) => (
            <Source key={source.source} source={source} />
          ))}
          {mayRuns && runs.data && runs.data.items.length > 0 && <Runs runs={runs.data.items} />}
        </div>
      )}
    />
  );
}

function Source({ source }: { source: FreshnessBody }) {
  const format = useFormat();
  const names = useFreshnessNames();
  const reasons = useReasons();
  const state = useShownFreshness()(source);
  return (
    <div className={classes.source}>
      <div className={classes.line}>
        <strong>{source.source}</strong>
        <span className={classes.kind}>
          {source.kind === 'legacy' ? <Trans>IVR</Trans> : <Trans>Colas</Trans>}
        </span>
        <span className={classes.state} data-state={state}>
          {names[state]}
        </span>
      </div>
      <div className={classes.soft}>
        {source.data_as_of && (
          <>
            <Trans>Datos hasta {format.dateTime(source.data_as_of)}</Trans>
            {' · '}
          </>
        )}
        {reasons[source.reason_code]}
      </div>
    </div>
  );
}

function Runs({ runs }: { runs: Run[] }) {
  const { t } = useLingui();
  const format = useFormat();
  const stateOf = useRunState();
  return (
    <DataTable
      label={t`Últimas cargas`}
      rows={runs.slice(0, RUNS_SHOWN)}
      rowKey={({ id }) => id}
      columns={[
        {
          key: 'when',
          label: t`Última carga`,
          cell: ({ source, started_at, queued_at }) => (
            <>
              {source}
              <div className={classes.soft}>{format.dateTime(started_at ?? queued_at)}</div>
            </>
          ),
        },
        { key: 'read', label: t`Leídas`, numeric: true, cell: ({ read }) => format.integer(read) },
        {
          key: 'rejected',
          label: t`Rechazadas`,
          numeric: true,
          cell: ({ rejected }) => format.integer(rejected),
        },
        { key: 'state', label: t`Estado`, cell: (run) => stateOf(run) },
      ]}
    />
  );
}
