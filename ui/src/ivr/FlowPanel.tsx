import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useMemo } from 'react';

import { Chart, type ChartSize } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { flowOption } from '~/charts/flow';
import { useFormat } from '~/format/useFormat';
import { ratio, rowsOf } from '~/overview/answers';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { MetricHelp } from '~/overview/MetricHelp';
import { question, useScope } from '~/overview/scope';
import { useAnswer } from '~/overview/useAnswer';
import { useNarrow } from '~/overview/useNarrow';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { CallsLink, useCallsColumn } from '~/shell/CallsLink';

import { type Flow, flowOf, type FlowNode, LAYERS, type Path, pathsOf, REST } from './flow';
import classes from './IvrPage.module.css';
import { useNodeName } from './words';

const HEIGHT = 430;
const PATHS_MAX = 10_000; // what one answer holds at most
const PATHS_SHOWN = 50;
const MOST = { menu: 9, option: 7, centre: 8 };
const NARROW_PX = 640;

const idOf = (node: FlowNode) => `${node.layer}:${node.value}`;
// The IVR's own words for a caller who gave up.
const LOST = new Set(['VACIO', 'cliente_colgo', 'SinOpcion_Cabecera', 'CLIENTE_COLGO']);

export function FlowPanel() {
  const { t } = useLingui();
  const scope = useScope();
  const narrow = useNarrow(NARROW_PX);
  const { answer, request, state } = useAnswer(
    question(scope, {
      metrics: ['calls'],
      dimensions: [...LAYERS],
      order_by: ['-calls'],
      limit: PATHS_MAX,
      totals: true,
    }),
  );
  const paths = useMemo(() => pathsOf(rowsOf(answer)), [answer]);
  const flow = useMemo(() => flowOf(paths, MOST), [paths]);
  const option = useFlowOption(flow);
  const fileName = `iact-${scope.period.first}-${scope.period.last}-${t`recorrido`}`;
  return (
    <Panel
      area="flow"
      title={<Trans>De menú a opción y centro</Trans>}
      help={<MetricHelp metrics={['calls']} name={t`Llamadas por recorrido`} note={<FlowNote />} />}
      caption={<Caption flow={flow} paths={paths} whole={answer?.next_cursor === null} />}
      legend={<Columns />}
      state={{ ...state, empty: flow.calls === 0 }}
      height={HEIGHT}
      empty={<Empty />}
      tableFirst={narrow}
      fileName={fileName}
      chart={() => (
        <Chart
          option={option}
          label={t`Recorrido de las llamadas del menú al centro; los números están en la tabla.`}
          height={HEIGHT}
        />
      )}
      table={() => <PathTable paths={paths.slice(0, PATHS_SHOWN)} calls={flow.calls} />}
      csv={<CsvButton request={request} fileName={fileName} />}
    />
  );
}

function useFlowOption(flow: Flow) {
  const format = useFormat();
  const nodeName = useNodeName();
  const named = flow.nodes.map(nodeName);
  // Names are words of the language: drawn anew when they change, not whenever the page is.
  const key = named.join('\n');
  return useCallback(
    (colours: ChartColours, { width }: ChartSize) => {
      const names = key.split('\n');
      return flowOption(
        {
          nodes: flow.nodes.map((node, index) => ({
            id: idOf(node),
            layer: LAYERS.indexOf(node.layer),
            name: names[index] ?? node.value,
            calls: node.calls,
            lost: LOST.has(node.value),
          })),
          links: flow.links.map(({ from, to, calls }) => ({ from: idOf(from), to: idOf(to), calls })),
          write: format.integer,
          writeShare: (calls) => format.percent(ratio(calls, flow.calls)),
        },
        colours,
        width,
      );
    },
    [flow, format, key],
  );
}

function FlowNote() {
  return (
    <Trans>
      La fuente guarda el último menú, la opción elegida allí y el centro al que fue la llamada; los pasos
      anteriores no constan.
    </Trans>
  );
}

function Columns() {
  return (
    <div className={classes.columns} aria-hidden="true">
      <span>
        <Trans>Último menú</Trans>
      </span>
      <span>
        <Trans>Opción</Trans>
      </span>
      <span>
        <Trans>Centro</Trans>
      </span>
    </div>
  );
}

function Caption({ flow, paths, whole }: { flow: Flow; paths: Path[]; whole: boolean }) {
  const format = useFormat();
  const nodeName = useNodeName();
  const [first] = paths;
  if (!first) return null;
  const name = (layer: 'menu' | 'centre') => nodeName({ layer, value: first[layer], together: 1 });
  return (
    <>
      <Trans>
        {format.integer(flow.calls)} llamadas en {format.integer(paths.length)} recorridos; el más frecuente,
        de {name('menu')} a {name('centre')}, reúne {format.percent(ratio(first.calls, flow.calls))}.
      </Trans>
      {!whole && (
        <>
          {' '}
          <Trans>Solo los {format.integer(PATHS_MAX)} recorridos más frecuentes.</Trans>
        </>
      )}
    </>
  );
}

function PathTable({ paths, calls }: { paths: Path[]; calls: number }) {
  const { t } = useLingui();
  const format = useFormat();
  const nodeName = useNodeName();
  const cell = (layer: (typeof LAYERS)[number]) => (path: Path) =>
    nodeName({ layer, value: path[layer] || REST, together: 1 });
  const callsColumn = useCallsColumn<Path>(({ menu, option, centre }) => (
    <CallsLink cell={{ menu, option, centre }} label={t`Ver las llamadas de este recorrido`} />
  ));
  return (
    <DataTable
      label={t`Recorridos por número de llamadas`}
      rows={paths}
      rowKey={({ menu, option, centre }) => `${menu}|${option}|${centre}`}
      columns={[
        { key: 'menu', label: t`Último menú`, cell: cell('menu') },
        { key: 'option', label: t`Opción`, wideOnly: true, cell: cell('option') },
        { key: 'centre', label: t`Centro`, cell: cell('centre') },
        { key: 'calls', label: t`Llamadas`, numeric: true, cell: (path) => format.integer(path.calls) },
        {
          key: 'share',
          label: t`Del total`,
          numeric: true,
          cell: (path) => format.percent(ratio(path.calls, calls)),
        },
        ...callsColumn,
      ]}
    />
  );
}
