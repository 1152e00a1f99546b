import { useLingui } from '@lingui/react/macro';

/** Who asked for a run: a person by their name, what asks by itself in words. */
export function useRequester(): (name: string) => string {
  const { t } = useLingui();
  const itself: Record<string, string> = {
    schedule: t`a su hora`,
    rekey: t`renovación de la clave`,
    operator: t`quien opera el servidor`,
  };
  return (name) => itself[name] ?? name;
}
