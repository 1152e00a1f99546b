import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { ratio } from '~/overview/answers';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { MetricHelp } from '~/overview/MetricHelp';
import { useScope } from '~/overview/scope';
import { ShareBar } from '~/overview/ShareBar';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { CallsLink, useCallsColumn } from '~/shell/CallsLink';

import { ShiftMark } from './ShiftMark';
import { type Moved, useShifts } from './useShifts';
import { useCentreName } from './words';

const HEIGHT = 320;
const SHOWN = 15;

export function CentresPanel() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const { rows, calls, compared, request, state } = useShifts('centre');
  const shown = rows.slice(0, SHOWN);
  const held = shown.reduce((sum, row) => sum + row.calls, 0);
  const fileName = `iact-${scope.period.first}-${scope.period.last}-${t`centros`}`;
  return (
    <Panel
      area="centres"
      title={<Trans>Centros de transferencia</Trans>}
      help={<MetricHelp metrics={['calls', 'transferred']} name={t`Centros de transferencia`} />}
      caption={
        <Trans>
          {shown.length} de {rows.length} destinos reúnen {format.percent(ratio(held, calls))} de las
          llamadas.
        </Trans>
      }
      state={{ ...state, empty: calls === 0 }}
      height={HEIGHT}
      empty={<Empty />}
      table={() => <CentreTable rows={shown} compared={compared} />}
      csv={<CsvButton request={request} fileName={fileName} />}
    />
  );
}

function CentreTable({ rows, compared }: { rows: Moved[]; compared: boolean }) {
  const { t } = useLingui();
  const format = useFormat();
  const centreName = useCentreName();
  const largest = rows[0]?.share ?? 1;
  const callsColumn = useCallsColumn<Moved>(({ value }) => (
    <CallsLink cell={{ centre: value }} label={t`Ver las llamadas de ${centreName(value)}`} />
  ));
  return (
    <DataTable
      label={t`Centros de transferencia`}
      rows={rows}
      rowKey={({ value }) => value}
      columns={[
        { key: 'centre', label: t`Centro`, cell: ({ value }) => centreName(value) },
        { key: 'calls', label: t`Llamadas`, numeric: true, cell: (row) => format.integer(row.calls) },
        {
          key: 'share',
          label: t`Del total`,
          numeric: true,
          cell: ({ share, value }) => (
            <ShareBar ratio={share} largest={largest} lost={value === 'CLIENTE_COLGO'}>
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
