import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import {
  type AuditEvent,
  type AuditVerification,
  useListAuditEventsQuery,
  useVerifyAuditEventsQuery,
} from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { FilterInput } from '~/parts/FilterInput';
import { DownloadIcon } from '~/parts/icons';
import { Panel } from '~/parts/Panel';
import { ProblemText } from '~/parts/ProblemText';
import { EmptyState } from '~/parts/StateViews';
import reports from '~/reports/Reports.module.css';
import { Said } from '~/sentences/Said';
import { useMay, useMayAny } from '~/session/useSession';

import { auditAsked, auditFile } from './auditAddress';
import { listState } from './listState';
import { Pages } from './Pieces';
import classes from './System.module.css';
import { type Change, useAddress } from './useAddress';

const PAGE_ROWS = 50;

export function AuditPart() {
  const mayProve = useMay('AUD-004');
  const mayList = useMayAny(['AUD-001', 'AUD-002']);
  return (
    <div className={classes.stack}>
      {mayProve && <Proof />}
      {mayList && <Trail />}
    </div>
  );
}

function Proof() {
  const { data, error, isFetching, refetch, isUninitialized } = useVerifyAuditEventsQuery(
    {},
    { refetchOnMountOrArgChange: true },
  );
  return (
    <div className={classes.filters}>
      <Button
        size="xs"
        variant="default"
        loading={isFetching}
        disabled={isUninitialized}
        onClick={() => void refetch()}
      >
        <Trans>Verificar la cadena</Trans>
      </Button>
      {data && !isFetching && <Verdict verification={data} />}
      {error && !isFetching && <ProblemText problem={problemOf(error)} />}
    </div>
  );
}

function Verdict({ verification }: { verification: AuditVerification }) {
  const format = useFormat();
  const { intact, complete, breaks, head, anchors, waiting } = verification;
  const tone = !intact ? 'bad' : complete ? 'good' : 'warn';
  return (
    <div className={classes.message} data-tone={tone} role="status" data-intact={intact}>
      {intact ? (
        <Trans>
          Íntegra: {format.integer(head)} asientos encadenados, {format.integer(anchors.count)} anclas fuera
          de la base, {format.integer(waiting)} por sellar.
        </Trans>
      ) : (
        <Trans>Rota en {format.integer(breaks.length)} sitios.</Trans>
      )}
      {intact && !complete && (
        <>
          {' '}
          <Trans>Solo se comprobó una parte.</Trans>
        </>
      )}
      {breaks.map((each) => (
        <div key={`${each.kind} ${each.position ?? ''}`}>
          <Said sentence={each.detail} />
        </div>
      ))}
    </div>
  );
}

function Trail() {
  const { t } = useLingui();
  const { zone } = useFormat();
  const [params, change] = useAddress();
  const maySearch = useMay('AUD-002');
  const cursor = params.get('cursor');
  const asked = maySearch ? auditAsked(params, zone) : { from: null, to: null, event: null, actorId: null };
  const events = useListAuditEventsQuery({ ...asked, cursor, limit: PAGE_ROWS });
  const rows = events.data?.items ?? [];
  return (
    <>
      {maySearch && <Search params={params} change={change} />}
      <Panel
        area="audit"
        title={<Trans>Quién hizo qué</Trans>}
        caption={<Trans>Lo más reciente primero. Mirar aquí también queda asentado.</Trans>}
        controls={<Download href={auditFile(asked)} />}
        state={listState(events, rows.length === 0)}
        height={320}
        empty={
          <EmptyState title={<Trans>No hay asientos</Trans>}>
            <Trans>Ninguno cumple lo que se pide.</Trans>
          </EmptyState>
        }
        table={() => (
          <>
            <TrailTable label={t`Asientos`} rows={rows} />
            <Pages cursor={cursor} next={events.data?.next_cursor ?? null} change={change} />
          </>
        )}
      />
    </>
  );
}

function Download({ href }: { href: string }) {
  const { t } = useLingui();
  const may = useMay('AUD-003');
  if (!may) return null;
  return (
    <a className={reports.download} href={href} download aria-label={t`Descargar CSV`}>
      <DownloadIcon />
      CSV
    </a>
  );
}

function Search({ params, change }: { params: URLSearchParams; change: Change }) {
  const { t } = useLingui();
  const fields = [
    { name: 'event', label: t`Hecho`, type: 'text' },
    { name: 'first', label: t`Desde`, type: 'date' },
    { name: 'last', label: t`Hasta`, type: 'date' },
  ] as const;
  return (
    <div className={classes.filters} role="group" aria-label={t`Qué asientos`}>
      {fields.map(({ name, label, type }) => (
        <FilterInput
          key={name}
          label={label}
          type={type}
          value={params.get(name) ?? ''}
          onCommit={(value) => {
            change({ [name]: value, cursor: null });
          }}
        />
      ))}
    </div>
  );
}

function TrailTable({ label, rows }: { label: string; rows: AuditEvent[] }) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <DataTable
      label={label}
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          key: 'at',
          label: t`Cuándo`,
          cell: ({ at }) => format.dateTime(at),
        },
        {
          key: 'event',
          label: t`Hecho`,
          cell: ({ event, service }) => (
            <>
              <code>{event}</code>
              <div className={classes.soft}>{service}</div>
            </>
          ),
        },
        { key: 'actor', label: t`Quién`, cell: ({ actor, actor_id }) => actor ?? actor_id ?? '–' },
        {
          key: 'target',
          label: t`Sobre qué`,
          wideOnly: true,
          cell: ({ target_kind, target_id }) => [target_kind, target_id].filter(Boolean).join(' ') || '–',
        },
        { key: 'address', label: t`Desde dónde`, wideOnly: true, cell: ({ address }) => address ?? '–' },
        {
          key: 'details',
          label: t`Detalles`,
          wideOnly: true,
          cell: ({ details }) =>
            Object.keys(details).length > 0 && (
              <code className={classes.codes}>{JSON.stringify(details)}</code>
            ),
        },
      ]}
    />
  );
}
