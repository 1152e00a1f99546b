import { Trans, useLingui } from '@lingui/react/macro';
import { Button, PasswordInput, Text } from '@mantine/core';
import { type ReactNode, type SubmitEvent, useState } from 'react';

import { problemOf } from '~/api/problems';

import { CalmError } from './CalmError';
import { useWait } from './useWait';

interface Props {
  /** What for. */
  children: ReactNode;
  /** Of the field. */
  name: string;
  busy: boolean;
  error: Parameters<typeof problemOf>[0] | undefined;
  /** Whether the password was right. */
  onPassword: (password: string) => Promise<boolean>;
  /** For password managers, where the page no longer says who it is. */
  username?: string;
  below?: ReactNode;
}

/** The password once more, of somebody who is known: to come back, or to prove who sits there. */
export function PasswordAgain({ children, name, busy, error, onPassword, username, below }: Props) {
  const { t } = useLingui();
  const [password, setPassword] = useState('');
  const problem = error ? problemOf(error) : null;
  const wait = useWait(problem, error);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy || wait > 0) return;
    if (!(await onPassword(password))) setPassword('');
  };
  return (
    <form onSubmit={(event) => void submit(event)} style={{ display: 'grid', gap: 14 }}>
      <Text size="md">{children}</Text>
      {username !== undefined && (
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      )}
      <PasswordInput
        label={t`Contraseña`}
        name={name}
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
      <Button type="submit" loading={busy} disabled={wait > 0}>
        <Trans>Continuar</Trans>
      </Button>
      {below}
    </form>
  );
}
