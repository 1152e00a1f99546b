import { Trans, useLingui } from '@lingui/react/macro';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { useSignInMutation } from '~/api/generated';
import { problemOf } from '~/api/problems';

import { AuthFrame } from './AuthFrame';
import { CalmError } from './CalmError';
import { useOneTimeCode } from './oneTimeCode';
import { RedeemForm } from './RedeemForm';
import { useEnter } from './useSession';
import { useWait } from './useWait';

export default function SignInPage() {
  const code = useOneTimeCode();
  return <AuthFrame>{code ? <RedeemForm code={code} key={code} /> : <SignInForm />}</AuthFrame>;
}

function SignInForm() {
  const { t } = useLingui();
  const [signIn, { isLoading, error }] = useSignInMutation();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const enter = useEnter();
  const problem = error ? problemOf(error) : null;
  const wait = useWait(problem, error);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isLoading || wait > 0) return;
    const answer = await signIn({ signIn: { username: username.trim(), password } });
    if (answer.data) enter(answer.data);
    else setPassword('');
  };

  return (
    <form onSubmit={(event) => void submit(event)} aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">
        <Trans>Entrar</Trans>
      </h1>
      <TextInput
        label={t`Usuario`}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        required
        withAsterisk={false}
        data-autofocus
        autoFocus
        size="md"
        value={username}
        onChange={(event) => {
          setUsername(event.currentTarget.value);
        }}
      />
      <PasswordInput
        label={t`Contraseña`}
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        size="md"
        value={password}
        onChange={(event) => {
          setPassword(event.currentTarget.value);
        }}
        visibilityToggleButtonProps={{ 'aria-label': t`Mostrar u ocultar la contraseña` }}
      />
      <CalmError problem={problem} wait={wait} wrong={t`El usuario o la contraseña no son correctos.`} />
      <Button type="submit" size="md" fullWidth loading={isLoading} disabled={wait > 0}>
        <Trans>Entrar</Trans>
      </Button>
      <p>
        <Trans>¿Olvidó la contraseña? Pida a quien administra IACT un código de un solo uso.</Trans>
      </p>
    </form>
  );
}
