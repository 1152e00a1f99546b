import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useState } from 'react';

import type { ExportRequest } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { ExportIcon } from '~/parts/icons';
import classes from '~/parts/Panel.module.css';
import { allowedFormats } from '~/reports/files';

const ExportDialog = lazy(() => import('~/reports/ExportDialog'));
const LISTS = ['csv', 'xlsx']; // only a report has the pages that a PDF needs

interface Props {
  wanted: Pick<ExportRequest, 'query' | 'calls'>;
  name: string;
}

/** All rows of a list or a question as a file, made while one goes on working. */
export function ExportButton({ wanted, name }: Props) {
  const { t } = useLingui();
  const functions = useAppSelector((state) => state.session.user?.functions ?? []);
  const [open, setOpen] = useState(false);
  const formats = allowedFormats(LISTS, functions);
  if (formats.length === 0) return null;
  const label = t`Exportar todas las filas`;
  return (
    <>
      <button
        type="button"
        className={classes.action}
        data-opens="export"
        title={label}
        aria-label={label}
        onClick={() => {
          setOpen(true);
        }}
      >
        <ExportIcon />
      </button>
      <Suspense>
        {open && (
          <ExportDialog
            wanted={wanted}
            name={name}
            formats={formats}
            onClose={() => {
              setOpen(false);
            }}
          />
        )}
      </Suspense>
    </>
  );
}
