import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';

import type { ExportOut } from '~/api/generated';
import { useListExportsQuery } from '~/api/office';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';
import { addDays } from '~/period/zoned';
import { listState } from '~/system/listState';

import { FileActions, FileState } from './FileState';
import { daysAsked, pollEvery } from './files';
import classes from './Reports.module.css';

/** What was made and what is being made; everything goes by itself after a day. */
export function FilesPart() {
  const { t } = useLingui();
  const format = useFormat();
  const [every, setEvery] = useState(pollEvery(undefined));
  const files = useListExportsQuery(undefined, { pollingInterval: every, skipPollingIfUnfocused: true });
  const rows = files.data?.items ?? [];
  const wanted = pollEvery(rows);
  if (wanted !== every) setEvery(wanted);
  return (
    <Panel
      area="files"
      title={<Trans>Archivos</Trans>}
      caption={
        <Trans>
          Un archivo se guarda 24 horas. Cada persona puede tener 5 haciéndose y 50 guardados; cada uno, hasta
          un millón de filas y 200 MB.
        </Trans>
      }
      state={listState(files, rows.length === 0)}
      height={280}
      empty={
        <EmptyState title={<Trans>Todavía no ha pedido ningún archivo</Trans>}>
          <Trans>
            Elija Exportar en un informe, en la lista de llamadas o en cualquier bloque; o programe un informe
            para que se haga solo.
          </Trans>
        </EmptyState>
      }
      table={() => (
        <DataTable
          label={t`Archivos`}
          rows={rows}
          rowKey={({ id }) => id}
          columns={[
            { key: 'name', label: t`Archivo`, cell: (file) => <Name file={file} /> },
            { key: 'state', label: t`Estado`, cell: (file) => <FileState file={file} /> },
            {
              key: 'made',
              label: t`Pedido`,
              wideOnly: true,
              cell: ({ created_at }) => format.dateTime(created_at),
            },
            {
              key: 'until',
              label: t`Se guarda hasta`,
              wideOnly: true,
              cell: ({ expires_at }) => expires_at !== null && format.dateTime(expires_at),
            },
            {
              key: 'act',
              label: <span className="visually-hidden">{t`Acciones`}</span>,
              numeric: true,
              cell: (file) => <FileActions file={file} />,
            },
          ]}
        />
      )}
    />
  );
}

function Name({ file }: { file: ExportOut }) {
  const format = useFormat();
  const asked = daysAsked(file.request);
  const days =
    asked && ('quarter' in asked ? asked.quarter : format.dayRange(asked.from, addDays(asked.to, -1)));
  return (
    <span data-file={file.id}>
      {file.name}
      <div className={classes.soft}>
        {file.format.toUpperCase()}
        {days && ` · ${days}`}
        {file.schedule_id !== null && (
          <>
            {' · '}
            <Trans>programado</Trans>
          </>
        )}
      </div>
    </span>
  );
}
