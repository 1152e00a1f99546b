import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';

import { useFormat } from '~/format/useFormat';
import { DownIcon, EqualIcon, UpIcon } from '~/parts/icons';
import { Skeleton } from '~/parts/StateViews';

import { CallsBehind } from '~/shell/CallsLink';

import type { Band } from './bands';
import type { Scope } from './scope';
import { Sparkline } from './Sparkline';
import classes from './Tile.module.css';
import { useBandNames } from './words';

export interface Change {
  /** Signed difference, for the arrow. */
  value: number | null;
  /** The same in words. */
  text: string;
  good: 'up' | 'down' | 'none';
}

const LONG_CHARS = 8; // a number of millions with its separators, or minutes and seconds

interface Props {
  name: string;
  help: ReactNode;
  value: string;
  /** The count that the number is, or is a share by: it leads to those calls. */
  behind?: { metric: string; count: number | null } | undefined;
  detail?: ReactNode;
  band?: Band | null;
  change: Change;
  trend?: (number | null)[];
  tone?: 'volume' | 'loss';
  loading: boolean;
  renewing: boolean;
  id: string;
}

export function Tile(props: Props) {
  const {
    name,
    help,
    value,
    behind,
    detail,
    band,
    change,
    trend,
    tone = 'volume',
    loading,
    renewing,
    id,
  } = props;
  const titleId = `tile-${id}`;
  return (
    <section
      className={classes.tile}
      aria-labelledby={titleId}
      data-tile={id}
      data-renewing={renewing || undefined}
    >
      <div className={classes.head}>
        <h2 id={titleId} className={classes.name}>
          {name}
        </h2>
        {help}
      </div>
      {loading ? (
        <>
          <Skeleton height={30} width="60%" />
          <Skeleton height={34} width="85%" />
        </>
      ) : (
        <>
          <div className={classes.row}>
            <span className={classes.value} data-value data-long={value.length > LONG_CHARS || undefined}>
              <Value value={value} behind={behind} />
            </span>
            {band && <BandMark band={band} />}
            {detail && <span className={classes.detail}>{detail}</span>}
          </div>
          {(change.value !== null || trend) && (
            <div className={classes.foot}>
              <ChangeMark change={change} />
              {trend && <Sparkline values={trend} tone={tone} />}
            </div>
          )}
        </>
      )}
    </section>
  );
}

function Value({ value, behind }: Pick<Props, 'value' | 'behind'>) {
  return behind ? <CallsBehind {...behind}>{value}</CallsBehind> : value;
}

export function BandMark({ band }: { band: Band }) {
  const names = useBandNames();
  return (
    <span className={classes.band} data-band={band}>
      {names[band]}
    </span>
  );
}

function ChangeMark({ change: { value, text, good } }: { change: Change }) {
  const { t } = useLingui();
  if (value === null) return <span />;
  const direction = directionOf(value);
  const verdict = verdictOf(direction, good);
  const spoken = { good: t`mejora`, bad: t`empeora`, none: '' }[verdict];
  return (
    <span className={classes.change} data-verdict={verdict}>
      {ARROWS[direction]}
      {text}
      {spoken && <span className="visually-hidden">, {spoken}</span>}
    </span>
  );
}

type Direction = 'up' | 'down' | 'same';
const ARROWS: Record<Direction, ReactNode> = { up: <UpIcon />, down: <DownIcon />, same: <EqualIcon /> };

export function directionOf(value: number): Direction {
  if (Math.abs(value) < SHOWN_AS_ZERO) return 'same';
  return value > 0 ? 'up' : 'down';
}

export function verdictOf(direction: Direction, good: Change['good']): 'good' | 'bad' | 'none' {
  if (direction === 'same' || good === 'none') return 'none';
  return direction === good ? 'good' : 'bad';
}

// Half of the last digit that is written: what reads 0.0 has not moved.
const SHOWN_AS_ZERO = 0.0005;

interface Compared {
  scope: Scope;
  /** Whether that period has any call. */
  known: boolean;
}

/** Said once under the tiles instead of five times inside them. */
export function ComparedWith({ scope, known }: Compared) {
  const format = useFormat();
  const { first, last, partialFromMs } = scope.previous;
  const days = first === last ? format.day(first) : format.dayRange(first, last);
  if (scope.compare === 'none') return null;
  if (!known) {
    return (
      <p className={classes.compared}>
        <Trans>Sin cambios que mostrar: no hay llamadas en el periodo anterior ({days})</Trans>
      </p>
    );
  }
  return (
    <p className={classes.compared}>
      <Trans>Cambios frente a {days}</Trans>
      {partialFromMs !== null && (
        <>
          {' · '}
          <Trans>hasta la misma hora, porque el periodo no está completo</Trans>
        </>
      )}
    </p>
  );
}
