import { useLingui } from '@lingui/react/macro';

import { useAppSelector } from '~/app/store';
import { DownloadIcon } from '~/parts/icons';

import classes from './Reports.module.css';
import { fileAddress, type ReportAsked } from './reportState';

const FUNCTIONS = { csv: 'RPT-004', xlsx: 'RPT-005', pdf: 'RPT-006' } as const;
type FileFormat = keyof typeof FUNCTIONS;

/** The report as a file, in the formats that the person may take away. */
export function DownloadLinks({ formats, ...asked }: ReportAsked & { formats: readonly string[] }) {
  const { t } = useLingui();
  const language = useAppSelector((state) => state.preferences.language);
  const functions = useAppSelector((state) => state.session.user?.functions ?? []);
  const offered = (Object.keys(FUNCTIONS) as FileFormat[]).filter(
    (format) => formats.includes(format) && functions.includes(FUNCTIONS[format]),
  );
  return offered.map((format) => {
    const name = format.toUpperCase();
    return (
      <a
        key={format}
        className={classes.download}
        href={fileAddress(asked, format, language)}
        download
        aria-label={t`Descargar ${name}`}
      >
        <DownloadIcon />
        {name}
      </a>
    );
  });
}
