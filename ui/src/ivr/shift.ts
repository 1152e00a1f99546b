// Whether a share moved between two periods, or only wobbled.

export interface Share {
  part: number;
  whole: number;
}

export interface Shift {
  /** Difference of the two ratios, later minus earlier. */
  change: number;
  /** Half the width of its 95 % interval. */
  margin: number;
  /** The interval leaves zero out. */
  clear: boolean;
}

const Z_95 = 1.96;

/** Adds one success and one failure to each side (Agresti and Caffo), which keeps the interval right for few calls. */
export function shiftOf(now: Share, before: Share): Shift | null {
  if (now.whole === 0 || before.whole === 0) return null;
  const smooth = ({ part, whole }: Share) => ({ p: (part + 1) / (whole + 2), n: whole + 2 });
  const [a, b] = [smooth(now), smooth(before)];
  const margin = Z_95 * Math.sqrt((a.p * (1 - a.p)) / a.n + (b.p * (1 - b.p)) / b.n);
  return {
    change: now.part / now.whole - before.part / before.whole,
    margin,
    clear: Math.abs(a.p - b.p) > margin,
  };
}
