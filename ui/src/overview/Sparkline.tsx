import classes from './Tile.module.css';

const WIDTH = 96;
const HEIGHT = 26;
const INSET = 2;

/** The shape of the period, without scale: the chart below has the numbers. */
export function Sparkline({ values, tone }: { values: (number | null)[]; tone: 'volume' | 'loss' }) {
  const path = sparkPath(values);
  if (!path) return null;
  return (
    <svg
      className={classes.spark}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      data-tone={tone}
      aria-hidden="true"
      focusable="false"
    >
      <path d={path} />
    </svg>
  );
}

export function sparkPath(values: (number | null)[]): string | null {
  const known = values.filter((value) => value !== null);
  if (known.length < 3) return null;
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const step = WIDTH / Math.max(1, values.length - 1);
  let pen = 'M';
  const parts: string[] = [];
  values.forEach((value, index) => {
    if (value === null) {
      pen = 'M';
      return;
    }
    const y = HEIGHT - INSET - ((value - low) / span) * (HEIGHT - 2 * INSET);
    parts.push(`${pen}${(index * step).toFixed(1)} ${y.toFixed(1)}`);
    pen = 'L';
  });
  return parts.join('');
}
