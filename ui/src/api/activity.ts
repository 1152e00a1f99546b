// A request counts as a person's doing only shortly after they touched the page; everything else is marked
// as background and does not keep a session alive.
const ACTIVE_MS = 5_000; // long enough for a click's request to leave after a slow render

let touchedAt = Date.now(); // opening the page is an act

export function touch(): void {
  touchedAt = Date.now();
}

/** Questions that the page asks by itself, by the key of their answer. */
export const unattended = new Set<string>();

export function isBackground(): boolean {
  return Date.now() - touchedAt > ACTIVE_MS;
}

export function watchActivity(target: Window): void {
  for (const event of ['pointerdown', 'keydown', 'popstate'] as const) {
    target.addEventListener(event, touch, { capture: true, passive: true });
  }
}
