import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useState } from 'react';

import { type Session, useEndSessionMutation, useListSessionsQuery } from '~/api/generated';
import { type Problem, problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { ProblemText } from '~/parts/ProblemText';
import { FailedState, Skeleton } from '~/parts/StateViews';
import { State } from '~/system/Pieces';

import classes from './Account.module.css';
import { agentName } from './agents';

const SESSIONS_SHOWN = 50; // as many as the server lets a person have

/** Where the person is signed in now; every place but this one can be closed from here. */
export function SessionsPart() {
  const { data, error, isFetching, refetch } = useListSessionsQuery(
    { of: 'own', limit: SESSIONS_SHOWN },
    { refetchOnMountOrArgChange: true },
  );
  const ending = useEnding();
  if (error && !data && !isFetching)
    return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={160} />;
  // A token has no session of its own: then every one of them is another.
  const others = data.items.filter(({ current }) => !current);
  return (
    <>
      <p className={classes.soft}>
        <Trans>Si no reconoce alguna, ciérrela y cambie su contraseña.</Trans>
      </p>
      <ul className={classes.list}>
        {data.items.map((session) => (
          <Item key={session.id} session={session} ending={ending} />
        ))}
      </ul>
      {others.length === 0 ? (
        <p className={classes.soft}>
          <Trans>No hay ninguna otra sesión abierta.</Trans>
        </p>
      ) : (
        <div>
          <Button
            size="xs"
            variant="default"
            loading={ending.busy}
            onClick={() => void ending.end(others.map(({ id }) => id))}
          >
            <Trans>Cerrar todas las demás</Trans>
          </Button>
        </div>
      )}
      {ending.problem && <ProblemText problem={ending.problem} />}
    </>
  );
}

interface Ending {
  end: (ids: string[]) => Promise<void>;
  busy: boolean;
  problem: Problem | null;
}

/** Ends sessions one by one; one that has ended by itself meanwhile is as good as ended. */
function useEnding(): Ending {
  const [endSession] = useEndSessionMutation();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const end = async (ids: string[]) => {
    setBusy(true);
    setProblem(null);
    for (const sessionId of ids) {
      const { error } = await endSession({ sessionId });
      const found = error ? problemOf(error) : null;
      if (found && found.status !== 404) setProblem(found);
    }
    setBusy(false);
  };
  return { end, busy, problem };
}

function Item({ session, ending }: { session: Session; ending: Ending }) {
  const { t } = useLingui();
  const format = useFormat();
  const { id, current, client_address: address, created_at: since, last_seen_at: seen } = session;
  const name = agentName(session.user_agent) || t`Programa sin nombre`;
  return (
    <li className={classes.item} data-session={current ? 'current' : 'other'}>
      <div className={classes.row}>
        <strong title={session.user_agent}>{name}</strong>
        {current ? (
          <State tone="good">
            <Trans>Esta sesión</Trans>
          </State>
        ) : (
          <Button
            size="compact-xs"
            variant="default"
            disabled={ending.busy}
            aria-label={t`Cerrar la sesión de ${name}, desde ${format.dateTime(since)}`}
            onClick={() => void ending.end([id])}
          >
            <Trans>Cerrar</Trans>
          </Button>
        )}
      </div>
      <span className={classes.soft}>
        <Trans>
          Desde {format.dateTime(since)} · última actividad {format.dateTime(seen)}
        </Trans>
      </span>
      {address !== null && <span className={classes.soft}>{address}</span>}
    </li>
  );
}
