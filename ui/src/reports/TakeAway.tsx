import { Trans } from '@lingui/react/macro';
import { lazy, Suspense, useState } from 'react';

import type { ReportEntry } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { useMay } from '~/session/useSession';

import { allowedFormats, SCHEDULE_FUNCTION } from './files';
import classes from './Reports.module.css';
import type { ReportAsked } from './reportState';

const ExportDialog = lazy(() => import('./ExportDialog'));
const ScheduleDialog = lazy(() => import('./ScheduleDialog'));

/** The report made while one goes on working, or made by itself on a calendar. */
export function TakeAway({ report, asked }: { report: ReportEntry; asked: ReportAsked }) {
  const language = useAppSelector((state) => state.preferences.language);
  const functions = useAppSelector((state) => state.session.user?.functions ?? []);
  const maySchedule = useMay(SCHEDULE_FUNCTION);
  const [open, setOpen] = useState<'export' | 'schedule' | null>(null);
  const formats = allowedFormats(report.formats, functions);
  if (formats.length === 0) return null;
  const close = () => {
    setOpen(null);
  };
  return (
    <span className={classes.together}>
      <button
        type="button"
        className={classes.download}
        onClick={() => {
          setOpen('export');
        }}
      >
        <Trans>Exportar</Trans>
      </button>
      {maySchedule && (
        <button
          type="button"
          className={classes.download}
          onClick={() => {
            setOpen('schedule');
          }}
        >
          <Trans>Programar</Trans>
        </button>
      )}
      <Suspense>
        {open === 'export' && (
          <ExportDialog
            wanted={{ report: asked }}
            name={report.title[language]}
            formats={formats}
            onClose={close}
          />
        )}
        {open === 'schedule' && <ScheduleDialog report={report} formats={formats} onClose={close} />}
      </Suspense>
    </span>
  );
}
