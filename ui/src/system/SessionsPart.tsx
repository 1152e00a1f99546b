import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import { agentName } from '~/account/agents';
import { type Session, useEndSessionMutation, useListSessionsQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { DataTable, type TableColumn } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { ProblemText } from '~/parts/ProblemText';
import { EmptyState } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';

import { listState } from './listState';
import { Pages, State } from './Pieces';
import classes from './System.module.css';
import { useAddress } from './useAddress';

const PAGE_ROWS = 50;
const POLL_MS = 60_000; // people come and go
const END_OTHERS = 'AUTH-002';

/** Who is signed in now, from where, and the way to end it. */
export function SessionsPart() {
  const { t } = useLingui();
  const [params, change] = useAddress();
  const sessions = useListSessionsQuery(
    { of: 'all', limit: PAGE_ROWS, cursor: params.get('cursor') },
    { pollingInterval: POLL_MS, skipPollingIfUnfocused: true, refetchOnMountOrArgChange: true },
  );
  const columns = useColumns();
  const rows = sessions.data?.items ?? [];
  return (
    <div className={classes.stack}>
      <Panel
        area="sessions"
        title={<Trans>Sesiones</Trans>}
        caption={<Trans>Quién está dentro ahora, desde dónde y hasta cuándo.</Trans>}
        state={listState(sessions, rows.length === 0)}
        height={280}
        empty={<EmptyState title={<Trans>Nadie que mostrar</Trans>} />}
        table={() => (
          <>
            <DataTable label={t`Sesiones`} rows={rows} rowKey={({ id }) => id} columns={columns} />
            <Pages cursor={params.get('cursor')} next={sessions.data?.next_cursor ?? null} change={change} />
          </>
        )}
      />
    </div>
  );
}

function useColumns(): TableColumn<Session>[] {
  const { t } = useLingui();
  const format = useFormat();
  const mayEnd = useMay(END_OTHERS);
  return [
    {
      key: 'who',
      label: t`Usuario`,
      cell: ({ username, client_address: address, user_agent: agent }) => (
        <span data-session-of={username}>
          {username}
          <div className={classes.soft}>{[agentName(agent), address].filter(Boolean).join(' · ')}</div>
        </span>
      ),
    },
    { key: 'since', label: t`Desde`, wideOnly: true, cell: ({ created_at: at }) => format.dateTime(at) },
    { key: 'seen', label: t`Última actividad`, cell: ({ last_seen_at: at }) => format.dateTime(at) },
    { key: 'until', label: t`Hasta`, wideOnly: true, cell: ({ idle_expires_at: at }) => format.dateTime(at) },
    {
      key: 'act',
      label: <span className="visually-hidden">{t`Acciones`}</span>,
      numeric: true,
      cell: (session) =>
        session.current ? (
          <State tone="good">
            <Trans>Esta sesión</Trans>
          </State>
        ) : (
          mayEnd && <End session={session} />
        ),
    },
  ];
}

function End({ session: { id, username } }: { session: Session }) {
  const { t } = useLingui();
  const [end, { error, isLoading }] = useEndSessionMutation();
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        loading={isLoading}
        aria-label={t`Cerrar la sesión de ${username}`}
        onClick={() => void end({ sessionId: id })}
      >
        <Trans>Cerrar</Trans>
      </Button>
      {error && <ProblemText problem={problemOf(error)} />}
    </>
  );
}
