// A run's numbers as people read them. Pure.
import type { Run } from '~/api/generated';

export type Counts = Pick<Run, 'read' | 'published' | 'unchanged' | 'held' | 'rejected' | 'duplicate'>;

export function isWorking({ state }: Pick<Run, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}

/** How far it is, 0 to 1; null while nobody knows how much there is. */
export function progressOf({
  state,
  read,
  expected,
}: Pick<Run, 'state' | 'read' | 'expected'>): number | null {
  if (state === 'succeeded') return 1;
  return expected ? Math.min(1, read / expected) : null;
}

/** Every row read ends as exactly one of five. */
export function addsUp(counts: Counts): boolean {
  const { read, published, unchanged, held, rejected, duplicate } = counts;
  return read === published + unchanged + held + rejected + duplicate;
}
