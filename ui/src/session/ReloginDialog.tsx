import { Trans, useLingui } from '@lingui/react/macro';
import { Button, Modal } from '@mantine/core';

import { useSignInMutation } from '~/api/generated';
import { useAppSelector } from '~/app/store';

import { PasswordAgain } from './PasswordAgain';
import { useEnter, useLeave } from './useSession';

/** The session is over, the work is not: one password and everything that waited goes on. */
export default function ReloginDialog() {
  const { t } = useLingui();
  const username = useAppSelector((state) => state.session.user?.username ?? '');
  const [signIn, { isLoading, error }] = useSignInMutation();
  const enter = useEnter();
  const leave = useLeave();
  const comeBack = async (password: string) => {
    const { data } = await signIn({ signIn: { username, password } });
    if (data) enter(data);
    return data !== undefined;
  };
  return (
    <Modal.Root opened onClose={() => undefined} closeOnEscape={false} closeOnClickOutside={false} centered>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content>
        <Modal.Body>
          <Modal.Title mb={10} fw={600}>{t`Su sesión terminó`}</Modal.Title>
          <PasswordAgain
            name="password"
            username={username}
            busy={isLoading}
            error={error}
            onPassword={comeBack}
            below={
              <Button variant="subtle" size="sm" onClick={leave}>
                <Trans>Salir y entrar con otra cuenta</Trans>
              </Button>
            }
          >
            <Trans>
              Lo que tenía en pantalla sigue aquí. Escriba la contraseña de {username} para continuar.
            </Trans>
          </PasswordAgain>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
