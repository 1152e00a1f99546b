import { Trans } from '@lingui/react/macro';

import { useReadReportQuery } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { useScope } from '~/overview/scope';
import { stateOf } from '~/overview/useAnswer';
import { NothingHere, Panel } from '~/parts/Panel';
import { addDays } from '~/period/zoned';
import { DownloadLinks } from '~/reports/DownloadLinks';
import { ReportTable } from '~/reports/ReportTable';

/** Who gave up and was not reached since: the report of that name, for the period of the bar. */
export function RecallPanel() {
  const scope = useScope();
  const format = useFormat();
  const asked = {
    code: 'recall-list',
    from: scope.period.first,
    to: addDays(scope.period.last, 1),
    zone: scope.zone,
  };
  const query = useReadReportQuery(asked);
  const { data } = query;
  return (
    <Panel
      area="recall"
      title={<Trans>Llamadas por devolver</Trans>}
      caption={
        data && (
          <Trans>
            <strong data-total={data.rows.length}>{format.integer(data.rows.length)}</strong> abandonaron y no
            se les ha atendido después. Por el identificador se encuentran en el PBX.
          </Trans>
        )
      }
      controls={<DownloadLinks {...asked} formats={['csv', 'xlsx', 'pdf']} />}
      state={{
        ...stateOf(query),
        empty: data?.rows.length === 0,
      }}
      height={320}
      empty={
        <NothingHere>
          <Trans>Nadie que abandonara queda por atender en este periodo.</Trans>
        </NothingHere>
      }
      table={() => data && <ReportTable report={data} />}
    />
  );
}
