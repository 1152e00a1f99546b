import './catalogue';

import { Trans, useLingui } from '@lingui/react/macro';

import type { AnswerWarning, ReportAnswer, ReportColumn } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { type Format, NO_VALUE } from '~/format/format';
import { useFormat } from '~/format/useFormat';
import { useCentreName, useOptionName } from '~/ivr/words';
import { useMenuName, useSegmentName } from '~/overview/words';
import { DataTable } from '~/parts/DataTable';

import classes from './Reports.module.css';
import { warningText } from './warnings';

type Cell = string | number | boolean | null;
export const PREVIEW_ROWS = 200; // what a person scrolls through; the files have them all
const INSTANT = /^\d{4}-\d{2}-\d{2}T/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const IN_ONE_LINE = '\u00a0';

/** A cell as its column's type writes it. */
export function written(cell: Cell, type: ReportColumn['type'], format: Format): string {
  if (cell === null) return NO_VALUE;
  if (typeof cell === 'number') {
    if (type === 'ratio') return format.percent(cell);
    return type === 'integer' ? format.integer(cell) : format.decimal(cell);
  }
  const text = String(cell);
  if (MONTH.test(text)) return format.month(text).replaceAll(' ', IN_ONE_LINE);
  if (DAY.test(text)) return format.day(text).replaceAll(' ', IN_ONE_LINE);
  return INSTANT.test(text) ? format.dateTime(text) : text;
}

/** Words for what a report says in code; other texts are names of the centre's own and stay. */
function useCodeName(): (column: string, text: string) => string {
  const { t } = useLingui();
  const segment = useSegmentName();
  const writers: Record<string, (text: string) => string> = {
    segment: (text) => segment(text).replaceAll(' ', IN_ONE_LINE),
    menu: useMenuName(),
    option: useOptionName(),
    centre: useCentreName(),
  };
  const names: Record<string, Record<string, string>> = {
    row: { detail: t`Detalle`, subtotal: t`Subtotal`, total: t`Total` },
    class: { optimal: t`Óptimo`, acceptable: t`Aceptable`, critical: t`Crítico` },
    caller: { known: t`Conocido`, unknown: t`Desconocido` },
  };
  return (column, text) => writers[column]?.(text) ?? names[column]?.[text] ?? text;
}

export function ReportTable({ report }: { report: ReportAnswer }) {
  const format = useFormat();
  const language = useAppSelector((state) => state.preferences.language);
  const codeName = useCodeName();
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
          cell: ({ cells }: { cells: Cell[] }) =>
            codeName(column.name, written(cells[at] ?? null, column.type, format)),
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
  const named = columns.find(({ name }) => name === warning.column);
  const words = warningText(i18n, warning, {
    column: named?.title[language] ?? warning.column ?? '',
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
