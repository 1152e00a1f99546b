import { Trans } from '@lingui/react/macro';

import type { FreshnessBody } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { dayAt } from '~/period/zoned';

import classes from './Freshness.module.css';
import { useFreshnessNames, useShownFreshness } from './words';

interface Props {
  source: FreshnessBody | null;
  endMs: number | null;
  nowMs: number;
}

/** "Data until HH:MM", with the day as soon as that is not today. */
export function FreshnessBadge({ source, endMs, nowMs }: Props) {
  const format = useFormat();
  const names = useFreshnessNames();
  const shown = useShownFreshness();
  if (!source) return null;
  const state = shown(source);
  const today = endMs !== null && dayAt(endMs, format.zone) === dayAt(nowMs, format.zone);
  const until = endMs === null ? null : today ? format.time(endMs) : format.dateTime(endMs);
  return (
    <div className={classes.badge} role="status" data-freshness={state}>
      <span className={classes.state} data-state={state}>
        {names[state]}
      </span>
      {until && (
        <span>
          <Trans>
            Datos hasta <strong>{until}</strong>
          </Trans>
        </span>
      )}
    </div>
  );
}
