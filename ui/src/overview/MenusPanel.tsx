import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { CallsLink, useCallsColumn } from '~/shell/CallsLink';

import { ratio, type Row, rowsOf, totalsOf } from './answers';
import { CsvButton } from './CsvButton';
import { Empty } from './Empty';
import { question, useScope } from './scope';
import { ShareBar } from './ShareBar';
import { useAnswer } from './useAnswer';
import { useMenuName } from './words';

const SHOWN = 10;
const ROW_PX = 31;

export function MenusPanel() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const menuName = useMenuName();
  const callsColumn = useCallsColumn<Row>((row) => (
    <CallsLink
      cell={{ menu: row.text('menu') }}
      label={t`Ver las llamadas de ${menuName(row.text('menu'))}`}
    />
  ));
  const { answer, request, state } = useAnswer(
    question(scope, {
      metrics: ['calls', 'abandoned'],
      dimensions: ['menu'],
      order_by: ['-calls'],
      limit: SHOWN,
      totals: true,
    }),
  );
  const rows = rowsOf(answer);
  const totals = totalsOf(answer);
  const share = (row: Row) => ratio(row.number('calls'), totals?.number('calls'));
  const lost = (row: Row) => ratio(row.number('abandoned'), totals?.number('abandoned'));
  const largest = rows[0] ? (share(rows[0]) ?? 1) : 1;
  const shown = rows.reduce((sum, row) => sum + (row.number('calls') ?? 0), 0);

  return (
    <Panel
      area="menus"
      title={<Trans>Menús con más llamadas</Trans>}
      caption={
        <Trans>
          Último menú de cada llamada; estos {rows.length} reúnen{' '}
          {format.percent(ratio(shown, totals?.number('calls')))} del total. En naranja, los que cuentan como
          abandono.
        </Trans>
      }
      state={{ ...state, empty: shown === 0 }}
      height={ROW_PX * (SHOWN + 1)}
      empty={<Empty />}
      table={() => (
        <DataTable
          label={t`Menús con más llamadas`}
          rows={rows}
          rowKey={(row) => row.text('menu') ?? ''}
          columns={[
            { key: 'menu', label: t`Menú`, cell: (row) => menuName(row.text('menu')) },
            {
              key: 'calls',
              label: t`Llamadas`,
              numeric: true,
              cell: (row) => format.integer(row.number('calls')),
            },
            {
              key: 'share',
              label: t`Del total`,
              numeric: true,
              cell: (row) => (
                <ShareBar ratio={share(row)} largest={largest} lost={Boolean(row.number('abandoned'))}>
                  {format.percent(share(row))}
                </ShareBar>
              ),
            },
            {
              key: 'lost',
              label: t`Del abandono`,
              numeric: true,
              cell: (row) => (row.number('abandoned') ? format.percent(lost(row)) : '·'),
            },
            ...callsColumn,
          ]}
        />
      )}
      csv={
        <CsvButton
          request={request}
          fileName={`iact-${scope.period.first}-${scope.period.last}-${t`menus`}`}
        />
      }
    />
  );
}
