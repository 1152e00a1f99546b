import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { Empty } from '~/overview/Empty';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';

import type { Place, Steps } from './steps';
import type { AskedSteps } from './useSteps';
import { usePlaceName } from './words';

const HEIGHT = 220;
const SHOWN = 12;

/** The menus that lose most callers first: the funnel of the steps. */
export function LossPanel({ asked: { steps, state } }: { asked: AskedSteps }) {
  const { t } = useLingui();
  const menus = menusByLoss(steps);
  return (
    <Panel
      area="loss"
      title={<Trans>Dónde se pierden</Trans>}
      caption={<Caption menus={menus} />}
      state={{ ...state, empty: steps.calls === 0 }}
      height={HEIGHT}
      empty={<Empty />}
      table={() => <Menus menus={menus.slice(0, SHOWN)} label={t`Menús por llamadas perdidas`} />}
    />
  );
}

function menusByLoss({ places }: Steps): Place[] {
  return places.filter(({ kind }) => kind === 'menu').sort((a, b) => b.lost - a.lost || b.passes - a.passes);
}

function Caption({ menus }: { menus: Place[] }) {
  const format = useFormat();
  const placeName = usePlaceName();
  const [first] = menus;
  const lost = menus.reduce((sum, place) => sum + place.lost, 0);
  if (!first || lost === 0) return <Trans>Ninguna llamada se perdió en un menú.</Trans>;
  return (
    <Trans>
      {format.integer(lost)} llamadas se perdieron en un menú, {format.percent(first.lost / lost)} de ellas en{' '}
      {placeName(first)}.
    </Trans>
  );
}

function Menus({ menus, label }: { menus: Place[]; label: string }) {
  const { t } = useLingui();
  const format = useFormat();
  const placeName = usePlaceName();
  return (
    <DataTable
      label={label}
      rows={menus}
      rowKey={({ id }) => id}
      columns={[
        { key: 'menu', label: t`Menú`, cell: placeName },
        { key: 'passes', label: t`Pasos`, numeric: true, cell: ({ passes }) => format.integer(passes) },
        {
          key: 'again',
          label: t`Repetidos`,
          numeric: true,
          wideOnly: true,
          cell: ({ again }) => format.integer(again),
        },
        { key: 'lost', label: t`Perdidas`, numeric: true, cell: ({ lost }) => format.integer(lost) },
        {
          key: 'attrition',
          label: t`Se pierde`,
          numeric: true,
          cell: ({ attrition }) => format.percent(attrition),
        },
      ]}
    />
  );
}
