import { Trans } from '@lingui/react/macro';

import type { OneTimeCode as Code } from '~/api/generated';
import { useFormat } from '~/format/useFormat';

import classes from './System.module.css';

/** A code that is shown once and never again: to be told to its person by another way. */
export function OneTimeCode({ code }: { code: Code }) {
  const format = useFormat();
  return (
    <div className={classes.form} role="status">
      <span>
        <Trans>
          Dígale este código a la persona: sirve una vez, hasta {format.dateTime(code.expires_at)}, y no se
          volverá a mostrar.
        </Trans>
      </span>
      <output className={classes.code}>{code.code}</output>
    </div>
  );
}
