// A session left open must not be enough for what harms most: the server asks for the password, the page asks
// the person, and what they were doing goes on by itself.
import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';

import { useReauthenticateMutation } from '~/api/generated';
import { type Problem, problemOf } from '~/api/problems';
import { Dialog } from '~/parts/Sheet';
import { PasswordAgain } from '~/session/PasswordAgain';
import { useEnter } from '~/session/useSession';

import { type Failure, wantsProof } from './proof';

export interface Tried {
  data?: unknown;
  error?: Failure | undefined;
}

interface Pending {
  again: () => Promise<Tried>;
  finish: (outcome: Tried) => void;
}

export interface Proven {
  /** Does it; where the server wants the password first, asks for it and does it again. Resolves with the last answer. */
  attempt: (action: () => Promise<Tried>) => Promise<Tried>;
  problem: Problem | null;
  busy: boolean;
  /** Goes somewhere on the screen of the action. */
  dialog: ReactNode;
}

export function useProven(): Proven {
  const [pending, setPending] = useState<Pending | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  const settle = (outcome: Tried): Tried => {
    setBusy(false);
    setProblem(outcome.error && !wantsProof(outcome.error) ? problemOf(outcome.error) : null);
    return outcome;
  };
  const attempt = async (action: () => Promise<Tried>): Promise<Tried> => {
    setBusy(true);
    setProblem(null);
    const outcome = await action();
    if (!wantsProof(outcome.error)) return settle(outcome);
    return new Promise((resolve) => {
      setPending({
        again: action,
        finish: (last) => {
          setPending(null);
          resolve(settle(last));
        },
      });
    });
  };
  const dialog = pending && <ProofDialog pending={pending} />;
  return { attempt, problem, busy, dialog };
}

function ProofDialog({ pending }: { pending: Pending }) {
  const { t } = useLingui();
  const enter = useEnter();
  const [prove, { isLoading, error }] = useReauthenticateMutation();
  const goOn = async (password: string) => {
    const { data } = await prove({ reauthentication: { password } });
    if (!data) return false;
    enter(data);
    pending.finish(await pending.again());
    return true;
  };
  return (
    <Dialog
      onClose={() => {
        pending.finish({});
      }}
      title={t`Confirme que es usted`}
    >
      <PasswordAgain name="proof" busy={isLoading} error={error} onPassword={goOn}>
        <Trans>Esto cambia lo que alguien puede hacer: escriba su contraseña para continuar.</Trans>
      </PasswordAgain>
    </Dialog>
  );
}
