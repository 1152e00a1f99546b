// The few kinds of field that a rule is made of.
import { useLingui } from '@lingui/react/macro';
import { NativeSelect, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';

import { limitsIn, type Span, type TimeUnit } from './rule';
import classes from './Rules.module.css';

/** What explains a field stands below it: fields beside one another keep their line. */
export const ORDER: ('label' | 'input' | 'description' | 'error')[] = [
  'label',
  'input',
  'description',
  'error',
];

interface ChoiceProps<Value extends string> {
  label: string;
  'aria-label'?: string;
  value: Value;
  options: { value: Value; label: string }[];
  onChange: (value: Value) => void;
  error?: string | undefined;
  description?: ReactNode;
}

export function Choice<Value extends string>({ options, onChange, ...field }: ChoiceProps<Value>) {
  return (
    <NativeSelect
      {...field}
      inputWrapperOrder={ORDER}
      onChange={(event) => {
        onChange(event.currentTarget.value as Value);
      }}
    >
      {options.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </NativeSelect>
  );
}

interface NumberProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  description?: ReactNode;
  unit?: string | undefined;
  min?: number;
  max?: number;
  whole?: boolean;
}

export function NumberField({ onChange, unit, whole = false, ...field }: NumberProps) {
  return (
    <TextInput
      {...field}
      inputWrapperOrder={ORDER}
      type="number"
      inputMode={whole ? 'numeric' : 'decimal'}
      step={whole ? 1 : 'any'}
      required
      withAsterisk={false}
      {...(unit !== undefined && { rightSection: <span className={classes.soft}>{unit}</span> })}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    />
  );
}

interface SpanProps {
  label: string;
  value: Span;
  units: TimeUnit[];
  limits: { min: number; max: number };
  onChange: (value: Span) => void;
  error?: string | undefined;
  description?: ReactNode;
}

/** A length of time: how many of what. */
export function SpanField({ label, value, units, limits, onChange, error, description }: SpanProps) {
  const { t } = useLingui();
  const names: Record<TimeUnit, string> = { s: t`segundos`, min: t`minutos`, h: t`horas`, d: t`días` };
  // One that was made elsewhere keeps its unit.
  const offered = units.includes(value.unit) ? units : [value.unit, ...units];
  return (
    <div className={classes.span}>
      <NumberField
        label={label}
        value={value.count}
        error={error}
        description={description}
        whole={value.unit === 'min' || value.unit === 's'}
        {...limitsIn(limits, value.unit)}
        onChange={(count) => {
          onChange({ ...value, count });
        }}
      />
      <Choice
        label={t`Unidad`}
        aria-label={t`Unidad, ${label}`}
        value={value.unit}
        options={offered.map((unit) => ({ value: unit, label: names[unit] }))}
        onChange={(unit) => {
          onChange({ ...value, unit });
        }}
      />
    </div>
  );
}
