import { type KeyboardEvent, useState } from 'react';

import classes from './FilterInput.module.css';
import box from './FilterSelect.module.css';

interface Props {
  label: string;
  value: string;
  /** Called when the person has finished: Enter, or leaving the field; never with what the field refuses. */
  onCommit: (value: string) => void;
  type?: 'text' | 'number' | 'date';
  min?: number;
  max?: number;
  step?: number;
  placeholder?: string;
  unit?: string;
}

/** A field in the dress of the bar. */
export function FilterInput({ label, value, onCommit, type = 'text', unit, ...limits }: Props) {
  const [wrong, setWrong] = useState(false);
  const commit = (field: HTMLInputElement) => {
    const valid = field.checkValidity();
    setWrong(!valid);
    if (!valid) field.reportValidity();
    else if (field.value !== value) onCommit(field.value);
  };
  return (
    <label className={`${box.box} ${classes.box}`} data-wrong={wrong || undefined}>
      <span className={box.label}>{label}</span>
      <input
        // Another address is another value: the field begins anew.
        key={value}
        className={classes.input}
        type={type}
        defaultValue={value}
        aria-invalid={wrong || undefined}
        onBlur={(event) => {
          commit(event.currentTarget);
        }}
        onKeyDown={(event: KeyboardEvent<HTMLInputElement>) => {
          if (event.key === 'Enter') commit(event.currentTarget);
        }}
        {...limits}
      />
      {unit && <span className={box.label}>{unit}</span>}
    </label>
  );
}
