import { useLingui } from '@lingui/react/macro';

import type { SourceKind } from '~/overview/scope';
import { FilterInput } from '~/parts/FilterInput';
import { FilterSelect } from '~/parts/FilterSelect';
import { Segmented } from '~/parts/Segmented';

import classes from './Plan.module.css';
import type { ChangePlan } from './PlanPage';
import { INTERVALS, type Interval, LIMITS, type PlanState } from './planState';

interface Props {
  plan: PlanState;
  kinds: SourceKind[];
  change: ChangePlan;
}

export function PlanBar({ plan, kinds, change }: Props) {
  const { t } = useLingui();
  const intervals: Record<Interval, string> = {
    '15min': t`15 minutos`,
    '30min': t`30 minutos`,
    hour: t`Hora`,
    day: t`Día`,
  };
  const filter = plan.kind === 'legacy' ? plan.segment : plan.queue;
  return (
    <div className={classes.bar} role="group" aria-label={t`Qué se planea`}>
      {kinds.length > 1 && (
        <Segmented
          label={t`Qué datos`}
          value={plan.kind}
          options={[
            { value: 'legacy', label: t`IVR` },
            { value: 'asterisk', label: t`Colas` },
          ]}
          onChange={(kind) => {
            change({ tab: kind === 'asterisk' ? 'queues' : null, segment: null, queue: null, start: null });
          }}
        />
      )}
      {plan.kind === 'legacy' && (
        <Segmented
          label={t`Qué llamadas`}
          value={plan.counted}
          options={[
            { value: 'transferred', label: t`Transferidas` },
            { value: 'calls', label: t`Todas` },
          ]}
          onChange={(of) => {
            change({ of: of === 'calls' ? of : null });
          }}
        />
      )}
      <FilterInput
        label={t`Desde`}
        type="date"
        value={plan.start}
        onCommit={(start) => {
          change({ start });
        }}
      />
      <FilterInput
        label={t`Días`}
        type="number"
        min={LIMITS.days.min}
        max={LIMITS.days.max}
        value={String(plan.numbers.days)}
        onCommit={(days) => {
          change({ days });
        }}
      />
      <FilterSelect
        label={t`Por`}
        value={plan.interval}
        onChange={(by) => {
          change({ by: by === 'hour' ? null : by });
        }}
      >
        {INTERVALS.map((interval) => (
          <option key={interval} value={interval}>
            {intervals[interval]}
          </option>
        ))}
      </FilterSelect>
      {filter !== null && (
        <FilterSelect
          label={plan.kind === 'legacy' ? t`Segmento` : t`Cola`}
          value={filter}
          onChange={(value) => {
            if (value === '') change({ segment: null, queue: null });
          }}
        >
          <option value="">{t`Todas`}</option>
          <option value={filter}>{filter}</option>
        </FilterSelect>
      )}
    </div>
  );
}
