import { Trans, useLingui } from '@lingui/react/macro';
import { Button, Modal, PasswordInput, Text } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { useSignInMutation } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';

import { CalmError } from './CalmError';
import { useEnter, useLeave } from './useSession';
import { useWait } from './useWait';

/** The session is over, the work is not: one password and everything that waited goes on. */
export default function ReloginDialog() {
  const { t } = useLingui();
  const username = useAppSelector((state) => state.session.user?.username ?? '');
  const [signIn, { isLoading, error }] = useSignInMutation();
  const [password, setPassword] = useState('');
  const enter = useEnter();
  const leave = useLeave();
  const problem = error ? problemOf(error) : null;
  const wait = useWait(problem, error);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isLoading || wait > 0) return;
    const answer = await signIn({ signIn: { username, password } });
    if (answer.data) enter(answer.data);
    else setPassword('');
  };

  return (
    <Modal.Root opened onClose={() => undefined} closeOnEscape={false} closeOnClickOutside={false} centered>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content>
        <Modal.Body>
          <Modal.Title mb={10}>{t`Su sesión terminó`}</Modal.Title>
          <form onSubmit={(event) => void submit(event)} style={{ display: 'grid', gap: 14 }}>
            <Text size="md">
              <Trans>
                Lo que tenía en pantalla sigue aquí. Escriba la contraseña de {username} para continuar.
              </Trans>
            </Text>
            <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
            <PasswordInput
              label={t`Contraseña`}
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              data-autofocus
              value={password}
              onChange={(event) => {
                setPassword(event.currentTarget.value);
              }}
              visibilityToggleButtonProps={{ 'aria-label': t`Mostrar u ocultar la contraseña` }}
            />
            <CalmError problem={problem} wait={wait} wrong={t`La contraseña no es correcta.`} />
            <Button type="submit" loading={isLoading} disabled={wait > 0}>
              <Trans>Continuar</Trans>
            </Button>
            <Button variant="subtle" size="sm" onClick={leave}>
              <Trans>Salir y entrar con otra cuenta</Trans>
            </Button>
          </form>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
