// Signal or noise: a p′ chart (Laney). Its limits widen where few calls stand behind a share, and where the share
// moves more from bucket to bucket than chance alone would have it, as call centres' shares do.

export interface Sample {
  part: number | null;
  whole: number | null;
}

/** Why a point stands out: beyond its limits, or the eighth in a row on one side of the middle. */
export type Signal = 'limit' | 'run';

export interface ControlPoint {
  rate: number;
  low: number;
  middle: number;
  high: number;
  signal: Signal | null;
}

// Of fewer calls than this a share says nothing.
export const WHOLE_MIN = 10;
// With fewer points there is no telling what is usual.
export const POINTS_NEEDED = 8;
const SIGMAS = 3;
const RUN = 8; // Western Electric, rule 4
const D2 = 1.128; // mean moving range of two over the standard deviation

/** One entry a sample; null where nothing can be said of it. */
export function controlChart(samples: Sample[]): (ControlPoint | null)[] {
  const usable = samples.map(({ part, whole }) =>
    part !== null && whole !== null && whole >= WHOLE_MIN ? { part, whole } : null,
  );
  const counted = usable.filter((sample) => sample !== null);
  const whole = counted.reduce((sum, sample) => sum + sample.whole, 0);
  if (counted.length < POINTS_NEEDED || whole === 0) return samples.map(() => null);

  const middle = counted.reduce((sum, sample) => sum + sample.part, 0) / whole;
  const chance = (n: number) => Math.sqrt((middle * (1 - middle)) / n);
  const scores = counted.map((sample) => {
    const sigma = chance(sample.whole);
    return sigma > 0 ? (sample.part / sample.whole - middle) / sigma : 0;
  });
  const ranges = scores.slice(1).map((score, index) => Math.abs(score - (scores[index] ?? 0)));
  const sigmaZ = Math.max(1, ranges.reduce((sum, range) => sum + range, 0) / ranges.length / D2);

  let run = 0;
  return usable.map((sample) => {
    if (!sample) return null;
    const rate = sample.part / sample.whole;
    const reach = SIGMAS * chance(sample.whole) * sigmaZ;
    const side = Math.sign(rate - middle);
    run = side !== 0 && side === Math.sign(run) ? run + side : side;
    const beyond = rate > middle + reach || rate < middle - reach;
    return {
      rate,
      low: Math.max(0, middle - reach),
      middle,
      high: Math.min(1, middle + reach),
      signal: beyond ? 'limit' : Math.abs(run) >= RUN ? 'run' : null,
    };
  });
}
