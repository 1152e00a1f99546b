import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';

import {
  type EvidenceAnswer,
  type EvidenceItem,
  type FailureLinkRef,
  type MetricsAnswer,
  useReadMetricEvidenceQuery,
} from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { DataTable, type TableColumn } from '~/parts/DataTable';
import { DownloadIcon } from '~/parts/icons';
import { SideSheet } from '~/parts/Sheet';
import { EmptyState, FailedState, Skeleton } from '~/parts/StateViews';
import reports from '~/reports/Reports.module.css';

import { byCount, evidenceFile, inOrder, type Metric, pageAsked, rowKey, unlinkedOf } from './evidence';
import { useGradeNames, useMetricNames, useReasonNames } from './evidenceWords';
import { Facts, Pages, Section, State } from './Pieces';
import classes from './System.module.css';
import { ServerSentence } from './ServerSentence';
import type { Change } from './useAddress';

const WIDTH = 760;

interface Props {
  metric: Metric;
  answer: MetricsAnswer;
  cursor: string | null;
  change: Change;
}

/** Everything behind one number, and what does not count with its reason. */
export default function EvidenceDrawer({ metric, answer, cursor, change }: Props) {
  const names = useMetricNames();
  // The numbers behind go on being polled; what is read here stays that of one moment.
  const [{ window, exclusions }] = useState(answer);
  const { data, error, isFetching, refetch } = useReadMetricEvidenceQuery(pageAsked(metric, window, cursor));
  const close = () => {
    change({ evidence: null, cursor: null });
  };
  return (
    <SideSheet onClose={close} size={WIDTH} title={<Trans>{names[metric]}: lo que hay detrás</Trans>}>
      {error && !isFetching ? (
        <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />
      ) : !data || isFetching ? (
        <Skeleton height={360} />
      ) : (
        <Told
          evidence={data}
          unlinked={unlinkedOf(exclusions)}
          href={evidenceFile(metric, window)}
          cursor={cursor}
          change={change}
        />
      )}
    </SideSheet>
  );
}

interface ToldProps {
  evidence: EvidenceAnswer;
  unlinked: Record<string, number>;
  href: string;
  cursor: string | null;
  change: Change;
}

function Told({ evidence, unlinked, href, cursor, change }: ToldProps) {
  const { t } = useLingui();
  const format = useFormat();
  const { metric, window, items, total, counted, left_out: leftOut, next_offset: next } = evidence;
  const ofFailures = metric !== 'deployment_frequency' && metric !== 'change_lead_time';
  if (total === 0)
    return (
      <EmptyState title={<Trans>No hay nada detrás de este número</Trans>}>
        <Trans>Nadie avisó de ningún despliegue en estos días.</Trans>
      </EmptyState>
    );
  return (
    <div className={classes.stack} data-evidence={metric}>
      <div className={classes.row}>
        <a className={reports.download} href={href} download aria-label={t`Descargar CSV`}>
          <DownloadIcon />
          CSV
        </a>
      </div>
      <Facts
        items={[
          [t`Desde`, format.dateTime(window.from)],
          [t`Hasta`, format.dateTime(window.to)],
          [t`Cuentan`, t`${format.integer(counted)} de ${format.integer(total)}`],
        ]}
      />
      <Reasons title={t`Lo que no cuenta, y por qué`} counts={leftOut} />
      {ofFailures && <Reasons title={t`Enlaces con un fallo que no se pudieron hacer`} counts={unlinked} />}
      <Section>
        <Trans>Uno por uno</Trans>
      </Section>
      <Rows metric={metric} items={items} />
      <Pages cursor={cursor} next={next === null ? null : String(next)} change={change} />
    </div>
  );
}

function Reasons({ title, counts }: { title: string; counts: Record<string, number> }) {
  const { t } = useLingui();
  const format = useFormat();
  const nameOf = useReasonNames();
  const rows = byCount(counts);
  if (rows.length === 0) return null;
  return (
    <div>
      <Section>{title}</Section>
      <DataTable
        label={title}
        rows={rows}
        rowKey={([reason]) => reason}
        columns={[
          { key: 'reason', label: t`Motivo`, cell: ([reason]) => nameOf(reason) },
          { key: 'count', label: t`Cuántos`, numeric: true, cell: ([, count]) => format.integer(count) },
        ]}
      />
    </div>
  );
}

function Rows({ metric, items }: { metric: Metric; items: EvidenceItem[] }) {
  const { t } = useLingui();
  const format = useFormat();
  const isTime = metric === 'change_lead_time' || metric === 'failed_deployment_recovery_time';
  const isShare = metric === 'change_fail_rate' || metric === 'deployment_rework_rate';
  const columns: TableColumn<EvidenceItem>[] = [
    { key: 'deployment', label: t`Despliegue`, cell: (item) => <Deployed item={item} /> },
    ...(metric === 'change_lead_time'
      ? [{ key: 'commit', label: t`Commit`, cell: (item: EvidenceItem) => <Commit item={item} /> }]
      : []),
    ...(isTime
      ? [
          {
            key: 'value',
            label: t`Duró`,
            numeric: true,
            cell: ({ value_s }: EvidenceItem) => format.duration(value_s),
          },
        ]
      : []),
    ...(metric === 'deployment_frequency' || metric === 'change_lead_time'
      ? []
      : [{ key: 'links', label: t`Prueba`, cell: (item: EvidenceItem) => <Links links={item.links} /> }]),
    {
      key: 'counts',
      label: isShare ? t`Resultado` : t`Cuenta`,
      cell: (item) => <Verdict item={item} share={isShare} />,
    },
  ];
  return <DataTable label={t`Uno por uno`} rows={items} rowKey={rowKey} columns={columns} />;
}

function Deployed({ item: { deployment } }: { item: EvidenceItem }) {
  const format = useFormat();
  if (!deployment) return '–';
  const { service, version, name, commits, at } = deployment;
  return (
    <>
      {format.dateTime(at)}
      <div className={classes.codes}>
        {service} {version ?? name ?? commits[0]?.slice(0, 10)}
      </div>
    </>
  );
}

function Commit({ item: { commit } }: { item: EvidenceItem }) {
  if (!commit) return '–';
  return (
    <>
      <code>{commit.sha.slice(0, 10)}</code>
      <div className={classes.codes}>{commit.subject}</div>
    </>
  );
}

function Verdict({ item, share }: { item: EvidenceItem; share: boolean }) {
  const { t } = useLingui();
  const nameOf = useReasonNames();
  if (!item.counted)
    return (
      <>
        <State tone="none">{t`No cuenta`}</State>
        {item.reason !== null && <div className={classes.soft}>{nameOf(item.reason)}</div>}
      </>
    );
  if (!share) return <State tone="good">{t`Cuenta`}</State>;
  return <State tone={item.numerator ? 'bad' : 'good'}>{item.numerator ? t`Sí` : t`No`}</State>;
}

/** Each reason to call it failed, with how strong it is; of several the strongest decides. */
function Links({ links }: { links: FailureLinkRef[] }) {
  const { t } = useLingui();
  const grades = useGradeNames();
  if (links.length === 0) return '–';
  return (
    <ul className={classes.links}>
      {inOrder(links).map((link) => (
        <li key={`${link.grade} ${link.failed} ${link.fix ?? ''} ${link.incident ?? ''} ${link.reason}`}>
          <State tone={link.deciding ? 'warn' : 'none'}>{grades[link.grade]}</State>
          {link.deciding && links.length > 1 && <span className={classes.soft}> {t`decide`}</span>}
          <div className={classes.codes}>
            <ServerSentence sentence={link.reason} />
          </div>
        </li>
      ))}
    </ul>
  );
}
