import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';

import { generatedApi, type QueryRequest } from '~/api/generated';
import { useAppDispatch } from '~/app/store';
import { DownloadIcon } from '~/parts/icons';
import classes from '~/parts/Panel.module.css';
import { saveFile } from '~/parts/saveFile';
import { useMay } from '~/session/useSession';

import { ExportButton } from './ExportButton';

const EXPORT_CSV = 'RPT-004';
// Spreadsheets take a file without this mark for Latin-1 and break every accent.
const BYTE_ORDER_MARK = '\uFEFF';

interface Props {
  request: QueryRequest;
  /** Without the ending. */
  fileName: string;
}

/** The same question as a file: what stands here at once, all of it in the background. */
export function CsvButton({ request, fileName }: Props) {
  return (
    <>
      <AtOnce request={request} fileName={fileName} />
      <ExportButton wanted={{ query: request }} name={fileName} />
    </>
  );
}

function AtOnce({ request, fileName }: Props) {
  const { t } = useLingui();
  const allowed = useMay(EXPORT_CSV);
  const dispatch = useAppDispatch();
  const [state, setState] = useState<'idle' | 'busy' | 'failed'>('idle');
  if (!allowed) return null;

  const download = async () => {
    setState('busy');
    const { data, error } = await dispatch(
      generatedApi.endpoints.runQuery.initiate(
        { accept: 'text/csv', queryRequest: request },
        { forceRefetch: true, subscribe: false },
      ),
    );
    setState(error ? 'failed' : 'idle');
    if (!error)
      saveFile(`${fileName}.csv`, BYTE_ORDER_MARK + (data as unknown as string), 'text/csv;charset=utf-8');
  };

  const label = state === 'failed' ? t`No se pudo descargar; pulse para reintentar` : t`Descargar CSV`;
  return (
    <button
      type="button"
      className={classes.action}
      title={label}
      aria-label={label}
      disabled={state === 'busy'}
      data-failed={state === 'failed' || undefined}
      onClick={() => void download()}
    >
      <DownloadIcon />
    </button>
  );
}
