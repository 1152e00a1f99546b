import { Trans } from '@lingui/react/macro';

import { useReadReportQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { useScope } from '~/overview/scope';
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
  const { data, error, isFetching, refetch } = useReadReportQuery(asked);
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
        loading: !data && isFetching,
        renewing: Boolean(data) && isFetching,
        problem: error && !isFetching ? problemOf(error) : null,
        empty: data?.rows.length === 0,
        retry: () => void refetch(),
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
