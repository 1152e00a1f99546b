import type { FreshnessBody } from '~/api/generated';

import { FreshnessPanel } from './FreshnessPanel';
import { HeatPanel } from './HeatPanel';
import classes from './OverviewPage.module.css';
import { QueuesPanel } from './QueuesPanel';
import { QueueTiles } from './QueueTiles';
import { QueueTrend } from './QueueTrend';

export function QueueOverview({ sources }: { sources: FreshnessBody[] }) {
  return (
    <>
      <QueueTiles />
      <div className={classes.blocks} data-kind="asterisk">
        <QueueTrend />
        <QueuesPanel />
        <HeatPanel />
        <FreshnessPanel sources={sources} />
      </div>
    </>
  );
}
