import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { CallsBehind, CallsLink, useCallsColumn } from '~/shell/CallsLink';

import { type Row, rowsOf } from './answers';
import { CsvButton } from './CsvButton';
import { Empty } from './Empty';
import { question, serviceLevelOf, useScope } from './scope';
import { useAnswer } from './useAnswer';

const QUEUES_MAX = 50; // more are a report, not an overview

export function QueuesPanel() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const { variant, threshold_s: seconds } = serviceLevelOf(scope);
  const callsColumn = useCallsColumn<Row>((row) => (
    <CallsLink
      cell={{ queue: row.text('queue') }}
      label={t`Ver las llamadas de ${row.text('queue') ?? ''}`}
    />
  ));
  const { answer, request, state } = useAnswer(
    question(scope, {
      metrics: ['offered', 'answered', 'abandoned', 'abandoned_rate', 'service_level', 'asa_s', 'wait_s_p90'],
      dimensions: ['queue'],
      order_by: ['-offered'],
      limit: QUEUES_MAX,
    }),
  );
  const rows = rowsOf(answer);
  const count = (metric: string) => (row: Row) => format.integer(row.number(metric));
  const percent = (metric: string) => (row: Row) => format.percent(row.number(metric));
  const clock = (metric: string) => (row: Row) => format.clock(row.number(metric));
  return (
    <Panel
      area="queues"
      title={<Trans>Colas</Trans>}
      caption={
        <Trans>
          Nivel de servicio {variant}, {seconds} s: atendidas a tiempo entre atendidas y abandonadas.
        </Trans>
      }
      state={{ ...state, empty: rows.length === 0 }}
      height={220}
      empty={<Empty />}
      table={() => (
        <DataTable
          label={t`Colas`}
          rows={rows}
          rowKey={(row) => row.text('queue') ?? ''}
          columns={[
            { key: 'queue', label: t`Cola`, cell: (row) => row.text('queue') },
            { key: 'offered', label: t`Ofrecidas`, numeric: true, cell: count('offered') },
            { key: 'answered', label: t`Atendidas`, numeric: true, wideOnly: true, cell: count('answered') },
            {
              key: 'abandoned',
              label: t`Abandonadas`,
              numeric: true,
              wideOnly: true,
              cell: (row) => (
                <CallsBehind
                  metric="abandoned"
                  cell={{ queue: row.text('queue') }}
                  count={row.number('abandoned')}
                >
                  {format.integer(row.number('abandoned'))}
                </CallsBehind>
              ),
            },
            { key: 'abandoned_rate', label: t`Abandono`, numeric: true, cell: percent('abandoned_rate') },
            { key: 'service_level', label: t`NS`, numeric: true, cell: percent('service_level') },
            { key: 'asa_s', label: t`ASA`, numeric: true, wideOnly: true, cell: clock('asa_s') },
            {
              key: 'wait_s_p90',
              label: t`Espera p90`,
              numeric: true,
              wideOnly: true,
              cell: clock('wait_s_p90'),
            },
            ...callsColumn,
          ]}
        />
      )}
      csv={
        <CsvButton
          request={request}
          fileName={`iact-${scope.period.first}-${scope.period.last}-${t`colas`}`}
        />
      }
    />
  );
}
