import { useLingui } from '@lingui/react/macro';

import { useReadCatalogQuery } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { useCentreName, useOptionName } from '~/ivr/words';
import { useScope } from '~/overview/scope';
import { useMenuName, useSegmentName } from '~/overview/words';
import { FilterSelect } from '~/parts/FilterSelect';

import classes from './Calls.module.css';
import type { CallsState } from './callsState';
import type { ChangeCalls } from './useCallsState';
import { useCountName, useDimensionName, useExitName, useLineName, useOutcomeName } from './words';

interface Props {
  state: CallsState;
  change: ChangeCalls;
}

const SELECTS = {
  legacy: ['outcome', 'line_kind', 'duration_band'],
  asterisk: ['exit', 'wait_band', 'duration_band'],
} as const;

/** The dimensions with few values as drop-downs; what a link from a number brought along as chips to take off. */
export function CallsFilters({ state, change }: Props) {
  const { t } = useLingui();
  const { kind } = useScope();
  const names = useDimensionName();
  const selects: readonly string[] = SELECTS[kind];
  const chips = Object.keys(state.cell).filter((name) => !selects.includes(name));
  return (
    <div className={classes.filters} role="group" aria-label={t`Qué llamadas`}>
      {selects.map((dimension) => (
        <ValueSelect key={dimension} dimension={dimension} state={state} change={change} />
      ))}
      {chips.map((name) => (
        <Chip key={name} name={name} label={names(name)} value={state.cell[name]} change={change} />
      ))}
      {state.metric !== null && (
        <Chip name="metric" label={names('metric')} value={state.metric} change={change} />
      )}
    </div>
  );
}

function ValueSelect({ dimension, state, change }: Props & { dimension: string }) {
  const { t } = useLingui();
  const catalog = useReadCatalogQuery({});
  const names = useDimensionName();
  const valueName = useValueName();
  const values = catalog.data?.dimensions.find(({ name }) => name === dimension)?.values ?? [];
  const chosen = state.cell[dimension];
  const value = chosen === undefined ? '' : String(chosen);
  return (
    <FilterSelect
      label={names(dimension)}
      value={value}
      onChange={(next) => {
        change({ [dimension]: next === '' ? null : next });
      }}
    >
      <option value="">{t`Todas`}</option>
      {value !== '' && !values.includes(value) && <option value={value}>{value}</option>}
      {values.map((each) => (
        <option key={each} value={each}>
          {valueName(dimension, each)}
        </option>
      ))}
    </FilterSelect>
  );
}

export function useValueName(): (dimension: string, value: string | number | boolean) => string {
  const { t } = useLingui();
  const format = useFormat();
  const writers: Record<string, (code: string) => string> = {
    metric: useCountName(),
    outcome: useOutcomeName(),
    exit: useExitName(),
    line_kind: useLineName(),
    segment: useSegmentName(),
    menu: useMenuName(),
    option: useOptionName(),
    centre: useCentreName(),
  };
  return (dimension, value) => {
    if (typeof value === 'boolean') return value ? t`Sí` : t`No`;
    if (dimension === 'hour_of_day') return format.hour(Number(value));
    if (dimension === 'weekday') return format.weekday(Number(value));
    const text = String(value);
    // Bands are ranges of seconds; every other text is shown as the lists show it.
    return writers[dimension]?.(text) ?? text.replace(/^(\d+)-(\d+)$/, '$1–$2');
  };
}

interface ChipProps {
  name: string;
  label: string;
  value: string | number | boolean | undefined;
  change: ChangeCalls;
}

function Chip({ name, label, value, change }: ChipProps) {
  const { t } = useLingui();
  const valueName = useValueName();
  return (
    <span className={classes.chip}>
      {label} <strong>{valueName(name, value ?? '')}</strong>
      <button
        type="button"
        className={classes.remove}
        aria-label={t`Quitar ${label}`}
        onClick={() => {
          change({ [name]: null });
        }}
      >
        ×
      </button>
    </span>
  );
}
