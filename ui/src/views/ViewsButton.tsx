import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useState } from 'react';

import { BookmarkIcon } from '~/parts/icons';
import { useMay } from '~/session/useSession';

import { isChanged } from './address';
import { useAddressParams, useOpened } from './opened';
import { KEEP_VIEWS } from './useOpening';
import classes from './ViewsButton.module.css';

const ViewsSheet = lazy(() => import('./ViewsSheet'));

/** The saved view that the screen stands on, and the way to the others. */
export function ViewsButton() {
  const { t } = useLingui();
  const opened = useOpened();
  const [params] = useAddressParams();
  const may = useMay(KEEP_VIEWS);
  const [sheet, setSheet] = useState(false);
  if (!may) return null;
  const name = opened?.view.name;
  const changed = opened !== null && isChanged(opened.saved, params);
  const label =
    name === undefined ? t`Vistas` : changed ? t`Vistas; ${name}, con cambios` : t`Vistas; ${name}`;
  return (
    <>
      <button
        type="button"
        className={classes.button}
        data-view={opened?.view.id}
        data-opens="views"
        data-changed={changed || undefined}
        aria-label={label}
        title={name}
        onClick={() => {
          setSheet(true);
        }}
      >
        <BookmarkIcon />
        {name !== undefined && <span className={classes.name}>{name}</span>}
      </button>
      {sheet && (
        <Suspense>
          <ViewsSheet
            onClose={() => {
              setSheet(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
