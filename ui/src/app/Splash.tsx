import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import type { Problem } from '~/api/problems';
import { ProblemText } from '~/parts/ProblemText';
import { Wordmark } from '~/parts/Wordmark';

import classes from './Splash.module.css';

interface Props {
  problem?: Problem | null;
  onRetry?: () => void;
}

/** Before anything is known; after a moment it becomes visible, sooner it would only flicker. */
export function Splash({ problem, onRetry }: Props) {
  return (
    <main className={classes.page} aria-busy={!problem}>
      <div className={classes.box}>
        <Wordmark />
        {problem && (
          <>
            <ProblemText problem={problem} />
            <Button onClick={onRetry}>
              <Trans>Reintentar</Trans>
            </Button>
          </>
        )}
      </div>
    </main>
  );
}
