import './catalogue';

import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';

import { type ReportEntry, useListReportsQuery, useReadReportQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { useScope } from '~/overview/scope';
import { stateOf } from '~/overview/useAnswer';
import { FilterSelect } from '~/parts/FilterSelect';
import { NothingHere, Panel } from '~/parts/Panel';
import { FailedState, NoPermission, Skeleton } from '~/parts/StateViews';
import { useMay, useMayAny } from '~/session/useSession';
import { PlainFrame } from '~/shell/PlainFrame';
import { ScreenFrame } from '~/shell/ScreenFrame';
import { useAddressParams, useWritten } from '~/views/opened';

import { DownloadLinks } from './DownloadLinks';
import { FORMAT_FUNCTIONS, SCHEDULE_FUNCTION } from './files';
import { FilesPart } from './FilesPart';
import { partOf } from './parts';
import classes from './Reports.module.css';
import { chosenReport, reportAsked } from './reportState';
import { ReportTable } from './ReportTable';
import { SchedulesPart } from './SchedulesPart';
import { TakeAway } from './TakeAway';

export default function ReportsPage() {
  const { t } = useLingui();
  const [params] = useAddressParams();
  const extra = useExtra();
  const part = partOf(params);
  if (part === null) {
    return (
      <ScreenFrame title={t`Informes`} tabs={['ivr', 'queues']} plain extra={extra}>
        {() => <Reports />}
      </ScreenFrame>
    );
  }
  const items = [{ id: 'reports', label: t`Informes`, to: '?' }, ...extra];
  return (
    <PlainFrame title={t`Informes`} parts={{ label: t`Partes de los informes`, current: part, items }}>
      <div className={classes.alone}>
        {!extra.some(({ id }) => id === part) ? (
          <NoPermission functions={part === 'files' ? FILE_FUNCTIONS : SCHEDULE_FUNCTION} />
        ) : part === 'files' ? (
          <FilesPart />
        ) : (
          <SchedulesPart />
        )}
      </div>
    </PlainFrame>
  );
}

const FILE_FUNCTIONS = Object.values(FORMAT_FUNCTIONS);

/** The parts beside the reports that this person has. */
function useExtra() {
  const { t } = useLingui();
  const files = useMayAny(FILE_FUNCTIONS);
  const schedules = useMay(SCHEDULE_FUNCTION);
  return [
    ...(files ? [{ id: 'files', label: t`Archivos`, to: '?part=files' }] : []),
    ...(schedules ? [{ id: 'schedules', label: t`Programados`, to: '?part=schedules' }] : []),
  ];
}

function Reports() {
  const { kind } = useScope();
  const [params] = useAddressParams();
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
  const [params, setParams] = useAddressParams();
  const written = useWritten();
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
                to={`?${written(withReport(code)).toString()}`}
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
  const query = useReadReportQuery(asked);
  const { data } = query;
  const count = format.integer(data?.rows.length);
  return (
    <Panel
      area="report"
      title={report.title[language]}
      caption={
        data && (
          <span data-total={data.rows.length}>
            <Plural value={data.rows.length} one="# fila" other={`${count} filas`} />
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
      controls={
        <>
          <DownloadLinks {...asked} formats={report.formats} />
          <TakeAway report={report} asked={asked} />
        </>
      }
      state={{
        ...stateOf(query),
        empty: data?.rows.length === 0,
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
