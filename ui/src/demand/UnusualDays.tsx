import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { ratio } from '~/overview/answers';
import { Empty } from '~/overview/Empty';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { CallsLink } from '~/shell/CallsLink';

import type { DayPoint } from './expected';
import classes from './UnusualDays.module.css';
import type { useDays } from './useDemand';

const HEIGHT = 200;
const SHOWN = 12;

/** The days worth asking about, the strangest first. */
export function UnusualDays({ days }: { days: ReturnType<typeof useDays> }) {
  const { t } = useLingui();
  const { points, state } = days;
  const strange = points.filter(({ unusual }) => unusual).sort((a, b) => strangeness(b) - strangeness(a));
  return (
    <Panel
      area="unusual"
      title={<Trans>Días fuera de lo habitual</Trans>}
      caption={<Trans>Con mucho más o mucho menos que el mismo día de la semana antes.</Trans>}
      state={{ ...state, empty: !points.some(({ calls }) => calls > 0) }}
      height={HEIGHT}
      empty={<Empty />}
      table={() =>
        strange.length > 0 ? (
          <Strange points={strange.slice(0, SHOWN)} label={t`Días fuera de lo habitual`} />
        ) : (
          <Calm judged={points.filter(({ expected }) => expected !== null).length} />
        )
      }
    />
  );
}

function Calm({ judged }: { judged: number }) {
  return (
    <p className={classes.calm}>
      {judged > 0 ? (
        <Trans>Ninguno de los {judged} días se sale de lo habitual.</Trans>
      ) : (
        <Trans>
          Hacen falta cuatro semanas anteriores para saber qué es lo habitual; aún no las hay para estos días.
        </Trans>
      )}
    </p>
  );
}

function Strange({ points, label }: { points: DayPoint[]; label: string }) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <DataTable
      label={label}
      rows={points}
      rowKey={({ day }) => day}
      columns={[
        { key: 'day', label: t`Día`, cell: ({ day }) => format.dayLong(day) },
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
        {
          key: 'calls-link',
          label: '',
          cell: ({ day }) => (
            <CallsLink
              days={{ first: day, last: day }}
              label={t`Ver las llamadas de ${format.dayLong(day)}`}
            />
          ),
        },
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
