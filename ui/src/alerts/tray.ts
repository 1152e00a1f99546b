// What the tray counts and how an alert says what happened. Pure.
import type { AlertOut } from '~/api/generated';

export const SEE_ALERTS = 'ALR-001';
/** Where rules are made and all alerts are listed. */
export const RULES_PATH = '/avisos';
export const SEE_HISTORY = 'ALR-006';
export const ACKNOWLEDGE = 'ALR-007';
export const POLL_MS = 30_000; // alerts are evaluated when data arrives, every 10 s at most
export const ALERTS_SHOWN = 50; // more open at once are a failure of the rules, not of the centre

/** An alert that somebody takes care of no longer waits. */
export function traySize(
  alerts: Pick<AlertOut, 'acknowledged_at'>[] | undefined,
  unread: number | undefined,
): { firing: number; unread: number } {
  const firing = alerts?.filter(({ acknowledged_at }) => acknowledged_at === null).length ?? 0;
  return { firing, unread: unread ?? 0 };
}

const COMPARISONS: Record<string, string> = { gt: '>', gte: '≥', lt: '<', lte: '≤' };

export interface Told {
  /** The metric, or null where data is missing. */
  metric: string | null;
  sign: string;
  limit: number | null;
}

/** What a rule looks at; the interface hands the definition back as it was given. */
export function toldOf({ definition }: Pick<AlertOut, 'definition'>): Told {
  const { metric, comparison, value } = definition as Record<string, unknown>;
  return {
    metric: typeof metric === 'string' ? metric : null,
    sign: COMPARISONS[String(comparison)] ?? '',
    limit: typeof value === 'number' ? value : null,
  };
}
