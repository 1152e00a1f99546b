import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { type Scope, useScope } from '~/overview/scope';
import type { TableColumn } from '~/parts/DataTable';
import { ListIcon } from '~/parts/icons';
import { useMayAny } from '~/session/useSession';
import { useAddressParams } from '~/views/opened';

import classes from './CallsLink.module.css';
import { CALLS_PATH, SCREENS } from './screens';

/** What narrows the calls behind a number: dimensions of the interface by name, one value each. */
export type Cell = Record<string, string | number | null>;

interface Props {
  cell?: Cell;
  /** Calendar days, where the number is about fewer than the period. */
  days?: { first: string; last: string };
  /** The number itself: only the calls that it counts. */
  metric?: string;
  label?: string;
}

/** Whether there is a list of calls to lead to, for this person and on this kind of screen. */
function useCallsShown(): boolean {
  const [params] = useAddressParams();
  const screen = SCREENS.find(({ path }) => path === CALLS_PATH);
  return useMayAny(screen?.function ?? []) && params.get('kiosk') !== '1';
}

/** The last column of a table whose rows stand for calls; none where nobody could follow it. */
export function useCallsColumn<Row>(link: (row: Row) => ReactNode): TableColumn<Row>[] {
  const { t } = useLingui();
  if (!useCallsShown()) return [];
  return [
    {
      key: 'calls-link',
      label: <span className="visually-hidden">{t`Ver las llamadas`}</span>,
      tight: true,
      cell: link,
    },
  ];
}

/** From a number to the calls behind it, where the person may see them. */
export function CallsLink({ cell, days, metric, label }: Props) {
  const scope = useScope();
  if (!useCallsShown()) return null;
  return (
    <Link className={classes.link ?? ''} to={callsAddress(scope, { cell, days, metric })} aria-label={label}>
      <ListIcon />
      {!label && <Trans>Ver las llamadas</Trans>}
    </Link>
  );
}

/** A number that leads to the calls that it counts, where the person may see them and there are any. */
export function CallsBehind({
  metric,
  cell,
  count,
  children,
}: {
  metric: string;
  cell?: Cell;
  count: number | null;
  children: ReactNode;
}) {
  const { t } = useLingui();
  const scope = useScope();
  if (!useCallsShown() || !count) return children;
  return (
    <Link
      className={classes.behind ?? ''}
      to={callsAddress(scope, { cell, metric })}
      title={t`Ver las llamadas`}
    >
      {children}
    </Link>
  );
}

/** `/llamadas?from=…&to=…&zone=…&menu=…`: one parameter a dimension, named as the interface names it. */
export function callsAddress(
  scope: Pick<Scope, 'kind' | 'period' | 'zone' | 'segment' | 'queue'>,
  {
    cell = {},
    days,
    metric,
  }: { cell?: Cell | undefined; days?: Props['days']; metric?: string | undefined } = {},
): string {
  const { first, last } = days ?? scope.period;
  const legacy = scope.kind === 'legacy';
  const values: Cell = {
    tab: legacy ? 'ivr' : 'queues',
    from: first,
    to: last,
    zone: scope.zone,
    segment: legacy ? scope.segment : null,
    queue: legacy ? null : scope.queue,
    ...cell,
    metric: metric ?? null,
  };
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== null) params.set(key, String(value));
  return `${CALLS_PATH}?${params.toString()}`;
}
