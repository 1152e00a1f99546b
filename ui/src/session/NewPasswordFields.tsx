import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { PasswordInput } from '@mantine/core';

import { PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, passwordFaults } from './newPassword';

interface Props {
  password: string;
  again: string;
  onPassword: (value: string) => void;
  onAgain: (value: string) => void;
  /** The server's reason, shown at the field that it is about. */
  refused: string | null;
  autoFocus?: boolean;
}

export function NewPasswordFields({
  password,
  again,
  onPassword,
  onAgain,
  refused,
  autoFocus = false,
}: Props) {
  const { t } = useLingui();
  const faults = passwordFaults(password, again);
  const missing = PASSWORD_CHARS_MIN - Array.from(password).length;
  const rule = t`De ${PASSWORD_CHARS_MIN} a ${PASSWORD_CHARS_MAX} caracteres. Una frase larga es mejor que símbolos raros.`;
  const length =
    password !== '' && faults.includes('short')
      ? t`${plural(missing, { one: 'Falta # carácter.', other: 'Faltan # caracteres.' })}`
      : rule;
  const long = faults.includes('long') ? t`Como mucho ${PASSWORD_CHARS_MAX} caracteres.` : null;
  const toggle = { 'aria-label': t`Mostrar u ocultar la contraseña` };
  return (
    <>
      <PasswordInput
        label={t`Contraseña nueva`}
        name="new-password"
        autoComplete="new-password"
        required
        withAsterisk={false}
        size="md"
        autoFocus={autoFocus}
        description={length}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        error={long ?? refused}
        value={password}
        onChange={(event) => {
          onPassword(event.currentTarget.value);
        }}
        visibilityToggleButtonProps={toggle}
      />
      <PasswordInput
        label={t`Otra vez`}
        name="new-password-again"
        autoComplete="new-password"
        required
        withAsterisk={false}
        size="md"
        error={faults.includes('differ') ? t`Las dos no son iguales.` : null}
        value={again}
        onChange={(event) => {
          onAgain(event.currentTarget.value);
        }}
        visibilityToggleButtonProps={toggle}
      />
    </>
  );
}
