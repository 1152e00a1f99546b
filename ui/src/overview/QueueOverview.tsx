import type { FreshnessBody } from '~/api/generated';
import { HourBands } from '~/demand/HourBands';
import { HandsPanel } from '~/today/HandsPanel';
import { NowPanel } from '~/today/NowPanel';
import { OpenAlerts } from '~/today/OpenAlerts';
import classes from '~/today/Today.module.css';
import { useHands } from '~/today/useHands';

import { FreshnessPanel } from './FreshnessPanel';
import { HeatPanel } from './HeatPanel';
import { QueueTiles } from './QueueTiles';
import { QueueTrend } from './QueueTrend';
import { useScope } from './scope';

export function QueueOverview({ sources }: { sources: FreshnessBody[] }) {
  const hands = useHands();
  const { days } = useScope().period;
  return (
    <>
      <NowPanel hands={hands} />
      <QueueTiles />
      <div className={classes.blocks} data-kind="asterisk" data-day={days === 1 || undefined}>
        {days === 1 && <HourBands />}
        <QueueTrend />
        <HandsPanel hands={hands} />
        {days > 1 && <HeatPanel />}
        <div className={classes.side}>
          <OpenAlerts />
          <FreshnessPanel sources={sources} />
        </div>
      </div>
    </>
  );
}
