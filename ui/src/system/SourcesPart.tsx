import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useState } from 'react';

import {
  type FreshnessBody,
  type SourceBody,
  useCheckSourceQuery,
  useListFreshnessQuery,
  useListSourcesQuery,
  useStartRunMutation,
} from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { useDoubt } from '~/kept/useDoubt';
import { type ShownFreshness, useFreshnessNames, useReasons, useShownFreshness } from '~/overview/words';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { ProblemText } from '~/parts/ProblemText';
import { EmptyState } from '~/parts/StateViews';
import { useMay, useSegment } from '~/session/useSession';

import { HealthPanel } from './HealthPanel';
import { listState } from './listState';
import { Facts, State, type Tone } from './Pieces';
import { RunsPanel } from './RunsPanel';
import { ServerText } from './ServerSentence';
import classes from './System.module.css';

const POLL_MS = 15_000;
const RUN_INGESTION = 'PIP-005';
const TONES: Record<ShownFreshness, Tone> = {
  fresh: 'good',
  degraded: 'warn',
  stale: 'bad',
  no_data: 'bad',
  by_hand: 'none',
  unconfirmed: 'none',
};

export function SourcesPart() {
  const segment = useSegment();
  return (
    <div className={classes.stack}>
      <div className={classes.pair}>
        <SourcesPanel />
        <HealthPanel />
      </div>
      {segment === null && <RunsPanel />}
    </div>
  );
}

type Listed = Pick<SourceBody, 'id' | 'kind' | 'zone' | 'schedule' | 'next_run_at'> & {
  declared: SourceBody | null;
};

/** What the file of sources declares; behind it what has data and is not there: files that somebody gave by hand. */
function withFiles(declared: SourceBody[], read: FreshnessBody[]): Listed[] {
  const known = new Set(declared.map(({ id }) => id));
  const files = read.filter(({ source }) => !known.has(source));
  return [
    ...declared.map((each) => ({ ...each, declared: each })),
    ...files.map(({ source, kind, zone }) => ({
      id: source,
      kind,
      zone,
      schedule: null,
      next_run_at: null,
      declared: null,
    })),
  ];
}

function SourcesPanel() {
  const { t } = useLingui();
  useDoubt();
  const format = useFormat();
  const sources = useListSourcesQuery(undefined, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const freshness = useListFreshnessQuery(undefined, {
    pollingInterval: POLL_MS,
    skipPollingIfUnfocused: true,
  });
  const [checked, setChecked] = useState<string | null>(null);
  const mayRun = useMay(RUN_INGESTION);
  const segment = useSegment();
  const rows = sources.data ? withFiles(sources.data.items, freshness.data?.items ?? []) : [];
  const freshOf = (id: string) => freshness.data?.items.find(({ source }) => source === id);
  return (
    <Panel
      area="sources"
      title={<Trans>Fuentes</Trans>}
      caption={<Trans>De dónde vienen los números, hasta cuándo llegan y cuándo se leen otra vez.</Trans>}
      state={listState(sources, rows.length === 0)}
      height={180}
      empty={
        <EmptyState title={<Trans>No hay ninguna fuente configurada</Trans>}>
          <Trans>Se declaran en el archivo de fuentes del servidor.</Trans>
        </EmptyState>
      }
      table={() => (
        <>
          <DataTable
            label={t`Fuentes`}
            rows={rows}
            rowKey={({ id }) => id}
            columns={[
              {
                key: 'id',
                label: t`Fuente`,
                cell: ({ id, kind, zone }) => (
                  <>
                    {id}
                    <div className={classes.soft}>
                      {kind === 'legacy' ? t`IVR` : t`Colas`}
                      <span className={classes.wideText}> · {zone}</span>
                    </div>
                  </>
                ),
              },
              { key: 'state', label: t`Estado`, cell: ({ id }) => <Fresh body={freshOf(id)} /> },
              {
                key: 'until',
                label: t`Datos hasta`,
                wideOnly: true,
                cell: ({ id }) => {
                  const end = freshOf(id)?.data_as_of;
                  return end ? format.dateTime(end) : '–';
                },
              },
              {
                key: 'next',
                label: t`Próxima lectura`,
                wideOnly: true,
                cell: ({ next_run_at, schedule }) => {
                  if (next_run_at) return format.dateTime(next_run_at);
                  return schedule === null ? t`A mano` : t`Al terminar la de ahora`;
                },
              },
              {
                key: 'act',
                label: <span className="visually-hidden">{t`Acciones`}</span>,
                cell: ({ id, declared }) => (
                  <div className={`${classes.row} ${classes.acts}`}>
                    {declared === null && <span className={classes.soft}>{t`Con iact ingest`}</span>}
                    {declared !== null && segment === null && (
                      <Button
                        size="xs"
                        variant="default"
                        aria-label={t`Comprobar ${id}`}
                        onClick={() => {
                          setChecked(id);
                        }}
                      >
                        <Trans>Comprobar</Trans>
                      </Button>
                    )}
                    {declared !== null && mayRun && <RunButton source={declared} />}
                  </div>
                ),
              },
            ]}
          />
          {checked !== null && <Check id={checked} />}
        </>
      )}
    />
  );
}

function Fresh({ body }: { body: FreshnessBody | undefined }) {
  const names = useFreshnessNames();
  const reasons = useReasons();
  const shown = useShownFreshness();
  if (!body) return '–';
  const state = shown(body);
  return (
    <>
      <State tone={TONES[state]}>{names[state]}</State>
      <div className={classes.soft}>{reasons[body.reason_code]}</div>
    </>
  );
}

/** Reads the source now. The key makes a second click the same order, not another. */
function RunButton({ source }: { source: SourceBody }) {
  const { t } = useLingui();
  const [start, { isLoading, error }] = useStartRunMutation();
  const [key] = useState(() => crypto.randomUUID());
  const working = source.last_run?.state === 'running' || source.last_run?.state === 'queued';
  const problem = error ? problemOf(error) : null;
  return (
    <>
      <Button
        size="xs"
        variant="light"
        loading={isLoading}
        disabled={working}
        aria-label={t`Leer ahora ${source.id}`}
        onClick={() =>
          void start({
            'idempotency-key': `${key}-${source.last_run?.id ?? '0'}`,
            runRequest: { source: source.id },
          })
        }
      >
        <Trans>Leer ahora</Trans>
      </Button>
      {problem?.status === 409 && (
        <span role="alert" className={classes.soft}>
          <Trans>Ya se está leyendo.</Trans>
        </span>
      )}
      {problem && problem.status !== 409 && <ProblemText problem={problem} />}
    </>
  );
}

function Check({ id }: { id: string }) {
  const { t } = useLingui();
  const format = useFormat();
  const { data, error, isFetching } = useCheckSourceQuery(
    { sourceId: id },
    { refetchOnMountOrArgChange: true },
  );
  if (isFetching) {
    return (
      <p className={classes.message} role="status">
        <Trans>Comprobando {id}…</Trans>
      </p>
    );
  }
  if (error) return <ProblemText problem={problemOf(error)} />;
  if (!data) return null;
  const yesNo = (value: boolean | null) => (value === null ? t`sin dato` : value ? t`Sí` : t`No`);
  return (
    <div className={classes.message} role="status" data-check={id}>
      <Facts
        items={[
          [t`Fuente`, data.id],
          [t`Se alcanza`, yesNo(data.reachable)],
          [t`Solo lectura`, yesNo(data.read_only)],
          [t`Zona correcta`, yesNo(data.zone_right)],
          [t`Retraso`, data.lag_s === null ? null : format.duration(data.lag_s)],
          [t`Tablas`, data.tables.length > 0 ? format.list(data.tables.map(({ name }) => name)) : null],
          [t`Problema`, data.problem === null ? null : <ServerText key="problem" text={data.problem} />],
          [t`Notas`, data.notes.length > 0 ? <ServerText key="notes" text={data.notes.join(' ')} /> : null],
        ]}
      />
    </div>
  );
}
