import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { type Row, rowsOf } from '~/overview/answers';
import { abandonmentBand, abandonmentLimits } from '~/overview/bands';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { question, useScope } from '~/overview/scope';
import { BandMark } from '~/overview/Tile';
import { useAnswer } from '~/overview/useAnswer';
import { useSegmentName } from '~/overview/words';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { CallsBehind, CallsLink, useCallsColumn } from '~/shell/CallsLink';

const HEIGHT = 220;
const SEGMENTS_MAX = 50;

/** Which segment loses most calls: what is above the target, times how many it concerns. */
export function SegmentsPanel() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const segmentName = useSegmentName();
  const { answer, request, state } = useAnswer(
    question(scope, {
      metrics: ['calls', 'abandoned', 'abandoned_rate', 'duration_s_p50'],
      dimensions: ['segment'],
      order_by: ['-abandoned'],
      limit: SEGMENTS_MAX,
    }),
  );
  const rows = rowsOf(answer);
  const name = (row: Row) => segmentName(row.text('segment') ?? '');
  const callsColumn = useCallsColumn<Row>((row) => (
    <CallsLink cell={{ segment: row.text('segment') }} label={t`Ver las llamadas de ${name(row)}`} />
  ));
  return (
    <Panel
      area="segments"
      title={<Trans>Qué segmento falla</Trans>}
      caption={<Trans>Primero el que más llamadas pierde.</Trans>}
      state={{ ...state, empty: rows.length === 0 }}
      height={HEIGHT}
      empty={<Empty />}
      table={() => (
        <DataTable
          label={t`Segmentos por llamadas perdidas`}
          rows={rows}
          rowKey={(row) => row.text('segment') ?? ''}
          columns={[
            { key: 'segment', label: t`Segmento`, cell: name },
            {
              key: 'calls',
              label: t`Llamadas`,
              numeric: true,
              cell: (row) => format.integer(row.number('calls')),
            },
            {
              key: 'abandoned',
              label: t`Abandonadas`,
              numeric: true,
              cell: (row) => (
                <CallsBehind
                  metric="abandoned"
                  cell={{ segment: row.text('segment') }}
                  count={row.number('abandoned')}
                >
                  {format.integer(row.number('abandoned'))}
                </CallsBehind>
              ),
            },
            {
              key: 'rate',
              label: t`Abandono`,
              numeric: true,
              cell: (row) =>
                format.percentBeside(row.number('abandoned_rate'), abandonmentLimits(scope.targets)),
            },
            {
              key: 'band',
              label: t`Banda`,
              wideOnly: true,
              cell: (row) => {
                const band = abandonmentBand(row.number('abandoned_rate'), scope.targets);
                return band && <BandMark band={band} />;
              },
            },
            ...callsColumn,
          ]}
        />
      )}
      csv={
        <CsvButton
          request={request}
          fileName={`iact-${scope.period.first}-${scope.period.last}-${t`segmentos`}`}
        />
      }
    />
  );
}
