import classes from './Wordmark.module.css';

interface Props {
  onDark?: boolean;
}

export function Wordmark({ onDark = false }: Props) {
  return (
    <span className={classes.mark} data-on-dark={onDark || undefined}>
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" focusable="false">
        <rect className={classes.tile} width="32" height="32" rx="7" />
        <g fill="none" strokeWidth="3" strokeLinecap="round">
          <path className={classes.bar} d="M8 13v6" />
          <path className={classes.peak} d="M13.3 9v14" />
          <path className={classes.bar} d="M18.7 12v8" />
          <path className={classes.bar} d="M24 14.5v3" />
        </g>
      </svg>
      <span className={classes.name}>IACT</span>
    </span>
  );
}
