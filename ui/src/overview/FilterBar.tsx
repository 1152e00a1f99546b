import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { FilterSelect } from '~/parts/FilterSelect';
import {
  type Compare,
  COMPARES,
  type Granularity,
  granularitiesFor,
  type PeriodChoice,
  type Preset,
  PRESETS,
} from '~/period/presets';
import type { ViewState } from '~/period/viewState';
import { useMay } from '~/session/useSession';

import { rowsOf } from './answers';
import classes from './FilterBar.module.css';
import { RangeButton } from './RangeButton';
import { question, type Scope } from './scope';
import { useAnswer } from './useAnswer';
import { useNarrow } from './useNarrow';
import { useCompareNames, useGranularityNames, usePresetNames, useSegmentName } from './words';
import { ZoneSelect } from './ZoneSelect';

const NARROW_PX = 641;
const FILTER_REPORTS = 'RPT-003';
const VALUES_MAX = 100; // of a drop-down that somebody reads

interface Props {
  scope: Scope;
  choice: PeriodChoice;
  view: ViewState;
  change: (part: Partial<ViewState>) => void;
  ownSegment: string | null;
  /** Neither interval nor comparison. */
  plain?: boolean | undefined;
}

export function FilterBar({ scope, choice, view, change, ownSegment, plain = false }: Props) {
  const { t } = useLingui();
  const mayFilter = useMay(FILTER_REPORTS);
  return (
    <div className={classes.bar} role="group" aria-label={t`Qué se muestra`}>
      <PeriodPicker choice={choice} scope={scope} change={change} />
      {ownSegment !== null ? (
        <span className={classes.fixed}>
          <Trans>
            Segmento <strong>{ownSegment}</strong>
          </Trans>
        </span>
      ) : (
        mayFilter && <ValueFilter scope={scope} change={change} />
      )}
      {!plain && <GranularityPicker scope={scope} chosen={view.granularity} change={change} />}
      {!plain && <ComparePicker scope={scope} change={change} />}
      <ZoneSelect
        zone={scope.zone}
        onChange={(zone) => {
          change({ zone });
        }}
      />
    </div>
  );
}

function ComparePicker({ scope, change }: Pick<Props, 'scope' | 'change'>) {
  const { t } = useLingui();
  const names = useCompareNames();
  return (
    <FilterSelect
      label={t`Frente a`}
      value={scope.compare}
      onChange={(value) => {
        change({ compare: value === 'previous_period' ? null : (value as Compare) });
      }}
    >
      {COMPARES.map((compare) => (
        <option key={compare} value={compare}>
          {names[compare]}
        </option>
      ))}
    </FilterSelect>
  );
}

function PeriodPicker({ choice, scope, change }: Pick<Props, 'choice' | 'scope' | 'change'>) {
  const { t } = useLingui();
  const names = usePresetNames();
  const current = choice.kind === 'preset' ? choice.preset : null;
  const narrow = useNarrow(NARROW_PX);
  const pick = (preset: Preset) => {
    change({ period: { kind: 'preset', preset }, granularity: null });
  };
  const range = (
    <RangeButton
      active={choice.kind === 'range'}
      first={scope.period.first}
      last={scope.period.last}
      onPick={(first, last) => {
        change({ period: { kind: 'range', first, last }, granularity: null });
      }}
    />
  );
  if (narrow) {
    return (
      <>
        <FilterSelect
          label={t`Periodo`}
          value={current ?? ''}
          onChange={(preset) => {
            pick(preset as Preset);
          }}
        >
          {current === null && <option value="">{t`Rango`}</option>}
          {PRESETS.map((preset) => (
            <option key={preset} value={preset}>
              {names[preset]}
            </option>
          ))}
        </FilterSelect>
        <div className={classes.periods}>{range}</div>
      </>
    );
  }
  return (
    <div className={classes.periods} role="group" aria-label={t`Periodo`}>
      {PRESETS.map((preset) => (
        <button
          key={preset}
          type="button"
          className={classes.preset}
          aria-pressed={preset === current}
          onClick={() => {
            pick(preset);
          }}
        >
          {names[preset]}
        </button>
      ))}
      {range}
    </div>
  );
}

function ValueFilter({ scope, change }: Pick<Props, 'scope' | 'change'>) {
  const { t } = useLingui();
  const format = useFormat();
  const segmentName = useSegmentName();
  const legacy = scope.kind === 'legacy';
  const dimension = legacy ? 'segment' : 'queue';
  const metric = legacy ? 'calls' : 'offered';
  const chosen = legacy ? scope.segment : scope.queue;
  const { answer } = useAnswer(
    question(scope, {
      metrics: [metric],
      dimensions: [dimension],
      order_by: [`-${metric}`],
      limit: VALUES_MAX,
      unfiltered: true,
    }),
  );
  const found = rowsOf(answer).flatMap((row) => row.text(dimension) ?? []);
  // What the address asks for stays to be seen, even where the period has no such call.
  const values = chosen === null || found.includes(chosen) ? found : [chosen, ...found];
  const write = (value: string) => (legacy ? segmentName(value) : value);
  return (
    <FilterSelect
      label={legacy ? t`Segmento` : t`Cola`}
      value={chosen ?? ''}
      onChange={(value) => {
        change(legacy ? { segment: value || null } : { queue: value || null });
      }}
    >
      <option value="">{legacy ? t`Todos` : t`Todas`}</option>
      {values
        .slice()
        .sort(new Intl.Collator(format.locale).compare)
        .map((value) => (
          <option key={value} value={value}>
            {write(value)}
          </option>
        ))}
    </FilterSelect>
  );
}

function GranularityPicker({
  scope,
  chosen,
  change,
}: { scope: Scope; chosen: Granularity | null } & Pick<Props, 'change'>) {
  const { t } = useLingui();
  const names = useGranularityNames();
  const fitting = granularitiesFor(scope.period.days);
  const automatic = t`Automático (${names[scope.granularity].toLocaleLowerCase()})`;
  return (
    <FilterSelect
      label={t`Cada`}
      value={chosen !== null && fitting.includes(chosen) ? chosen : ''}
      onChange={(value) => {
        change({ granularity: (value || null) as Granularity | null });
      }}
      shown={names[scope.granularity]}
    >
      <option value="">{chosen === null ? automatic : t`Automático`}</option>
      {fitting.map((granularity) => (
        <option key={granularity} value={granularity}>
          {names[granularity]}
        </option>
      ))}
    </FilterSelect>
  );
}
