// One call as a person tells it: what happened, in order, with how long each thing took. Pure.
import type { LegacyCallOut, LegOut, QueueCallDetail, StepOut } from '~/api/generated';

export type Moment =
  | { kind: 'step'; at: string; until: string | null; step: StepOut }
  | { kind: 'leg'; at: string; until: string | null; leg: LegOut }
  | { kind: 'entered'; at: string; until: string | null }
  | { kind: 'exit'; at: string; until: null };

// What happened at the same second is told in this order.
const ORDER: Record<Moment['kind'], number> = { step: 0, entered: 1, leg: 2, exit: 3 };

export function momentsOf(call: QueueCallDetail): Moment[] {
  const moments: Moment[] = [
    ...call.steps.map((step): Moment => ({ kind: 'step', at: step.at, until: step.left_at, step })),
    ...call.legs.map((leg): Moment => ({ kind: 'leg', at: leg.started_at, until: leg.ended_at, leg })),
    { kind: 'entered', at: call.entered_at, until: call.ended_at },
  ];
  if (call.ended_at !== null) moments.push({ kind: 'exit', at: call.ended_at, until: null });
  return moments.sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || ORDER[a.kind] - ORDER[b.kind]);
}

export function secondsBetween(from: string, to: string | null): number | null {
  return to === null ? null : Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}

/** Where a moment lies on the whole length of the call, as shares of it, for the bar beside it. */
export function barOf(moment: Moment, moments: Moment[]): { left: number; width: number } {
  const starts = moments.map(({ at }) => Date.parse(at));
  const ends = moments.map(({ at, until }) => Date.parse(until ?? at));
  const first = Math.min(...starts);
  const whole = Math.max(...ends) - first;
  if (whole <= 0) return { left: 0, width: 1 };
  const left = (Date.parse(moment.at) - first) / whole;
  const right = (Date.parse(moment.until ?? moment.at) - first) / whole;
  return { left, width: Math.max(0, right - left) };
}

/** The path that a legacy call is known by: last menu, option, centre. Where it has none, it says so by null. */
export function pathOf(call: LegacyCallOut): { layer: 'menu' | 'option' | 'centre'; value: string | null }[] {
  return [
    { layer: 'menu', value: call.menu },
    { layer: 'option', value: call.option },
    { layer: 'centre', value: call.centre },
  ];
}
