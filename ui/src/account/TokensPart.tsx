import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useState } from 'react';

import { type IssuedToken, type Token, useListTokensQuery, useRevokeTokenMutation } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { ProblemText } from '~/parts/ProblemText';
import { EmptyState, FailedState, Skeleton } from '~/parts/StateViews';
import { useFunctionWords } from '~/permissions/useWords';
import { State } from '~/system/Pieces';

import classes from './Account.module.css';
import { IssuedOnce, NewTokenForm } from './NewTokenForm';

export const OWN_TOKENS = 'AUTH-005';
const TOKENS_MAX = 20; // of the interface

/** What acts in this person's name without their password: programs, and screens on walls. */
export function TokensPart() {
  const { data, error, isFetching, refetch } = useListTokensQuery(undefined, {
    refetchOnMountOrArgChange: true,
  });
  if (error && !data && !isFetching)
    return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={160} />;
  return (
    <>
      <Making full={data.items.length >= TOKENS_MAX} />
      <Tokens tokens={data.items} />
    </>
  );
}

function Making({ full }: { full: boolean }) {
  const [issued, setIssued] = useState<IssuedToken | null>(null);
  const [making, setMaking] = useState(false);
  return (
    <>
      {issued && <IssuedOnce token={issued} />}
      {full && (
        <p className={classes.message}>
          <Trans>Ya tiene {TOKENS_MAX} tokens; retire uno que no necesite.</Trans>
        </p>
      )}
      {making && !full && (
        <NewTokenForm
          onMade={(token) => {
            setIssued(token);
            setMaking(false);
          }}
          onCancel={() => {
            setMaking(false);
          }}
        />
      )}
      {!making && !full && (
        <div>
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              setIssued(null);
              setMaking(true);
            }}
          >
            <Trans>Crear un token</Trans>
          </Button>
        </div>
      )}
    </>
  );
}

function Tokens({ tokens }: { tokens: Token[] }) {
  if (tokens.length === 0) {
    return (
      <EmptyState title={<Trans>No tiene tokens</Trans>}>
        <Trans>
          Con uno, un programa entra en su nombre sin su contraseña, hasta la fecha que usted diga.
        </Trans>
      </EmptyState>
    );
  }
  return (
    <ul className={classes.list}>
      {tokens.map((token) => (
        <Item key={token.id} token={token} />
      ))}
    </ul>
  );
}

function Item({ token: { id, name, kind, functions, expires_at, last_used_at } }: { token: Token }) {
  const { t } = useLingui();
  const format = useFormat();
  const words = useFunctionWords();
  const [revoke, { error, isLoading }] = useRevokeTokenMutation();
  const used = last_used_at === null ? t`Nunca` : format.dateTime(last_used_at);
  return (
    <li className={classes.item} data-token={name}>
      <div className={classes.row}>
        <strong>{name}</strong>
        <div className={classes.marks}>
          {kind === 'display' && (
            <State tone="none">
              <Trans>Pantalla de pared</Trans>
            </State>
          )}
          <Button
            size="compact-xs"
            variant="default"
            loading={isLoading}
            aria-label={t`Retirar ${name}`}
            onClick={() => void revoke({ tokenId: id })}
          >
            <Trans>Retirar</Trans>
          </Button>
        </div>
      </div>
      <span className={classes.soft}>
        <Trans>
          Hasta {format.dateTime(expires_at)} · último uso: {used}
        </Trans>
      </span>
      <span className={classes.soft}>{functions.map((code) => words(code)).join(' · ')}</span>
      {error && <ProblemText problem={problemOf(error)} />}
    </li>
  );
}
