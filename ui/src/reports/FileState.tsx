import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import type { ExportOut } from '~/api/generated';
import { useDeleteExportMutation } from '~/api/office';
import { useFormat } from '~/format/useFormat';
import { DownloadIcon } from '~/parts/icons';
import { Said } from '~/sentences/Said';
import { State, type Tone } from '~/system/Pieces';

import { bytesText, isOpen } from './files';
import classes from './Reports.module.css';
import { useExportStates } from './words';

const TONES: Record<ExportOut['state'], Tone> = {
  queued: 'none',
  running: 'none',
  done: 'good',
  failed: 'bad',
  cancelled: 'none',
};

/** How a file stands: while it is made, how far; when it failed, why. */
export function FileState({ file }: { file: ExportOut }) {
  const { t } = useLingui();
  const format = useFormat();
  const states = useExportStates();
  const done = format.integer(file.rows_done);
  const size = bytesText(file.bytes, format.locale);
  return (
    <div className={classes.fileState} data-file-state={file.state}>
      <span>
        <State tone={TONES[file.state]}>{states[file.state]}</State>
      </span>
      {isOpen(file) && (
        <progress
          aria-label={t`Avance de ${file.name}`}
          max={1}
          {...(file.progress !== null && { value: file.progress })}
        />
      )}
      {file.detail !== null && (
        <span className={classes.soft}>
          <Said sentence={file.detail} />
        </span>
      )}
      {(file.state === 'running' || file.state === 'done') && (
        <span className={classes.soft}>
          <Plural value={file.rows_done} one="# fila" other={`${done} filas`} />
          {size !== null && ` · ${size}`}
        </span>
      )}
    </div>
  );
}

export function FileActions({ file }: { file: ExportOut }) {
  const { t } = useLingui();
  const [remove, { isLoading }] = useDeleteExportMutation();
  const open = isOpen(file);
  return (
    <div className={classes.fileActions}>
      {file.state === 'done' && (
        <a
          className={classes.download}
          href={`/api/v1/analytics/exports/${encodeURIComponent(file.id)}/file`}
          download
          aria-label={t`Descargar ${file.format.toUpperCase()} de ${file.name}`}
        >
          <DownloadIcon />
          {file.format.toUpperCase()}
        </a>
      )}
      <Button
        size="xs"
        variant="default"
        loading={isLoading}
        aria-label={open ? t`Cancelar ${file.name}` : t`Borrar ${file.name}`}
        onClick={() => void remove({ exportId: file.id })}
      >
        {open ? <Trans>Cancelar</Trans> : <Trans>Borrar</Trans>}
      </Button>
    </div>
  );
}
