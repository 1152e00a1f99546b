import { Trans, useLingui } from '@lingui/react/macro';

import type { Problem } from '~/api/problems';
import { useProblemSentence } from '~/parts/ProblemText';

import classes from './AuthFrame.module.css';

interface Props {
  problem: Problem | null;
  /** Seconds until another attempt makes sense. */
  wait: number;
  /** What a refusal means on this form; the same words whatever was wrong. */
  wrong: string;
}

export function CalmError({ problem, wait, wrong }: Props) {
  return (
    <div role="alert" className={classes.alert}>
      {problem && (
        <div className={classes.refusal}>
          <Sentence problem={problem} wait={wait} wrong={wrong} />
        </div>
      )}
    </div>
  );
}

function Sentence({ problem, wait, wrong }: Props & { problem: Problem }) {
  const { t } = useLingui();
  const sentence = useProblemSentence(problem);
  if (problem.status === 429 && wait > 0) {
    const minutes = Math.floor(wait / 60);
    const time = minutes > 0 ? t`${minutes} min ${wait % 60} s` : t`${wait} s`;
    return <Trans>Demasiados intentos. Podrá volver a intentarlo en {time}.</Trans>;
  }
  if (problem.status !== null && [400, 401, 403, 404, 409, 422].includes(problem.status)) return <>{wrong}</>;
  return (
    <>
      {sentence}
      {problem.requestId && (
        <>
          {' '}
          <Trans>
            Referencia: <code>{problem.requestId}</code>
          </Trans>
        </>
      )}
    </>
  );
}
