import { Trans, useLingui } from '@lingui/react/macro';

import { type Run, useListRunsQuery } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { allRejected, useRunState } from '~/overview/words';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';

import { listState } from './listState';
import { Pages, State, type Tone } from './Pieces';
import { RunDrawer } from './RunDrawer';
import { isWorking, progressOf } from './runs';
import classes from './System.module.css';
import { useAddress } from './useAddress';
import { useRequester } from './useRequester';

const POLL_WORKING_MS = 1_500; // a bar that moves
const POLL_IDLE_MS = 15_000;
const PAGE_ROWS = 20;

export const RUN_TONES: Record<Run['state'], Tone> = {
  queued: 'none',
  running: 'none',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'warn',
};

export function RunsPanel() {
  const { t } = useLingui();
  const [params, change] = useAddress();
  const cursor = params.get('cursor');
  const open = params.get('run');
  const asked = { limit: PAGE_ROWS, cursor };
  const known = useListRunsQuery(asked);
  const working = known.data?.items.some(isWorking) ?? false;
  const runs = useListRunsQuery(asked, {
    pollingInterval: working ? POLL_WORKING_MS : POLL_IDLE_MS,
    skipPollingIfUnfocused: true,
  });
  const rows = runs.data?.items ?? [];
  return (
    <>
      <Panel
        area="runs"
        title={<Trans>Lecturas</Trans>}
        caption={<Trans>Cada fila leída acaba publicada, igual, retenida, rechazada o duplicada.</Trans>}
        state={listState(runs, rows.length === 0)}
        height={240}
        empty={
          <EmptyState title={<Trans>Todavía no se ha leído ninguna fuente</Trans>}>
            <Trans>La primera lectura empieza a su hora, o con «Leer ahora».</Trans>
          </EmptyState>
        }
        table={() => (
          <>
            <RunsTable
              label={t`Lecturas`}
              rows={rows}
              open={(id) => {
                change({ run: id });
              }}
            />
            <Pages cursor={cursor} next={runs.data?.next_cursor ?? null} change={change} />
          </>
        )}
      />
      {open !== null && (
        <RunDrawer
          id={open}
          onClose={() => {
            change({ run: null });
          }}
        />
      )}
    </>
  );
}

function RunsTable({ label, rows, open }: { label: string; rows: Run[]; open: (id: string) => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const requester = useRequester();
  return (
    <DataTable
      label={label}
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          key: 'when',
          label: t`Empezó`,
          cell: (run) => (
            <>
              <button
                type="button"
                className={classes.link}
                data-run={run.id}
                onClick={() => {
                  open(run.id);
                }}
              >
                {format.dateTime(run.started_at ?? run.queued_at)}
              </button>
              <div className={classes.soft}>
                {run.source} · {requester(run.requested_by)}
              </div>
            </>
          ),
        },
        { key: 'state', label: t`Estado`, cell: (run) => <RunState run={run} /> },
        { key: 'read', label: t`Leídas`, numeric: true, cell: ({ read }) => format.integer(read) },
        {
          key: 'published',
          label: t`Publicadas`,
          numeric: true,
          wideOnly: true,
          cell: ({ published }) => format.integer(published),
        },
        {
          key: 'held',
          label: t`Retenidas`,
          numeric: true,
          wideOnly: true,
          cell: ({ held }) => format.integer(held),
        },
        {
          key: 'rejected',
          label: t`Rechazadas`,
          numeric: true,
          cell: ({ rejected }) => format.integer(rejected),
        },
        {
          key: 'pace',
          label: t`Filas/s`,
          numeric: true,
          wideOnly: true,
          cell: ({ rows_per_s }) => format.integer(rows_per_s),
        },
        {
          key: 'took',
          label: t`Duró`,
          numeric: true,
          wideOnly: true,
          cell: ({ elapsed_s }) => format.duration(elapsed_s),
        },
      ]}
    />
  );
}

export function RunState({ run }: { run: Run }) {
  const { t } = useLingui();
  const format = useFormat();
  const stateOf = useRunState();
  if (allRejected(run)) {
    return (
      <>
        <State tone="bad">{stateOf(run)}</State>
        <div className={classes.soft}>
          <Trans>Todas las filas se rechazaron.</Trans>
        </div>
      </>
    );
  }
  if (!isWorking(run)) return <State tone={RUN_TONES[run.state]}>{stateOf(run)}</State>;
  const share = progressOf(run);
  return (
    <div className={classes.progress} data-progress={share ?? 'unknown'}>
      <progress aria-label={t`Avance de la lectura`} max={1} {...(share !== null && { value: share })} />
      <span className={classes.soft}>
        {stateOf(run)} {share !== null && format.percentShort(share)}
        {run.eta_s !== null && (
          <>
            {' · '}
            <Trans>faltan {format.duration(run.eta_s)}</Trans>
          </>
        )}
      </span>
    </div>
  );
}
