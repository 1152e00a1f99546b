import { Trans, useLingui } from '@lingui/react/macro';
import { Text } from '@mantine/core';

import type { Problem } from '~/api/problems';

import { useServerWords } from './useServerWords';

/** One calm sentence, and the number that lets somebody find it in the log. */
export function ProblemText({ problem }: { problem: Problem }) {
  const sentence = useProblemSentence(problem);
  return (
    <div>
      <Text role="alert">{sentence}</Text>
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

const SAID_BY_SERVER = [403, 409, 413, 422];

/** What the server says of a refusal that this page has no words of its own for. */
function wordsOf({ status, fields, detail }: Problem): string | null {
  return SAID_BY_SERVER.includes(status ?? 0) ? (fields[0]?.detail ?? detail) : null;
}

export function useProblemSentence(problem: Problem): string {
  const { t } = useLingui();
  const byType = useRefusals(problem);
  const own = byType[problem.type ?? ''];
  const words = useServerWords(own === undefined ? wordsOf(problem) : null);
  const byStatus: Partial<Record<number, string>> = {
    401: t`El permiso de esta pantalla terminó o fue retirado.`,
    403: t`Su cuenta no tiene permiso para ver esto.`,
    404: t`Lo que se pidió no existe.`,
    429: t`Demasiadas peticiones seguidas; espere un momento.`,
    503: t`El servicio no está disponible por ahora.`,
    409: t`Eso ya había cambiado; mírelo de nuevo.`,
    413: t`Es demasiado para una sola respuesta; pida menos.`,
    422: t`El servidor no entendió la petición.`,
  };
  if (problem.kind === 'offline') return t`No hay conexión con el servidor.`;
  if (problem.kind === 'timeout') return t`El servidor tardó demasiado en contestar.`;
  return own ?? words ?? byStatus[problem.status ?? 0] ?? t`El servidor no pudo contestar.`;
}

/** Refusals that a person can do something about, each in its own words. */
function useRefusals({ fields }: Problem): Record<string, string> {
  const { t } = useLingui();
  const keptSince = fields[0]?.suggestion?.slice(0, 10) ?? '';
  return {
    'urn:iact:problem:calls-removed': t`Las llamadas anteriores al ${keptSince} fueron retiradas por antigüedad; sus recuentos se conservan.`,
    'urn:iact:problem:too-many-exports': t`Ya tiene 5 archivos haciéndose; espere a que uno termine o cancele uno.`,
    'urn:iact:problem:too-many-kept': t`Ya guarda 50 archivos; borre uno que no necesite.`,
    'urn:iact:problem:too-many-schedules': t`Ya tiene 10 programados; borre uno que no necesite.`,
    'urn:iact:problem:schedule-name-taken': t`Ya tiene un programado con ese nombre.`,
    'urn:iact:problem:too-many-views': t`Ya guarda 30 vistas; borre una que no necesite.`,
    'urn:iact:problem:view-name-taken': t`Ya tiene una vista con ese nombre.`,
    'urn:iact:problem:too-many-alert-rules': t`Ya tiene 50 reglas; borre una que no necesite.`,
    'urn:iact:problem:alert-rule-name-taken': t`Ya tiene una regla con ese nombre.`,
  };
}
