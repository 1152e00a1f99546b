import { useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { NO_VALUE } from '~/format/format';

import classes from './IvrPage.module.css';
import type { Shift } from './shift';

/** The change and how sure it is; only a clear one is strong. */
export function ShiftMark({ shift }: { shift: Shift | null }) {
  const { t } = useLingui();
  const format = useFormat();
  if (!shift) return NO_VALUE;
  return (
    <span
      className={classes.shift}
      data-clear={shift.clear}
      title={shift.clear ? t`Cambio claro` : t`Dentro del azar`}
    >
      {format.points(shift.change)} <small>±{format.points(shift.margin).replace(/^\+| pp$/g, '')}</small>
    </span>
  );
}
