import { Plural, Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { ratio } from '~/overview/answers';
import { Empty } from '~/overview/Empty';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { CallsLink, useCallsColumn } from '~/shell/CallsLink';

import type { DayPoint } from './expected';
import classes from './UnusualDays.module.css';
import type { useDays } from './useDemand';

const HEIGHT = 200;
const SHOWN = 8;

/** The days worth asking about, the strangest first. */
export function UnusualDays({ days }: { days: ReturnType<typeof useDays> }) {
  const { t } = useLingui();
  const { points, state } = days;
  const judged = points.filter(({ expected, holiday }) => expected !== null && !holiday);
  const strange = [...judged].sort((a, b) => strangeness(b) - strangeness(a)).slice(0, SHOWN);
  return (
    <Panel
      area="unusual"
      title={<Trans>Días atípicos</Trans>}
      caption={<Caption judged={judged} />}
      state={{ ...state, empty: !points.some(({ calls }) => calls > 0) }}
      height={HEIGHT}
      empty={<Empty />}
      table={() =>
        strange.length > 0 ? <Strange points={strange} label={t`Días atípicos`} /> : <NoHistory />
      }
    />
  );
}

function NoHistory() {
  return (
    <p className={classes.calm}>
      <Trans>
        Hacen falta cuatro semanas anteriores para saber qué es lo habitual; aún no las hay para estos días.
      </Trans>
    </p>
  );
}

function Caption({ judged }: { judged: DayPoint[] }) {
  const unusual = judged.filter((point) => point.unusual).length;
  if (judged.length === 0) return null;
  if (unusual === 0) {
    return <Trans>Ninguno de los {judged.length} días es atípico; los que más se apartan:</Trans>;
  }
  return (
    <Plural
      value={unusual}
      one="# día atípico: muy lejos del mismo día de la semana antes; los que más se apartan:"
      other="# días atípicos: muy lejos del mismo día de la semana antes; los que más se apartan:"
    />
  );
}

function Strange({ points, label }: { points: DayPoint[]; label: string }) {
  const { t } = useLingui();
  const format = useFormat();
  const callsColumn = useCallsColumn<DayPoint>(({ day }) => (
    <CallsLink days={{ first: day, last: day }} label={t`Ver las llamadas de ${format.dayLong(day)}`} />
  ));
  return (
    <DataTable
      label={label}
      rows={points}
      rowKey={({ day }) => day}
      columns={[
        {
          key: 'day',
          label: t`Día`,
          cell: ({ day, unusual }) => (
            <span className={classes.day} data-unusual={unusual || undefined}>
              {format.dayLong(day)}
            </span>
          ),
        },
        { key: 'calls', label: t`Llamadas`, numeric: true, cell: ({ calls }) => format.integer(calls) },
        {
          key: 'usual',
          label: t`Habitual`,
          numeric: true,
          cell: ({ expected }) => format.integer(expected?.middle ?? null),
        },
        {
          key: 'change',
          label: t`Diferencia`,
          numeric: true,
          cell: (point) => format.change(deviation(point)),
        },
        ...callsColumn,
      ]}
    />
  );
}

function deviation({ calls, expected }: DayPoint): number | null {
  return expected && ratio(calls - expected.middle, expected.middle);
}

function strangeness({ calls, expected }: DayPoint): number {
  return expected ? Math.abs(calls - expected.middle) / expected.spread : 0;
}
