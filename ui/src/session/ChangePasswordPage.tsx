import { Trans, useLingui } from '@lingui/react/macro';
import { Button, PasswordInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { useChangePasswordMutation } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useServerWords } from '~/parts/useServerWords';

import { AuthFrame } from './AuthFrame';
import { CalmError } from './CalmError';
import { isReady } from './newPassword';
import { NewPasswordFields } from './NewPasswordFields';
import { useEnter, useLeave } from './useSession';
import { useWait } from './useWait';

/** Nothing else opens until a password that somebody else knew has been replaced. */
export default function ChangePasswordPage() {
  const { t } = useLingui();
  const [change, { isLoading, error }] = useChangePasswordMutation();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const username = useAppSelector((state) => state.session.user?.username ?? '');
  const enter = useEnter();
  const leave = useLeave();
  const problem = error ? problemOf(error) : null;
  const wait = useWait(problem, error);
  const refused = useServerWords(
    problem?.status === 422 ? (problem.fields[0]?.detail ?? problem.detail) : null,
  );

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isLoading || wait > 0 || !isReady(password, again)) return;
    const answer = await change({ passwordChange: { current_password: current, new_password: password } });
    if (answer.data) enter(answer.data);
  };

  return (
    <AuthFrame>
      <form onSubmit={(event) => void submit(event)} aria-labelledby="change-title">
        <h1 id="change-title">
          <Trans>Cambie su contraseña</Trans>
        </h1>
        <p>
          <Trans>Antes de continuar hay que elegir una que solo usted conozca.</Trans>
        </p>
        <input type="hidden" name="username" autoComplete="username" value={username} readOnly />
        <PasswordInput
          label={t`Contraseña actual`}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          size="md"
          autoFocus
          value={current}
          onChange={(event) => {
            setCurrent(event.currentTarget.value);
          }}
          visibilityToggleButtonProps={{ 'aria-label': t`Mostrar u ocultar la contraseña` }}
        />
        <NewPasswordFields
          password={password}
          again={again}
          onPassword={setPassword}
          onAgain={setAgain}
          refused={refused}
        />
        <CalmError
          problem={refused === null ? problem : null}
          wait={wait}
          wrong={t`La contraseña actual no es correcta.`}
        />
        <Button
          type="submit"
          size="md"
          fullWidth
          loading={isLoading}
          disabled={wait > 0 || !isReady(password, again)}
        >
          <Trans>Guardar y continuar</Trans>
        </Button>
        <Button variant="subtle" size="sm" onClick={leave}>
          <Trans>Salir</Trans>
        </Button>
      </form>
    </AuthFrame>
  );
}
