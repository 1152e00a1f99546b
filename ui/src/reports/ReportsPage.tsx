import { Trans, useLingui } from '@lingui/react/macro';
import { Link, useSearchParams } from 'react-router';

import { type ReportEntry, useListReportsQuery, useReadReportQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { useScope } from '~/overview/scope';
import { FilterSelect } from '~/parts/FilterSelect';
import { NothingHere, Panel } from '~/parts/Panel';
import { FailedState, Skeleton } from '~/parts/StateViews';
import { ScreenFrame } from '~/shell/ScreenFrame';

import { DownloadLinks } from './DownloadLinks';
import classes from './Reports.module.css';
import { chosenReport, reportAsked } from './reportState';
import { ReportTable } from './ReportTable';

export default function ReportsPage() {
  const { t } = useLingui();
  return (
    <ScreenFrame title={t`Informes`} tabs={['ivr', 'queues']} plain>
      {() => <Reports />}
    </ScreenFrame>
  );
}

function Reports() {
  const { kind } = useScope();
  const [params] = useSearchParams();
  const { data, error, isFetching, refetch } = useListReportsQuery();
  if (error && !isFetching) return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} />;
  const reports = data.items.filter(({ source_kind }) => source_kind === kind);
  const report = chosenReport(reports, params.get('report'));
  if (!report) return null;
  return (
    <div className={classes.screen}>
      <Choice reports={reports} chosen={report} />
      <Preview key={report.code} report={report} />
    </div>
  );
}

function Choice({ reports, chosen }: { reports: ReportEntry[]; chosen: ReportEntry }) {
  const { t } = useLingui();
  const language = useAppSelector((state) => state.preferences.language);
  const [params, setParams] = useSearchParams();
  const withReport = (code: string) => {
    const next = new URLSearchParams(params);
    next.set('report', code);
    return next;
  };
  return (
    <>
      <nav className={classes.wide} aria-label={t`Informes`}>
        <ul className={classes.list}>
          {reports.map(({ code, title }) => (
            <li key={code}>
              <Link
                className={classes.entry ?? ''}
                to={`?${withReport(code).toString()}`}
                aria-current={code === chosen.code ? 'page' : undefined}
              >
                {title[language]}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className={classes.narrow}>
        <FilterSelect
          label={t`Informe`}
          value={chosen.code}
          onChange={(code) => {
            setParams(withReport(code));
          }}
        >
          {reports.map(({ code, title }) => (
            <option key={code} value={code}>
              {title[language]}
            </option>
          ))}
        </FilterSelect>
      </div>
    </>
  );
}

function Preview({ report }: { report: ReportEntry }) {
  const format = useFormat();
  const scope = useScope();
  const language = useAppSelector((state) => state.preferences.language);
  const asked = reportAsked(scope, report.code);
  const { data, error, isFetching, refetch } = useReadReportQuery(asked);
  const count = format.integer(data?.rows.length);
  return (
    <Panel
      area="report"
      title={report.title[language]}
      caption={
        data && (
          <span data-total={data.rows.length}>
            <Trans>{count} filas</Trans>
            {data.parameters.quarter !== null && ` · ${data.parameters.quarter}`}
            {data.meta.data_as_of !== null && (
              <>
                {' · '}
                <Trans>datos hasta {format.dateTime(data.meta.data_as_of)}</Trans>
              </>
            )}
          </span>
        )
      }
      controls={<DownloadLinks {...asked} formats={report.formats} />}
      state={{
        loading: !data && isFetching,
        renewing: Boolean(data) && isFetching,
        problem: error && !isFetching ? problemOf(error) : null,
        empty: data?.rows.length === 0,
        retry: () => void refetch(),
      }}
      height={420}
      empty={
        <NothingHere>
          <Trans>El informe no tiene filas; elija un periodo con llamadas.</Trans>
        </NothingHere>
      }
      table={() => data && <ReportTable report={data} />}
    />
  );
}
