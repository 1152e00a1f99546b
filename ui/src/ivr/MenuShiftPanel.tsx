import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { MetricHelp } from '~/overview/MetricHelp';
import { useScope } from '~/overview/scope';
import { ShareBar } from '~/overview/ShareBar';
import { useMenuName } from '~/overview/words';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { CallsLink, useCallsColumn } from '~/shell/CallsLink';

import { ShiftMark } from './ShiftMark';
import { type Moved, useShifts } from './useShifts';

const HEIGHT = 320;
const SHOWN = 15;

/** Where calls end now and where they ended before: a new version of a menu shows here first. */
export function MenuShiftPanel() {
  const { t } = useLingui();
  const scope = useScope();
  const { rows, calls, compared, request, state } = useShifts('menu');
  const fileName = `iact-${scope.period.first}-${scope.period.last}-${t`menus`}`;
  return (
    <Panel
      area="menus"
      title={<Trans>Dónde termina la llamada</Trans>}
      help={<MetricHelp metrics={['calls', 'abandoned']} name={t`Dónde termina la llamada`} />}
      caption={<Caption rows={rows} compared={compared} />}
      state={{ ...state, empty: calls === 0 }}
      height={HEIGHT}
      empty={<Empty />}
      table={() => <MenuTable rows={rows.slice(0, SHOWN)} compared={compared} />}
      csv={<CsvButton request={request} fileName={fileName} />}
    />
  );
}

function Caption({ rows, compared }: { rows: Moved[]; compared: boolean }) {
  const format = useFormat();
  const scope = useScope();
  const { first, last } = scope.previous;
  const days = first === last ? format.day(first) : format.dayRange(first, last);
  const clear = rows.filter(({ shift }) => shift?.clear).length;
  if (!compared) {
    return (
      <Trans>
        Los {Math.min(SHOWN, rows.length)} menús con más llamadas; no hay otro periodo con el que comparar.
      </Trans>
    );
  }
  return (
    <Trans>
      {clear} de {rows.length} menús cambiaron más de lo que explica el azar, frente a {days}.
    </Trans>
  );
}

function MenuTable({ rows, compared }: { rows: Moved[]; compared: boolean }) {
  const { t } = useLingui();
  const format = useFormat();
  const menuName = useMenuName();
  const largest = rows[0]?.share ?? 1;
  const callsColumn = useCallsColumn<Moved>(({ value }) => (
    <CallsLink cell={{ menu: value }} label={t`Ver las llamadas de ${menuName(value)}`} />
  ));
  return (
    <DataTable
      label={t`Menús en los que termina la llamada`}
      rows={rows}
      rowKey={({ value }) => value}
      columns={[
        { key: 'menu', label: t`Menú`, cell: ({ value }) => menuName(value) },
        { key: 'calls', label: t`Llamadas`, numeric: true, cell: (row) => format.integer(row.calls) },
        {
          key: 'share',
          label: t`Del total`,
          numeric: true,
          cell: ({ share, abandoned }) => (
            <ShareBar ratio={share} largest={largest} lost={abandoned > 0}>
              {format.percent(share)}
            </ShareBar>
          ),
        },
        ...(compared
          ? [
              {
                key: 'before',
                label: t`Antes`,
                numeric: true,
                wideOnly: true,
                cell: ({ before }: Moved) => format.percent(before),
              },
              {
                key: 'shift',
                label: t`Cambio`,
                numeric: true,
                cell: ({ shift }: Moved) => <ShiftMark shift={shift} />,
              },
            ]
          : []),
        ...callsColumn,
      ]}
    />
  );
}
