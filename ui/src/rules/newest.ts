// The newest alert of each rule, out of one list of alerts. Pure.
import type { AlertOut } from '~/api/generated';

/** Alerts come newest first: the first of a rule is its last one. */
export function newestByRule(alerts: AlertOut[]): Map<string, AlertOut> {
  const newest = new Map<string, AlertOut>();
  for (const alert of alerts) if (!newest.has(alert.rule_id)) newest.set(alert.rule_id, alert);
  return newest;
}
