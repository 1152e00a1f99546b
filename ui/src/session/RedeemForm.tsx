import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { useRedeemCodeMutation } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useServerWords } from '~/parts/useServerWords';

import { CalmError } from './CalmError';
import { isReady } from './newPassword';
import { NewPasswordFields } from './NewPasswordFields';
import { forgetCode } from './oneTimeCode';
import { useEnter } from './useSession';
import { useWait } from './useWait';

export function RedeemForm({ code }: { code: string }) {
  const { t } = useLingui();
  const [redeem, { isLoading, error }] = useRedeemCodeMutation();
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const enter = useEnter();
  const problem = error ? problemOf(error) : null;
  const wait = useWait(problem, error);
  const refused = useServerWords(
    problem?.status === 422 ? (problem.fields[0]?.detail ?? problem.detail) : null,
  );

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isLoading || wait > 0 || !isReady(password, again)) return;
    const answer = await redeem({ redeem: { code, new_password: password } });
    if (!answer.data) return;
    enter(answer.data);
    forgetCode();
  };

  return (
    <form onSubmit={(event) => void submit(event)} aria-labelledby="redeem-title">
      <h1 id="redeem-title">
        <Trans>Elija su contraseña</Trans>
      </h1>
      <p>
        <Trans>El enlace sirve una sola vez. Con la contraseña que elija entrará a partir de ahora.</Trans>
      </p>
      <NewPasswordFields
        password={password}
        again={again}
        onPassword={setPassword}
        onAgain={setAgain}
        refused={refused}
        autoFocus
      />
      <CalmError
        problem={refused === null ? problem : null}
        wait={wait}
        wrong={t`El enlace ya se usó o caducó. Pida uno nuevo a quien administra IACT.`}
      />
      <Button
        type="submit"
        size="md"
        fullWidth
        loading={isLoading}
        disabled={wait > 0 || !isReady(password, again)}
      >
        <Trans>Guardar y entrar</Trans>
      </Button>
      <Button variant="subtle" size="sm" onClick={forgetCode}>
        <Trans>Entrar con usuario y contraseña</Trans>
      </Button>
    </form>
  );
}
