import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import { type CallsAnswer, type LegacyCallOut, type QueueCallOut, useFindCallsQuery } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { useCentreName, useOptionName } from '~/ivr/words';
import { Empty } from '~/overview/Empty';
import { ExportButton } from '~/overview/ExportButton';
import { useScope } from '~/overview/scope';
import { stateOf } from '~/overview/useAnswer';
import { useMenuName, useSegmentName } from '~/overview/words';
import { DataTable } from '~/parts/DataTable';
import { NothingHere, Panel } from '~/parts/Panel';

import classes from './Calls.module.css';
import { type CallsState, callsRequest } from './callsState';
import type { ChangeCalls } from './useCallsState';
import { useExitName, useOutcomeName } from './words';

interface Props {
  state: CallsState;
  change: ChangeCalls;
}

export function CallsPanel({ state, change }: Props) {
  const scope = useScope();
  const query = useFindCallsQuery({
    callsRequest: callsRequest(scope, state),
  });
  const { data } = query;
  const { t } = useLingui();
  const narrowed = Object.keys(state.cell).length > 0 || state.metric !== null;
  // The file has all of them, wherever the list stands.
  const all = callsRequest(scope, { ...state, cursor: null });
  return (
    <Panel
      area="calls"
      title={<Trans>Llamadas</Trans>}
      caption={<Total state={state} />}
      state={{
        ...stateOf(query),
        empty: data?.items.length === 0,
      }}
      height={320}
      csv={<ExportButton wanted={{ calls: all }} name={t`Llamadas`} />}
      empty={narrowed ? <NothingNarrowed state={state} change={change} /> : <Empty />}
      table={() => data && <Page answer={data} state={state} change={change} />}
    />
  );
}

/** Only the first page of an answer counts what it is a page of. */
function Total({ state }: { state: CallsState }) {
  const scope = useScope();
  const format = useFormat();
  const { data } = useFindCallsQuery({ callsRequest: callsRequest(scope, { ...state, cursor: null }) });
  const total = data?.total ?? null;
  if (total === null) return null;
  return (
    <Trans>
      <strong data-total={total}>{format.integer(total)}</strong> en total, por hora de entrada
    </Trans>
  );
}

function NothingNarrowed({ state, change }: Props) {
  const all = [...Object.keys(state.cell), 'metric'];
  return (
    <NothingHere>
      <Trans>Ninguna cumple todo lo que se pide; pruebe con menos filtros.</Trans>
      <Button
        size="xs"
        variant="default"
        mt={8}
        onClick={() => {
          change(Object.fromEntries(all.map((name) => [name, null])));
        }}
      >
        <Trans>Quitar los filtros</Trans>
      </Button>
    </NothingHere>
  );
}

function Page({ answer, state, change }: Props & { answer: CallsAnswer }) {
  const { t } = useLingui();
  const legacy = answer.items.filter((call) => call.source_kind === 'legacy');
  const queue = answer.items.filter((call) => call.source_kind === 'asterisk');
  const open = (id: string) => {
    change({ call: id });
  };
  return (
    <>
      {legacy.length > 0 ? (
        <LegacyCalls calls={legacy} open={open} />
      ) : (
        <QueueCalls calls={queue} open={open} />
      )}
      <nav className={classes.pages} aria-label={t`Páginas`}>
        {state.cursor !== null && (
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              change({ cursor: null });
            }}
          >
            <Trans>Al principio</Trans>
          </Button>
        )}
        {answer.next_cursor !== null && (
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              change({ cursor: answer.next_cursor });
            }}
          >
            <Trans>Siguientes</Trans>
          </Button>
        )}
      </nav>
    </>
  );
}

interface Listed<Call> {
  calls: Call[];
  open: (id: string) => void;
}

function Opener({ id, at, open }: { id: string; at: string; open: (id: string) => void }) {
  const format = useFormat();
  return (
    <button
      type="button"
      className={classes.open}
      data-call={id}
      onClick={() => {
        open(id);
      }}
    >
      {format.dateTime(at)}
    </button>
  );
}

function LegacyCalls({ calls, open }: Listed<LegacyCallOut>) {
  const { t } = useLingui();
  const format = useFormat();
  const menu = useMenuName();
  const segment = useSegmentName();
  const option = useOptionName();
  const centre = useCentreName();
  const outcome = useOutcomeName();
  return (
    <DataTable
      label={t`Llamadas del IVR`}
      rows={calls}
      rowKey={({ id }) => id}
      columns={[
        {
          key: 'at',
          label: t`Entrada`,
          cell: ({ id, started_at }) => <Opener id={id} at={started_at} open={open} />,
        },
        { key: 'segment', label: t`Segmento`, wideOnly: true, cell: (call) => segment(call.segment ?? '–') },
        {
          key: 'menu',
          label: t`Menú`,
          cell: (call) => <span className={classes.menu}>{menu(call.menu)}</span>,
        },
        { key: 'option', label: t`Opción`, wideOnly: true, cell: (call) => option(call.option) },
        { key: 'centre', label: t`Centro`, wideOnly: true, cell: (call) => centre(call.centre) },
        { key: 'outcome', label: t`Desenlace`, cell: (call) => outcome(call.outcome) },
        {
          key: 'duration',
          label: t`Duración`,
          numeric: true,
          cell: ({ duration_s }) => format.clock(duration_s),
        },
      ]}
    />
  );
}

function QueueCalls({ calls, open }: Listed<QueueCallOut>) {
  const { t } = useLingui();
  const format = useFormat();
  const exit = useExitName();
  return (
    <DataTable
      label={t`Llamadas a cola`}
      rows={calls}
      rowKey={({ id }) => id}
      columns={[
        {
          key: 'at',
          label: t`Entrada`,
          cell: ({ id, entered_at }) => <Opener id={id} at={entered_at} open={open} />,
        },
        { key: 'queue', label: t`Cola`, cell: ({ queue }) => queue },
        {
          key: 'exit',
          label: t`Salida`,
          cell: (call) => (
            <span className={call.exit === 'abandoned' ? classes.lost : undefined}>{exit(call.exit)}</span>
          ),
        },
        { key: 'agent', label: t`Agente`, wideOnly: true, cell: ({ agent }) => agent ?? '–' },
        { key: 'wait', label: t`Espera`, numeric: true, cell: ({ wait_s }) => format.clock(wait_s) },
        {
          key: 'talk',
          label: t`Conversación`,
          numeric: true,
          wideOnly: true,
          cell: ({ talk_s }) => format.clock(talk_s),
        },
        {
          key: 'transfers',
          label: t`Transferencias`,
          numeric: true,
          wideOnly: true,
          cell: ({ transfers }) => format.integer(transfers),
        },
      ]}
    />
  );
}
