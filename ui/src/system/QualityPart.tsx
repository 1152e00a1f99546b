import { Trans, useLingui } from '@lingui/react/macro';

import { type DirtyShare, type QualityAnswer, type RemovedCalls, useReadQualityQuery } from '~/api/generated';
import { useFormat, ZoneContext } from '~/format/useFormat';
import { Sparkline } from '~/overview/Sparkline';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';

import { listState } from './listState';
import { State } from './Pieces';
import classes from './System.module.css';

const POLL_MS = 60_000;

const useQuality = () => useReadQualityQuery({}, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });

export function QualityPart() {
  const quality = useQuality();
  // Days and weeks are cut where the centre is, so its clock tells when they begin, whatever the reader's own.
  return (
    <ZoneContext value={quality.data?.zone ?? null}>
      <Board quality={quality} />
    </ZoneContext>
  );
}

function Board({ quality }: { quality: ReturnType<typeof useQuality> }) {
  const { t } = useLingui();
  const format = useFormat();
  const { data } = quality;
  return (
    <div className={classes.stack}>
      {data && <Verdicts quality={data} />}
      {data?.removed_calls && <Removed removed={data.removed_calls} />}
      <Panel
        area="quality"
        title={<Trans>Datos sucios por semana</Trans>}
        caption={
          data && (
            <Trans>
              Partes de las llamadas del {format.dateTime(data.from)} al {format.dateTime(data.to)}, por
              semanas de {data.zone}
            </Trans>
          )
        }
        state={listState(quality, data?.dirty.length === 0)}
        height={180}
        empty={
          <EmptyState title={<Trans>No hay llamadas que examinar</Trans>}>
            <Trans>Todavía no se ha publicado nada.</Trans>
          </EmptyState>
        }
        table={() => data && <Dirty shares={data.dirty} />}
      />
      {data && (
        <Panel
          area="zones"
          title={<Trans>Zona horaria de las fuentes</Trans>}
          caption={<Trans>Las horas locales se comprueban con las que no tienen zona.</Trans>}
          state={listState(quality, data.zone_checks.length === 0)}
          height={100}
          empty={
            <EmptyState title={<Trans>Ninguna fuente permite comprobarla</Trans>}>
              <Trans>Hace falta una columna con la hora universal.</Trans>
            </EmptyState>
          }
          table={() => (
            <DataTable
              label={t`Zona horaria de las fuentes`}
              rows={data.zone_checks}
              rowKey={({ source, source_table }) => `${source} ${source_table}`}
              columns={[
                { key: 'table', label: t`Tabla`, cell: (row) => `${row.source} · ${row.source_table}` },
                { key: 'zone', label: t`Zona`, wideOnly: true, cell: ({ zone }) => zone },
                {
                  key: 'offset',
                  label: t`Desfase`,
                  numeric: true,
                  cell: ({ offset_s }) => format.duration(offset_s),
                },
                {
                  key: 'share',
                  label: t`De las filas`,
                  numeric: true,
                  cell: ({ share }) => format.percent(share),
                },
                {
                  key: 'state',
                  label: t`Estado`,
                  cell: ({ offset_s }) => (
                    <State tone={offset_s === 0 ? 'good' : 'bad'}>{offset_s === 0 ? t`Bien` : t`Mal`}</State>
                  ),
                },
              ]}
            />
          )}
        />
      )}
    </div>
  );
}

function Removed({ removed }: { removed: RemovedCalls }) {
  const format = useFormat();
  return (
    <p className={classes.soft} data-quality="removed">
      {removed.calls === null ? (
        <Trans>
          La retención retiró las llamadas anteriores al {format.dateTime(removed.kept_since)} (la última vez
          el {format.dateTime(removed.removed_at)}); sus recuentos se conservan.
        </Trans>
      ) : (
        <Trans>
          La retención retiró {format.integer(removed.calls)} llamadas anteriores al{' '}
          {format.dateTime(removed.kept_since)} (la última vez el {format.dateTime(removed.removed_at)}); sus
          recuentos se conservan.
        </Trans>
      )}
    </p>
  );
}

function Verdicts({ quality }: { quality: QualityAnswer }) {
  const { t } = useLingui();
  const format = useFormat();
  const { identities, gaps, open_calls: open } = quality;
  const cards = [
    {
      name: 'identities',
      title: t`Igualdades que deben cumplirse`,
      count: identities.broken.length,
      text: t`incumplidas de ${format.integer(identities.checked)}`,
    },
    { name: 'gaps', title: t`Huecos`, count: gaps.length, text: t`ratos sin llamadas cuando suele haberlas` },
    ...(open
      ? [
          {
            name: 'open',
            title: t`Llamadas sin terminar`,
            count: open.older_than_a_day,
            text: t`de hace más de un día`,
          },
        ]
      : []),
  ];
  return (
    <>
      <div className={classes.cards}>
        {cards.map(({ name, title, count, text }) => (
          <section key={name} className={classes.card} data-quality={name}>
            <h2>{title}</h2>
            <div className={classes.row}>
              <strong>{format.integer(count)}</strong>
              <State tone={count === 0 ? 'good' : 'warn'}>{count === 0 ? t`Bien` : t`Mirar`}</State>
            </div>
            <span className={classes.soft}>{text}</span>
          </section>
        ))}
      </div>
      {gaps.length > 0 && (
        <DataTable
          label={t`Huecos`}
          rows={gaps}
          rowKey={({ source_kind, from }) => source_kind + from}
          columns={[
            { key: 'from', label: t`Desde`, cell: ({ from }) => format.dateTime(from) },
            { key: 'to', label: t`Hasta`, cell: ({ to }) => format.dateTime(to) },
            {
              key: 'usual',
              label: t`Suele haber`,
              numeric: true,
              cell: ({ usual_calls }) => format.integer(usual_calls),
            },
          ]}
        />
      )}
    </>
  );
}

function Dirty({ shares }: { shares: DirtyShare[] }) {
  const { t } = useLingui();
  const format = useFormat();
  const names: Record<string, string> = {
    swapped_times: t`Empiezan después de terminar`,
    menu_errors: t`Teléfono en el menú`,
    unknown_dids: t`DID desconocido`,
  };
  return (
    <DataTable
      label={t`Datos sucios por semana`}
      rows={shares}
      rowKey={({ name }) => name}
      columns={[
        { key: 'name', label: t`Qué`, cell: ({ name }) => names[name] ?? name },
        {
          key: 'share',
          label: t`Última semana`,
          numeric: true,
          cell: ({ weeks }) => format.percent(weeks.at(-1)?.share),
        },
        { key: 'trend', label: t`Cambio`, numeric: true, cell: ({ trend }) => format.points(trend) },
        {
          key: 'shape',
          label: t`Semanas`,
          wideOnly: true,
          cell: ({ weeks }) => <Sparkline tone="loss" values={weeks.map(({ share }) => share)} />,
        },
      ]}
    />
  );
}
