import './catalogue';

import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useState } from 'react';

import { bandOption } from '~/charts/band';
import { Chart } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { useFormat } from '~/format/useFormat';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { useScope } from '~/overview/scope';
import { DataTable } from '~/parts/DataTable';
import { LeftIcon, RightIcon } from '~/parts/icons';
import { Legend, Panel } from '~/parts/Panel';
import panel from '~/parts/Panel.module.css';
import { addDays, type Day } from '~/period/zoned';

import classes from './DemandPage.module.css';
import { lastKnownDay, useHours } from './useDemand';

const HEIGHT = 264;

/** One day by hours within what the same weekday usually brings; the day before and after are a click away. */
export function HourBands() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const last = lastKnownDay(scope);
  const [chosen, setChosen] = useState<Day | null>(null);
  const day = chosen !== null && chosen >= scope.period.first && chosen <= last ? chosen : last;
  const { points, request, state } = useHours(day);
  const names = { value: t`Este día`, band: t`Habitual (p10 a p90)`, middle: t`Mediana` };
  const option = useCallback(
    (colours: ChartColours) =>
      bandOption(
        {
          points: points.map(({ hour, calls, expected }) => ({
            short: String(hour),
            long: format.hour(hour),
            value: calls,
            low: expected?.low ?? null,
            middle: expected?.middle ?? null,
            high: expected?.high ?? null,
            unusual: false,
          })),
          names: { value: names.value, band: names.band, middle: names.middle },
          write: format.integer,
          writeAxis: format.compact,
        },
        colours,
      ),
    [points, format, names.value, names.band, names.middle],
  );
  const over = points.filter(({ calls, expected }) => expected && (calls ?? 0) > expected.high);
  const judged = points.some(({ expected }) => expected !== null);
  return (
    <Panel
      area="hours"
      title={<Trans>Hora a hora</Trans>}
      controls={
        scope.period.first < last && (
          <DayStep day={day} first={scope.period.first} last={last} onStep={setChosen} />
        )
      }
      caption={
        judged ? (
          <Plural
            value={over.length}
            one="# hora por encima de lo habitual para ese día de la semana."
            other="# horas por encima de lo habitual para ese día de la semana."
          />
        ) : (
          <Trans>Todavía no hay cuatro semanas anteriores con las que comparar.</Trans>
        )
      }
      legend={
        <Legend
          items={[
            { label: names.value, tone: 'volume', line: true },
            { label: names.band, tone: 'band' },
          ]}
        />
      }
      state={{ ...state, empty: !points.some(({ calls }) => calls) }}
      height={HEIGHT}
      empty={<Empty />}
      fileName={`iact-${day}-${t`horas`}`}
      chart={() => (
        <Chart
          option={option}
          label={t`Llamadas por hora y banda habitual; los números están en la tabla.`}
          height={HEIGHT}
        />
      )}
      table={() => (
        <DataTable
          label={t`Llamadas por hora y lo habitual`}
          rows={points}
          rowKey={({ hour }) => String(hour)}
          columns={[
            { key: 'hour', label: t`Hora`, cell: ({ hour }) => format.hour(hour) },
            { key: 'calls', label: t`Llamadas`, numeric: true, cell: ({ calls }) => format.integer(calls) },
            {
              key: 'low',
              label: 'p10',
              numeric: true,
              cell: ({ expected }) => format.integer(expected?.low ?? null),
            },
            {
              key: 'middle',
              label: t`Mediana`,
              numeric: true,
              cell: ({ expected }) => format.integer(expected?.middle ?? null),
            },
            {
              key: 'high',
              label: 'p90',
              numeric: true,
              cell: ({ expected }) => format.integer(expected?.high ?? null),
            },
          ]}
        />
      )}
      csv={<CsvButton request={request} fileName={`iact-${day}-${t`horas`}`} />}
    />
  );
}

function DayStep({
  day,
  first,
  last,
  onStep,
}: {
  day: Day;
  first: Day;
  last: Day;
  onStep: (day: Day) => void;
}) {
  const { t } = useLingui();
  const format = useFormat();
  const step = (by: number, label: string, stop: Day) => (
    <button
      type="button"
      className={panel.action}
      aria-label={label}
      title={label}
      disabled={day === stop}
      onClick={() => {
        onStep(addDays(day, by));
      }}
    >
      {by < 0 ? <LeftIcon /> : <RightIcon />}
    </button>
  );
  return (
    <div className={classes.day} role="group" aria-label={t`Qué día`}>
      {step(-1, t`Día anterior`, first)}
      <span aria-live="polite">{format.dayLong(day)}</span>
      {step(1, t`Día siguiente`, last)}
    </div>
  );
}
