// How long calls took, in the bands that the server made, in the order of their bounds.
import type { Row } from '~/overview/answers';

export interface BandRow {
  band: string;
  calls: number;
  abandoned: number;
  rate: number | null;
  /** The share of all calls that ended in this band or before it. */
  upTo: number;
}

function lowerBound(band: string): number {
  return Number.parseInt(band, 10);
}

/** Rows without a band (calls still open) are left out. */
export function distribution(rows: Row[], dimension: string, volume: string): BandRow[] {
  const found = rows
    .flatMap((row) => {
      const band = row.text(dimension);
      return band === null
        ? []
        : [{ band, calls: row.number(volume) ?? 0, abandoned: row.number('abandoned') ?? 0 }];
    })
    .sort((a, b) => lowerBound(a.band) - lowerBound(b.band));
  const all = found.reduce((sum, { calls }) => sum + calls, 0);
  let seen = 0;
  return found.map((row) => {
    seen += row.calls;
    return { ...row, rate: row.calls > 0 ? row.abandoned / row.calls : null, upTo: all > 0 ? seen / all : 0 };
  });
}

/** `61-120` and `301+` as people write them. */
export function writeBand(band: string): string {
  return `${band.replace('-', '–')} s`;
}
