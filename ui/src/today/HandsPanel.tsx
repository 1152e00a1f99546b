import './catalogue';

import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { useScope } from '~/overview/scope';
import { BandMark } from '~/overview/Tile';
import { useSegmentName } from '~/overview/words';
import { DataTable, type TableColumn } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { CallsBehind, CallsLink, useCallsColumn } from '~/shell/CallsLink';

import { type Hand, MEASURES, NOW_CALLS_MIN } from './hands';
import { ScreenLink } from './ScreenLink';
import classes from './Today.module.css';
import type { Hands } from './useHands';

const HEIGHT = 220;

/** Segments or queues, those that fail now first; each leads to its service and to its calls. */
export function HandsPanel({ hands: { hands, hour, request, state } }: { hands: Hands }) {
  const { t } = useLingui();
  const scope = useScope();
  const legacy = scope.kind === 'legacy';
  const columns = useColumns(hour !== null);
  return (
    <Panel
      area={legacy ? 'segments' : 'queues'}
      title={legacy ? <Trans>Qué segmento necesita manos</Trans> : <Trans>Qué cola necesita manos</Trans>}
      caption={
        hour ? (
          <Trans>
            Primero lo que falla en la última hora, si tuvo {NOW_CALLS_MIN} llamadas; después, lo que más
            llamadas pierde frente a su objetivo.
          </Trans>
        ) : (
          <Trans>Primero lo que más llamadas pierde frente a su objetivo.</Trans>
        )
      }
      state={{ ...state, empty: hands.length === 0 }}
      height={HEIGHT}
      empty={<Empty />}
      table={() => (
        <DataTable
          label={legacy ? t`Segmentos` : t`Colas`}
          rows={hands}
          rowKey={({ name }) => name}
          columns={columns}
        />
      )}
      csv={
        <CsvButton
          request={request}
          fileName={`iact-${scope.period.first}-${scope.period.last}-${legacy ? t`segmentos` : t`colas`}`}
        />
      }
    />
  );
}

function useColumns(hourly: boolean): TableColumn<Hand>[] {
  const { t } = useLingui();
  const format = useFormat();
  const segmentName = useSegmentName();
  const { kind, targets } = useScope();
  const legacy = kind === 'legacy';
  const { dimension, volume, share, limits } = MEASURES[kind];
  const named = (name: string) => (legacy ? segmentName(name) : name);
  const callsColumn = useCallsColumn<Hand>(({ name }) => (
    <CallsLink cell={{ [dimension]: name }} label={t`Ver las llamadas de ${named(name)}`} />
  ));
  const hour: TableColumn<Hand>[] = [
    {
      key: 'hour',
      label: t`Última hora`,
      numeric: true,
      cell: ({ hour: row }) => format.percentBeside(row?.number(share), limits(targets)),
    },
  ];
  const count = (metric: string) => (hand: Hand) => format.integer(hand.row.number(metric));
  return [
    {
      key: 'name',
      label: legacy ? t`Segmento` : t`Cola`,
      cell: ({ name }) => (
        <ScreenLink to="/servicio" part={{ [dimension]: name }} className={classes.name}>
          {named(name)}
        </ScreenLink>
      ),
    },
    {
      key: 'calls',
      label: legacy ? t`Llamadas` : t`Ofrecidas`,
      numeric: true,
      // A phone has room for what is judged, not for what it is a share of.
      wideOnly: true,
      cell: count(volume),
    },
    ...(legacy
      ? []
      : [{ key: 'answered', label: t`Atendidas`, numeric: true, wideOnly: true, cell: count('answered') }]),
    {
      key: 'abandoned',
      label: t`Abandonadas`,
      numeric: true,
      wideOnly: true,
      cell: ({ name, row }) => (
        <CallsBehind metric="abandoned" cell={{ [dimension]: name }} count={row.number('abandoned')}>
          {format.integer(row.number('abandoned'))}
        </CallsBehind>
      ),
    },
    {
      key: 'share',
      label: legacy ? t`Abandono` : t`NS`,
      numeric: true,
      cell: ({ row }) => format.percentBeside(row.number(share), limits(targets)),
    },
    ...(hourly ? hour : []),
    {
      key: 'band',
      label: t`Estado`,
      cell: ({ band, hourBand }) => {
        const shown = hourBand ?? band;
        return shown && <BandMark band={shown} />;
      },
    },
    ...callsColumn,
  ];
}
