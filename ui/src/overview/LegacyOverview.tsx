import { useMemo } from 'react';

import type { FreshnessBody } from '~/api/generated';

import { ratio } from './answers';
import { FreshnessPanel } from './FreshnessPanel';
import { HeatPanel } from './HeatPanel';
import { LegacyTiles, type Shapes } from './LegacyTiles';
import { LegacyTrend, trendMetrics } from './LegacyTrend';
import { MenusPanel } from './MenusPanel';
import classes from './OverviewPage.module.css';
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
  return (
    <>
      <LegacyTiles trend={shapes} />
      <div className={classes.blocks} data-kind="legacy">
        <LegacyTrend trend={trend} />
        <MenusPanel />
        <HeatPanel />
        <FreshnessPanel sources={sources} />
      </div>
    </>
  );
}
