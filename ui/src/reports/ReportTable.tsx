import './catalogue';

import { Trans, useLingui } from '@lingui/react/macro';

import type { AnswerWarning, ReportAnswer, ReportColumn } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';

import classes from './Reports.module.css';
import { codeText } from './codes';
import { type Cell, useCellText } from './useCellText';
import { warningText } from './warnings';

export const PREVIEW_ROWS = 200; // what a person scrolls through; the files have them all

export function ReportTable({ report }: { report: ReportAnswer }) {
  const format = useFormat();
  const language = useAppSelector((state) => state.preferences.language);
  const cellText = useCellText(report.columns);
  const rows = report.rows.slice(0, PREVIEW_ROWS).map((cells, index) => ({ cells, index }));
  const all = format.integer(report.rows.length);
  return (
    <>
      {report.warnings.map((warning) => (
        <Warning key={warning.code + warning.detail} warning={warning} columns={report.columns} />
      ))}
      <DataTable
        cards
        label={report.title[language]}
        rows={rows}
        rowKey={({ index }) => String(index)}
        columns={report.columns.map((column, at) => ({
          key: column.name,
          label: column.title[language],
          ...(column.type !== 'text' && column.type !== 'date' && { numeric: true }),
          cell: ({ cells }: { cells: Cell[] }) => cellText(cells, at),
        }))}
      />
      {report.rows.length > PREVIEW_ROWS && (
        <p className={classes.formulas}>
          <Trans>
            Se ven las primeras {PREVIEW_ROWS} de {all} filas; los archivos las traen todas.
          </Trans>
        </p>
      )}
      <Formulas report={report} />
    </>
  );
}

/** Why a number is missing or holds less than it seems; a reason that is new to this page is told in English. */
function Warning({ warning, columns }: { warning: AnswerWarning; columns: ReportColumn[] }) {
  const { i18n } = useLingui();
  const format = useFormat();
  const language = useAppSelector((state) => state.preferences.language);
  const metric = warning.column ?? '';
  const named = columns.find(({ name }) => name === metric)?.title[language];
  const words = warningText(i18n, warning, {
    // A metric that is a row of the table has no column.
    column: named ?? codeText(i18n, 'metric', metric) ?? metric,
    calls: format.integer(warning.calls ?? 0),
    count: warning.calls ?? 0,
  });
  return (
    <p className={classes.warning} lang={words === null ? 'en' : undefined}>
      {words ?? warning.detail}
    </p>
  );
}

function Formulas({ report }: { report: ReportAnswer }) {
  const language = useAppSelector((state) => state.preferences.language);
  if (report.formulas.length === 0) return null;
  return (
    <details className={classes.formulas}>
      <summary>
        <Trans>Cómo se calcula</Trans>
      </summary>
      <ul>
        {report.formulas.map(({ metric, version, formula, formula_es }) => (
          <li key={metric}>
            <code>{metric}</code> v{version}: {language === 'es' ? formula_es : formula}
          </li>
        ))}
      </ul>
    </details>
  );
}
