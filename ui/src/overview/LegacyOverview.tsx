import { useMemo } from 'react';

import type { FreshnessBody } from '~/api/generated';
import { HourBands } from '~/demand/HourBands';
import { HandsPanel } from '~/today/HandsPanel';
import { NowPanel } from '~/today/NowPanel';
import { OpenAlerts } from '~/today/OpenAlerts';
import classes from '~/today/Today.module.css';
import { useHands } from '~/today/useHands';

import { ratio } from './answers';
import { FreshnessPanel } from './FreshnessPanel';
import { HeatPanel } from './HeatPanel';
import { LegacyTiles, type Shapes } from './LegacyTiles';
import { LegacyTrend, trendMetrics } from './LegacyTrend';
import { MenusPanel } from './MenusPanel';
import { useScope } from './scope';
import { drawnRate, known, useTrend } from './useTrend';

/** The series of the period, and from it the small shapes in the tiles. */
export function useShapes(): { trend: ReturnType<typeof useTrend>; shapes: Shapes } {
  const { granularity } = useScope();
  const trend = useTrend(trendMetrics(granularity));
  const { buckets } = trend;
  const shapes = useMemo(
    (): Shapes => ({
      calls: buckets.map((bucket) => known(bucket, 'calls')),
      abandonedRate: buckets.map((bucket) => drawnRate(bucket, 'abandoned_rate', 'calls')),
      uniqueCallers: buckets.map((bucket) => known(bucket, 'unique_callers')),
      duration: buckets.map((bucket) => drawnRate(bucket, 'duration_s_p50', 'calls')),
      ended: buckets.map((bucket) =>
        ratio(drawnRate(bucket, 'ended_in_ivr', 'calls'), known(bucket, 'calls')),
      ),
    }),
    [buckets],
  );
  return { trend, shapes };
}

export function LegacyOverview({ sources }: { sources: FreshnessBody[] }) {
  const { trend, shapes } = useShapes();
  const hands = useHands();
  const { days } = useScope().period;
  return (
    <>
      <NowPanel hands={hands} />
      <LegacyTiles trend={shapes} />
      <div className={classes.blocks} data-kind="legacy" data-day={days === 1 || undefined}>
        {days === 1 && <HourBands />}
        <LegacyTrend trend={trend} />
        <HandsPanel hands={hands} />
        <MenusPanel />
        <div className={classes.side}>
          <OpenAlerts />
          <FreshnessPanel sources={sources} />
        </div>
        {days > 1 && <HeatPanel />}
      </div>
    </>
  );
}
