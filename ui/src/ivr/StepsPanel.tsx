import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useMemo } from 'react';

import { Chart, type ChartSize } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { graphOption } from '~/charts/graph';
import { useFormat } from '~/format/useFormat';
import { Empty } from '~/overview/Empty';
import { useScope } from '~/overview/scope';
import { useNarrow } from '~/overview/useNarrow';
import { DataTable, type TableColumn } from '~/parts/DataTable';
import { Legend, Panel } from '~/parts/Panel';
import { TableCsv } from '~/parts/TableCsv';

import { ShiftMark } from './ShiftMark';
import { LOST_ENDS, movedOf, type Place, type Steps, type Way } from './steps';
import type { AskedSteps } from './useSteps';
import { usePlaceName } from './words';

const HEIGHT = 460;
const WAYS_SHOWN = 60;
const NARROW_PX = 640;

/** Where callers went from each menu, ways back included. */
export function StepsPanel({ asked: { answer, steps, state } }: { asked: AskedSteps }) {
  const { t } = useLingui();
  const scope = useScope();
  const narrow = useNarrow(NARROW_PX);
  const option = useStepsOption(steps);
  const fileName = `iact-${scope.period.first}-${scope.period.last}-${t`pasos`}`;
  return (
    <Panel
      area="steps"
      title={<Trans>De paso en paso</Trans>}
      caption={<Caption steps={steps} leftOut={answer?.edges_left_out ?? 0} />}
      legend={
        <Legend
          items={[
            { label: t`Pasos`, tone: 'volume', line: true },
            { label: t`De vuelta, o perdidas`, tone: 'loss', line: true },
          ]}
        />
      }
      state={{ ...state, empty: steps.calls === 0 }}
      height={HEIGHT}
      empty={<Empty />}
      tableFirst={narrow}
      fileName={fileName}
      chart={() => (
        <Chart
          option={option}
          label={t`Pasos de las llamadas entre menús; los números están en la tabla.`}
          height={HEIGHT}
        />
      )}
      table={() => <Ways steps={steps} />}
      csv={
        <TableCsv
          fileName={fileName}
          columns={['from', 'to', 'back', 'passes', 'callers', 'share']}
          rows={steps.ways.map(({ source, target, back, passes, callers, share }) => [
            source,
            target,
            back,
            passes,
            callers,
            share,
          ])}
        />
      }
    />
  );
}

function useStepsOption(steps: Steps) {
  const { t } = useLingui();
  const format = useFormat();
  const placeName = usePlaceName();
  const again = t`repetidos`;
  // Names are words of the language: drawn anew when they change, not whenever the page is.
  const key = steps.places.map(placeName).join('\n');
  return useCallback(
    (colours: ChartColours, { width }: ChartSize) => {
      const names = key.split('\n');
      return graphOption(
        {
          columns: steps.columns,
          nodes: steps.places.map((place, index) => ({
            ...place,
            name: names[index] ?? place.name,
            end: place.kind === 'exit',
            lost: place.kind === 'exit' && LOST_ENDS.has(place.name),
          })),
          links: steps.ways.map(({ source, target, passes, back }) => ({
            from: source,
            to: target,
            passes,
            back,
          })),
          write: format.integer,
          again,
        },
        colours,
        width,
      );
    },
    [steps, format, key, again],
  );
}

function Caption({ steps, leftOut }: { steps: Steps; leftOut: number }) {
  const format = useFormat();
  const back = steps.ways.filter((way) => way.back).reduce((sum, { passes }) => sum + passes, 0);
  const menus = steps.places.filter(({ kind }) => kind === 'menu').length;
  return (
    <>
      <Trans>
        {format.integer(steps.calls)} llamadas por {format.integer(menus)} menús; {format.integer(back)} pasos
        llevan de vuelta a un menú anterior o al mismo.
      </Trans>
      {leftOut > 0 && (
        <>
          {' '}
          <Plural
            value={leftOut}
            one="# paso menos frecuente no se muestra."
            other="# pasos menos frecuentes no se muestran."
          />
        </>
      )}
    </>
  );
}

function Ways({ steps }: { steps: Steps }) {
  const { t } = useLingui();
  const format = useFormat();
  const placeName = usePlaceName();
  const places = useMemo(() => new Map(steps.places.map((place) => [place.id, place])), [steps]);
  const named = (id: string) => {
    const place: Place | undefined = places.get(id);
    return place ? placeName(place) : id;
  };
  const columns: TableColumn<Way>[] = [
    { key: 'from', label: t`Desde`, cell: ({ source }) => named(source) },
    {
      key: 'to',
      label: t`Hacia`,
      cell: ({ source, target, back }) => (
        <>
          {source === target ? t`El mismo menú` : named(target)}
          {back && source !== target && <small> {t`(de vuelta)`}</small>}
        </>
      ),
    },
    { key: 'passes', label: t`Pasos`, numeric: true, cell: ({ passes }) => format.integer(passes) },
    {
      key: 'callers',
      label: t`Llamantes`,
      numeric: true,
      wideOnly: true,
      cell: ({ callers }) => format.integer(callers),
    },
    { key: 'share', label: t`Del menú`, numeric: true, cell: ({ share }) => format.percent(share) },
  ];
  const change: TableColumn<Way> = {
    key: 'change',
    label: t`Cambio`,
    numeric: true,
    cell: (way) => <ShiftMark shift={movedOf(way)} />,
  };
  return (
    <DataTable
      label={t`Pasos entre menús, los más frecuentes primero`}
      rows={steps.ways.slice(0, WAYS_SHOWN)}
      rowKey={({ source, target }) => `${source}>${target}`}
      columns={steps.ways.some((way) => movedOf(way) !== null) ? [...columns, change] : columns}
    />
  );
}
