import './catalogue';

import { Trans, useLingui } from '@lingui/react/macro';
import { Button, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';
import { Link } from 'react-router';

import type { ExportRequest } from '~/api/generated';
import { useCreateExportMutation, useListExportsQuery } from '~/api/office';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { ProblemText } from '~/parts/ProblemText';
import { Segmented } from '~/parts/Segmented';
import { Dialog } from '~/parts/Sheet';

import { FileActions, FileState } from './FileState';
import { type FileFormat, pollEvery } from './files';
import { FILES_ADDRESS } from './parts';
import classes from './Reports.module.css';

const NAME_CHARS_MAX = 200; // of the interface

interface Props {
  /** What is asked, without its form. */
  wanted: Pick<ExportRequest, 'report' | 'query' | 'calls'>;
  name: string;
  formats: FileFormat[];
  onClose: () => void;
}

/** Has a file made in the background, and shows it grow; closing leaves it at work. */
export default function ExportDialog({ wanted, name: proposed, formats, onClose }: Props) {
  const { t } = useLingui();
  const language = useAppSelector((state) => state.preferences.language);
  const [format, setFormat] = useState<FileFormat>(formats[0] ?? 'csv');
  const [name, setName] = useState(proposed);
  const [create, { data: made, error, isLoading }] = useCreateExportMutation();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    // Spreadsheets take a CSV without this mark for Latin-1.
    const exportRequest = { ...wanted, format, language, name, bom: format === 'csv' };
    void create({ exportRequest, 'idempotency-key': crypto.randomUUID() });
  };
  return (
    <Dialog title={t`Exportar`} onClose={onClose} size={480}>
      {made ? (
        <Made id={made.id} />
      ) : (
        <form className={classes.form} onSubmit={submit}>
          <TextInput
            label={t`Nombre`}
            required
            withAsterisk={false}
            maxLength={NAME_CHARS_MAX}
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
          <div className={classes.field}>
            <span>
              <Trans>Formato</Trans>
            </span>
            <Segmented
              label={t`Formato`}
              value={format}
              options={formats.map((value) => ({ value, label: value.toUpperCase() }))}
              onChange={setFormat}
            />
          </div>
          <p className={classes.soft}>
            <Trans>
              Se hace en segundo plano: hasta un millón de filas y 200 MB. El archivo se guarda 24 horas.
            </Trans>
          </p>
          {error && <ProblemText problem={problemOf(error)} />}
          <Button type="submit" loading={isLoading}>
            <Trans>Hacer el archivo</Trans>
          </Button>
        </form>
      )}
    </Dialog>
  );
}

function Made({ id }: { id: string }) {
  const [every, setEvery] = useState(pollEvery([{ state: 'queued' }]));
  const { data } = useListExportsQuery(undefined, { pollingInterval: every });
  const file = data?.items.find((each) => each.id === id);
  const wanted = pollEvery(file ? [file] : [{ state: 'queued' }]);
  if (wanted !== every) setEvery(wanted);
  return (
    <div className={classes.form} role="status">
      {file && (
        <div className={classes.made}>
          <strong>{file.name}</strong>
          <FileState file={file} />
          <FileActions file={file} />
        </div>
      )}
      <p className={classes.soft}>
        <Trans>
          Puede cerrar y seguir trabajando: queda en <Link to={FILES_ADDRESS}>Archivos</Link>.
        </Trans>
      </p>
    </div>
  );
}
