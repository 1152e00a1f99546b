// What the trail is asked, from the address of the screen. Pure.
import { addDays, isDay, isoInZone, startOfDayMs } from '~/period/zoned';

export interface AuditAsked {
  from: string | null;
  to: string | null;
  event: string | null;
  actorId: string | null;
}

const TEXT_CHARS_MAX = 80;

function short(text: string | null): string | null {
  return text && text.length <= TEXT_CHARS_MAX ? text : null;
}

export function auditAsked(params: URLSearchParams, zone: string): AuditAsked {
  const [first, last] = [params.get('first'), params.get('last')];
  const start = (day: string) => isoInZone(startOfDayMs(day, zone), zone);
  return {
    from: isDay(first) ? start(first) : null,
    // People name the last day and mean all of it.
    to: isDay(last) ? start(addDays(last, 1)) : null,
    event: short(params.get('event'))?.toUpperCase() ?? null,
    actorId: short(params.get('actor')),
  };
}

export function auditFile({ from, to, event, actorId }: AuditAsked): string {
  const params = new URLSearchParams({ bom: 'true' });
  for (const [name, value] of Object.entries({ from, to, event, actor_id: actorId })) {
    if (value !== null) params.set(name, value);
  }
  return `/api/v1/audit-events/export?${params.toString()}`;
}
