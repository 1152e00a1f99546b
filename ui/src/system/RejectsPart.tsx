import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import { useListRejectsQuery, useListSourcesQuery, useReplayRejectsMutation } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { FilterSelect } from '~/parts/FilterSelect';
import { Panel } from '~/parts/Panel';
import { ProblemText } from '~/parts/ProblemText';
import { EmptyState } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';

import { listState } from './listState';
import { Pages } from './Pieces';
import { ServerSentence } from './ServerSentence';
import classes from './System.module.css';
import { useAddress } from './useAddress';

const PAGE_ROWS = 50;
const POLL_MS = 15_000;

export function RejectsPart() {
  const { t } = useLingui();
  const format = useFormat();
  const [params, change] = useAddress();
  const mayList = useMay('PIP-001');
  const sources = useListSourcesQuery(undefined, { skip: !mayList });
  const [source, cursor] = [params.get('source'), params.get('cursor')];
  const rejects = useListRejectsQuery(
    { source, cursor, limit: PAGE_ROWS },
    { pollingInterval: POLL_MS, skipPollingIfUnfocused: true },
  );
  const rows = rejects.data?.items ?? [];
  return (
    <div className={classes.stack}>
      <div className={classes.filters} role="group" aria-label={t`Qué rechazos`}>
        <FilterSelect
          label={t`Fuente`}
          value={source ?? ''}
          onChange={(value) => {
            change({ source: value, cursor: null });
          }}
        >
          <option value="">{t`Todas`}</option>
          {source !== null && !sources.data && <option value={source}>{source}</option>}
          {sources.data?.items.map(({ id }) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </FilterSelect>
        <Replay sources={[...new Set(source === null ? rows.map((row) => row.source) : [source])]} />
      </div>
      <Panel
        area="rejects"
        title={<Trans>Filas rechazadas</Trans>}
        caption={<Trans>Lo que no se pudo interpretar, con su motivo; los teléfonos van tapados.</Trans>}
        state={listState(rejects, rows.length === 0)}
        height={280}
        empty={
          <EmptyState title={<Trans>No hay filas rechazadas</Trans>}>
            <Trans>Todo lo que se leyó se entendió.</Trans>
          </EmptyState>
        }
        table={() => (
          <>
            <DataTable
              label={t`Filas rechazadas`}
              rows={rows}
              rowKey={({ id }) => id}
              columns={[
                {
                  key: 'at',
                  label: t`Rechazada`,
                  cell: (row) => (
                    <>
                      {format.dateTime(row.rejected_at)}
                      <div className={classes.soft}>
                        <Trans>lectura {row.run_id}</Trans>
                      </div>
                    </>
                  ),
                },
                {
                  key: 'reason',
                  label: t`Motivo`,
                  cell: ({ reason }) => <ServerSentence sentence={reason} />,
                },
                {
                  key: 'where',
                  label: t`Dónde`,
                  wideOnly: true,
                  cell: (row) => (
                    <>
                      {row.source} · {row.source_table}
                      <div className={classes.soft}>
                        {row.unit_date !== null && format.day(row.unit_date)} {row.position}
                      </div>
                    </>
                  ),
                },
                { key: 'row', label: t`Fila`, wideOnly: true, cell: (row) => <code>{row.row_masked}</code> },
              ]}
            />
            <Pages cursor={cursor} next={rejects.data?.next_cursor ?? null} change={change} />
          </>
        )}
      />
    </div>
  );
}

/** Reads the days of the refused rows again: what was mended at the source comes in. */
function Replay({ sources }: { sources: string[] }) {
  const format = useFormat();
  const may = useMay('PIP-004');
  const [replay, { data, error, isLoading }] = useReplayRejectsMutation();
  if (!may) return null;
  return (
    <>
      {sources.map((source) => (
        <Button
          key={source}
          size="xs"
          variant="default"
          loading={isLoading}
          onClick={() => void replay({ replayRequest: { source } })}
        >
          <Trans>Volver a leer los rechazos de {source}</Trans>
        </Button>
      ))}
      {data && (
        <p className={classes.message} data-tone="good" role="status">
          <Trans>
            Lectura {data.id}: {format.integer(data.rejects)} rechazos se leen de nuevo.
          </Trans>
        </p>
      )}
      {error && <ProblemText problem={problemOf(error)} />}
    </>
  );
}
