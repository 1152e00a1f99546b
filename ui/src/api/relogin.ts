// Requests that met the end of a session wait here until the person has signed in again or gives up.
type Settle = (restored: boolean) => void;

const waiting = new Set<Settle>();

export function waitForSession(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle: Settle = (restored) => {
      waiting.delete(settle);
      resolve(restored);
    };
    waiting.add(settle);
    signal.addEventListener(
      'abort',
      () => {
        settle(false);
      },
      { once: true },
    );
  });
}

export function settleWaiting(restored: boolean): void {
  for (const settle of [...waiting]) settle(restored);
}
