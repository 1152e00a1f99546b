import { Trans, useLingui } from '@lingui/react/macro';
import { Text } from '@mantine/core';

import type { Problem } from '~/api/problems';

/** One calm sentence, and the number that lets somebody find it in the log. */
export function ProblemText({ problem }: { problem: Problem }) {
  const sentence = useProblemSentence(problem);
  return (
    <div role="alert">
      <Text>{sentence}</Text>
      {problem.requestId && (
        <Text size="sm" c="dimmed" mt={4}>
          <Trans>
            Referencia: <code>{problem.requestId}</code>
          </Trans>
        </Text>
      )}
    </div>
  );
}

export function useProblemSentence(problem: Problem): string {
  const { t } = useLingui();
  const byStatus: Partial<Record<number, string>> = {
    401: t`El permiso de esta pantalla terminó o fue retirado.`,
    403: t`Su cuenta no tiene permiso para ver esto.`,
    404: t`Lo que se pidió no existe.`,
    429: t`Demasiadas peticiones seguidas; espere un momento.`,
    503: t`El servicio no está disponible por ahora.`,
    // The server's own words: they name the field.
    422: problem.fields[0]?.detail ?? problem.detail ?? t`El servidor no entendió la petición.`,
  };
  if (problem.kind === 'offline') return t`No hay conexión con el servidor.`;
  if (problem.kind === 'timeout') return t`El servidor tardó demasiado en contestar.`;
  return byStatus[problem.status ?? 0] ?? t`El servidor no pudo contestar.`;
}
