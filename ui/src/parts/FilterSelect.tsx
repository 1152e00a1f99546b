import type { ReactNode } from 'react';

import { ChevronDownIcon } from './icons';
import classes from './FilterSelect.module.css';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  children: ReactNode;
  /** What is shown when it is not the option's own text. */
  shown?: string;
  /** Somebody is about to open it: the time to make options that would hold the page up. */
  onReach?: () => void;
}

/** A native select in the dress of the bar: right on every phone, and with every keyboard. */
export function FilterSelect({ label, value, onChange, children, shown, onReach }: Props) {
  return (
    <label className={classes.box}>
      <span className={classes.label}>{label}</span>
      {shown !== undefined && (
        <span className={classes.shown} aria-hidden="true">
          {shown}
        </span>
      )}
      <select
        className={classes.select}
        data-covered={shown !== undefined || undefined}
        value={value}
        onFocus={onReach}
        onPointerEnter={onReach}
        onPointerDown={onReach}
        onChange={(event) => {
          onChange(event.currentTarget.value);
        }}
      >
        {children}
      </select>
      <span className={classes.chevron}>
        <ChevronDownIcon />
      </span>
    </label>
  );
}
