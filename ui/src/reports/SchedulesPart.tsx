import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import type { ScheduleIn, ScheduleOut } from '~/api/generated';
import { useListReportsQuery } from '~/api/generated';
import { useDeleteScheduleMutation, useListSchedulesQuery, useReplaceScheduleMutation } from '~/api/office';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { ProblemText } from '~/parts/ProblemText';
import { EmptyState } from '~/parts/StateViews';
import { Said } from '~/sentences/Said';
import { listState } from '~/system/listState';
import { State } from '~/system/Pieces';

import { withActive } from './files';
import classes from './Reports.module.css';
import { useCalendarText } from './words';

const POLL_MS = 60_000; // a run changes when the next one is

export function SchedulesPart() {
  const { t } = useLingui();
  const format = useFormat();
  const calendarText = useCalendarText();
  const schedules = useListSchedulesQuery(undefined, {
    pollingInterval: POLL_MS,
    skipPollingIfUnfocused: true,
  });
  const rows = schedules.data?.items ?? [];
  return (
    <Panel
      area="schedules"
      title={<Trans>Programados</Trans>}
      caption={
        <Trans>
          Cada informe trata del último día, semana, mes o trimestre completo y queda en Archivos. Como mucho
          10 por persona; tras tres fallos seguidos se pausa.
        </Trans>
      }
      state={listState(schedules, rows.length === 0)}
      height={280}
      empty={
        <EmptyState title={<Trans>No tiene nada programado</Trans>}>
          <Trans>Abra un informe y elija Programar.</Trans>
        </EmptyState>
      }
      table={() => (
        <DataTable
          label={t`Programados`}
          rows={rows}
          rowKey={({ id }) => id}
          columns={[
            { key: 'name', label: t`Nombre`, cell: (schedule) => <Name schedule={schedule} /> },
            {
              key: 'when',
              label: t`Cuándo`,
              wideOnly: true,
              cell: ({ request }) => calendarText((request as ScheduleIn).calendar),
            },
            {
              key: 'next',
              label: t`Próxima vez`,
              cell: ({ next_at, state }) => (state === 'active' ? format.dateTime(next_at) : '–'),
            },
            { key: 'state', label: t`Estado`, cell: (schedule) => <ScheduleState schedule={schedule} /> },
            {
              key: 'act',
              label: <span className="visually-hidden">{t`Acciones`}</span>,
              numeric: true,
              cell: (schedule) => <Actions schedule={schedule} />,
            },
          ]}
        />
      )}
    />
  );
}

function Name({ schedule }: { schedule: ScheduleOut }) {
  const language = useAppSelector((state) => state.preferences.language);
  const { data } = useListReportsQuery();
  const { report, format, segment } = schedule.request as ScheduleIn;
  const title = data?.items.find(({ code }) => code === report)?.title[language] ?? report;
  return (
    <span data-schedule={schedule.name}>
      {schedule.name}
      <div className={classes.soft}>
        {title} · {format.toUpperCase()}
        {segment && segment !== 'todas' && ` · ${segment}`}
      </div>
    </span>
  );
}

function ScheduleState({ schedule: { state, detail, last_at } }: { schedule: ScheduleOut }) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <>
      <State tone={detail !== null ? 'bad' : state === 'active' ? 'good' : 'none'}>
        {state === 'active' ? t`Activo` : t`En pausa`}
      </State>
      {detail !== null && (
        <div className={classes.soft}>
          <Said sentence={detail} />
        </div>
      )}
      {last_at !== null && (
        <div className={classes.soft}>
          <Trans>Última vez {format.dateTime(last_at)}</Trans>
        </div>
      )}
    </>
  );
}

function Actions({ schedule }: { schedule: ScheduleOut }) {
  const { t } = useLingui();
  const [replace, replacing] = useReplaceScheduleMutation();
  const [remove, removing] = useDeleteScheduleMutation();
  const { id: scheduleId, name, state } = schedule;
  const active = state === 'active';
  const error = replacing.error ?? removing.error;
  return (
    <div className={classes.fileActions}>
      <Button
        size="xs"
        variant="default"
        loading={replacing.isLoading}
        aria-label={active ? t`Pausar ${name}` : t`Reanudar ${name}`}
        onClick={() => void replace({ scheduleId, scheduleIn: withActive(schedule, !active) })}
      >
        {active ? <Trans>Pausar</Trans> : <Trans>Reanudar</Trans>}
      </Button>
      <Button
        size="xs"
        variant="default"
        loading={removing.isLoading}
        aria-label={t`Borrar ${name}`}
        onClick={() => void remove({ scheduleId })}
      >
        <Trans>Borrar</Trans>
      </Button>
      {error && <ProblemText problem={problemOf(error)} />}
    </div>
  );
}
