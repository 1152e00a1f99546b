import './catalogue';

import { useLingui } from '@lingui/react/macro';
import { skipToken } from '@reduxjs/toolkit/query';
import { useCallback, useMemo } from 'react';

import { type FreshnessBody, useMakeForecastQuery, usePlanStaffingQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useOwnZone } from '~/format/useFormat';
import type { SourceKind } from '~/overview/scope';
import { stateOf } from '~/overview/useAnswer';
import { dataAsOfMs, useFreshness } from '~/overview/useFreshness';
import { FailedState, Skeleton } from '~/parts/StateViews';
import { addDays, dayAt, isoInZone, startOfDayMs } from '~/period/zoned';
import { useMay } from '~/session/useSession';
import { PlainFrame } from '~/shell/PlainFrame';
import { useAddressParams } from '~/views/opened';

import { ForecastPanel } from './ForecastPanel';
import classes from './Plan.module.css';
import { PlanBar } from './PlanBar';
import { forecastOf, type Learnable, type PlanState, readPlan, staffingOf } from './planState';
import { PlanTiles } from './PlanTiles';
import { StaffingFields } from './StaffingFields';
import { StaffingPanel } from './StaffingPanel';

const LEARN_DAYS = 28; // four of each weekday
const FILTER_REPORTS = 'RPT-003';

export default function PlanPage() {
  const { t } = useLingui();
  const freshness = useFreshness();
  if (freshness.data) return <Plan sources={freshness.data.items} />;
  return (
    <PlainFrame title={t`Plan`}>
      {freshness.error ? (
        <FailedState problem={problemOf(freshness.error)} onRetry={() => void freshness.refetch()} />
      ) : (
        <Skeleton height={420} />
      )}
    </PlainFrame>
  );
}

export type ChangePlan = (change: Record<string, string | null>) => void;

function Plan({ sources }: { sources: FreshnessBody[] }) {
  const { t } = useLingui();
  const [plan, change, kinds] = usePlan(sources);
  const zone = useOwnZone();
  const mayFilter = useMay(FILTER_REPORTS);
  const learnFrom = learnable(sources, zone);
  const forecastRequest = forecastOf(plan, zone, mayFilter);
  const forecast = useMakeForecastQuery({ forecastRequest });
  const staffingRequest = staffingOf(plan, forecastRequest, learnFrom);
  const staffing = usePlanStaffingQuery(staffingRequest === null ? skipToken : { staffingRequest });
  const staffed = staffingRequest === null ? undefined : staffing.data;
  return (
    <PlainFrame title={t`Plan`} bar={<PlanBar plan={plan} kinds={kinds} change={change} />}>
      <div className={classes.stack}>
        <PlanTiles plan={plan} forecast={forecast.data} staffing={staffed} />
        <ForecastPanel plan={plan} data={forecast.data} state={stateOf(forecast)} />
        <StaffingFields plan={plan} change={change} staffing={staffed} canLearn={learnFrom !== null} />
        <StaffingPanel
          plan={plan}
          asked={staffingRequest !== null}
          data={staffed}
          state={stateOf(staffing)}
        />
      </div>
    </PlainFrame>
  );
}

function usePlan(sources: FreshnessBody[]): [PlanState, ChangePlan, SourceKind[]] {
  const zone = useOwnZone();
  const segment = useAppSelector((state) => state.session.user?.segment ?? null);
  const [params, setParams] = useAddressParams();
  const kinds = useMemo(() => kindsOf(sources, segment), [sources, segment]);
  const change = useCallback<ChangePlan>(
    (part) => {
      setParams((old) => {
        const next = new URLSearchParams(old);
        for (const [name, value] of Object.entries(part)) {
          if (value === null || value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      });
    },
    [setParams],
  );
  const wanted: SourceKind = params.get('tab') === 'queues' ? 'asterisk' : 'legacy';
  const kind = kinds.includes(wanted) ? wanted : (kinds[0] ?? 'legacy');
  const plan = readPlan(params, kinds, dayAfterData(sources, kind, zone));
  return [plan, change, kinds];
}

/** Queue data has no segment: whoever is bound to one does not plan with it. */
function kindsOf(sources: FreshnessBody[], segment: string | null): SourceKind[] {
  return (['legacy', 'asterisk'] as const).filter(
    (kind) => (kind === 'legacy' || segment === null) && sources.some((source) => source.kind === kind),
  );
}

function dayAfterData(sources: FreshnessBody[], kind: SourceKind, zone: string): string {
  return addDays(dayAt(dataAsOfMs(sources, kind) ?? Date.now(), zone), 1);
}

/** The last weeks of the queues, from which talk time and patience can be learned; null without queues. */
function learnable(sources: FreshnessBody[], zone: string): Learnable | null {
  const endMs = dataAsOfMs(sources, 'asterisk');
  if (endMs === null) return null;
  const to = addDays(dayAt(endMs, zone), 1);
  const instant = (day: string) => isoInZone(startOfDayMs(day, zone), zone);
  return { from: instant(addDays(to, -LEARN_DAYS)), to: instant(to) };
}
