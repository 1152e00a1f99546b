import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import { type RunDetail, useCancelRunMutation, useReadRunQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { ProblemText } from '~/parts/ProblemText';
import { FailedState, Skeleton } from '~/parts/StateViews';
import { SideSheet } from '~/parts/Sheet';
import { useMay } from '~/session/useSession';

import { Facts, Section, State } from './Pieces';
import { addsUp, isWorking } from './runs';
import { RunState } from './RunsPanel';
import classes from './System.module.css';
import { ServerSentence, ServerText } from './ServerSentence';
import { useRequester } from './useRequester';

const POLL_MS = 1_000;
const PROOF_ROWS = 400; // more than a year of days
const RUN_INGESTION = 'PIP-005';

export function RunDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  return (
    <SideSheet onClose={onClose} size={620} title={<Trans>Lectura {id}</Trans>}>
      <Story id={id} />
    </SideSheet>
  );
}

function Story({ id }: { id: string }) {
  const known = useReadRunQuery({ runId: id });
  const working = known.data ? isWorking(known.data) : false;
  const { data, error, isFetching, refetch } = useReadRunQuery(
    { runId: id },
    { pollingInterval: working ? POLL_MS : 0, skipPollingIfUnfocused: true },
  );
  if (error && !data && !isFetching)
    return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={360} />;
  return <Told run={data} />;
}

function Told({ run }: { run: RunDetail }) {
  const mayRun = useMay(RUN_INGESTION);
  return (
    <>
      <About run={run} />
      <Refused run={run} />
      {mayRun && isWorking(run) && <Cancel id={run.id} />}
      <Proof run={run} />
    </>
  );
}

function Cancel({ id }: { id: string }) {
  const [cancel, { isLoading, error }] = useCancelRunMutation();
  return (
    <>
      <Button
        size="xs"
        variant="default"
        mt={12}
        loading={isLoading}
        onClick={() => void cancel({ runId: id })}
      >
        <Trans>Cancelar la lectura</Trans>
      </Button>
      {error && <ProblemText problem={problemOf(error)} />}
    </>
  );
}

function About({ run }: { run: RunDetail }) {
  const { t } = useLingui();
  const format = useFormat();
  const requester = useRequester();
  const notes = [...(run.notes ?? []), ...(run.drift ?? [])];
  return (
    <Facts
      items={[
        [t`Estado`, <RunState key="state" run={run} />],
        [t`Fuente`, run.source],
        [t`Fase`, <ServerSentence key="phase" sentence={run.phase} />],
        [t`Pedida por`, requester(run.requested_by)],
        [t`Empezó`, format.dateTime(run.started_at ?? run.queued_at)],
        [t`Duró`, format.duration(run.elapsed_s)],
        [t`Filas/s`, format.integer(run.rows_per_s)],
        [t`Filas tardías`, run.late_rows ? format.integer(run.late_rows) : null],
        [t`Fue más despacio`, run.slowed_s ? format.duration(run.slowed_s) : null],
        [t`Cedió el paso a consultas`, run.gave_way_s ? format.duration(run.gave_way_s) : null],
        [t`Error`, run.error === null ? null : <ServerText key="error" text={run.error} />],
        [t`Notas`, notes.length > 0 ? <ServerText key="notes" text={notes.join(' ')} /> : null],
      ]}
    />
  );
}

/** The tables and files of which every row was rejected: beside others that were published they would not be seen. */
function Refused({ run }: { run: RunDetail }) {
  const format = useFormat();
  const tables = run.by_table ?? [];
  const refused = tables.filter(({ read, rejected }) => read > 0 && rejected === read);
  if (refused.length === 0) return null;
  const names = format.list(refused.map(({ source_table }) => source_table));
  return (
    <p className={classes.message} role="status">
      <State tone="bad">
        <Trans>Nada publicado de {names}: todas sus filas se rechazaron.</Trans>
      </State>
    </p>
  );
}

/** Rows of what is still on its way are read, and nothing else yet. */
function Verdict({ run }: { run: RunDetail }) {
  const { t } = useLingui();
  if (isWorking(run)) return <State tone="none">{t`Todavía no: se cuenta al terminar`}</State>;
  const whole = addsUp(run);
  return <State tone={whole ? 'good' : 'bad'}>{whole ? t`Cuadra` : t`No cuadra`}</State>;
}

/** That no row was lost: the five ends add up, table by table and day by day. */
function Proof({ run }: { run: RunDetail }) {
  const { t } = useLingui();
  const format = useFormat();
  const columns = (['read', 'published', 'unchanged', 'held', 'rejected', 'duplicate'] as const).map(
    (key) => ({
      key,
      label: {
        read: t`Leídas`,
        published: t`Publicadas`,
        unchanged: t`Iguales`,
        held: t`Retenidas`,
        rejected: t`Rechazadas`,
        duplicate: t`Duplicadas`,
      }[key],
      numeric: true,
      ...((key === 'unchanged' || key === 'duplicate') && { wideOnly: true }),
      cell: (row: Record<typeof key, number>) => format.integer(row[key]),
    }),
  );
  return (
    <>
      <Section>
        <Trans>Prueba</Trans> <Verdict run={run} />
      </Section>
      <DataTable
        label={t`Filas por tabla`}
        rows={run.by_table ?? []}
        rowKey={({ source_table }) => source_table}
        columns={[{ key: 'table', label: t`Tabla`, cell: ({ source_table }) => source_table }, ...columns]}
      />
      <details className={classes.soft}>
        <summary>
          <Trans>Día por día</Trans>
        </summary>
        <DataTable
          label={t`Filas por día`}
          rows={run.proof.slice(-PROOF_ROWS)}
          rowKey={({ source_table, unit_date }) => `${source_table} ${unit_date ?? ''}`}
          columns={[
            {
              key: 'day',
              label: t`Día`,
              cell: ({ unit_date, source_table }) =>
                unit_date === null ? source_table : format.day(unit_date),
            },
            ...columns,
          ]}
        />
      </details>
    </>
  );
}
