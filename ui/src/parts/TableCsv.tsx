import { useLingui } from '@lingui/react/macro';

import { useMay } from '~/session/useSession';

import { csvText } from './csvText';
import { DownloadIcon } from './icons';
import classes from './Panel.module.css';
import { saveFile } from './saveFile';

const EXPORT_CSV = 'RPT-004';

interface Props {
  /** Without the ending. */
  fileName: string;
  columns: string[];
  rows: (string | number | boolean | null)[][];
}

/** What stands on screen as a file, where the server has no file of it. */
export function TableCsv({ fileName, columns, rows }: Props) {
  const { t } = useLingui();
  const allowed = useMay(EXPORT_CSV);
  if (!allowed || rows.length === 0) return null;
  return (
    <button
      type="button"
      className={classes.action}
      title={t`Descargar CSV`}
      aria-label={t`Descargar CSV`}
      onClick={() => {
        saveFile(`${fileName}.csv`, csvText(columns, rows), 'text/csv;charset=utf-8');
      }}
    >
      <DownloadIcon />
    </button>
  );
}
