import './catalogue';

import { useLingui } from '@lingui/react/macro';

import { useAppSelector } from '~/app/store';
import { DownloadIcon } from '~/parts/icons';

import { allowedFormats } from './files';
import classes from './Reports.module.css';
import { fileAddress, type ReportAsked } from './reportState';

/** The report as a file, in the formats that the person may take away. */
export function DownloadLinks({ formats, ...asked }: ReportAsked & { formats: readonly string[] }) {
  const { t } = useLingui();
  const language = useAppSelector((state) => state.preferences.language);
  const functions = useAppSelector((state) => state.session.user?.functions ?? []);
  return allowedFormats(formats, functions).map((format) => {
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
