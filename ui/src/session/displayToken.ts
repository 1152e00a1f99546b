// A wall is opened by `/?kiosk=1#display=…`: a token that only reads and can be taken back, instead of a person's
// session. It leaves the address before anything is drawn and lives as long as the tab, so that a reload finds it.
const DISPLAY = /^#(?:.*&)?display=([A-Za-z0-9_-]{8,400})(?:&|$)/;
const STORAGE_KEY = 'iact.display';

let token: string | null = null;

export function takeDisplayToken(target: Window): void {
  const found = DISPLAY.exec(target.location.hash)?.[1];
  if (found) target.history.replaceState(null, '', target.location.pathname + target.location.search);
  // Only a wall looks for one: the first look into this storage has the browser fetch it, some 15 ms of a visit.
  const wall = new URLSearchParams(target.location.search).get('kiosk') === '1';
  token = found ?? (wall ? stored() : null);
  try {
    if (found) sessionStorage.setItem(STORAGE_KEY, found);
  } catch {
    // Without storage a reload asks for the link once more.
  }
}

/** What this tab reads with, where it is a wall. */
export function displayToken(): string | null {
  return token;
}

export function forgetDisplayToken(): void {
  token = null;
  try {
    sessionStorage.removeItem(STORAGE_KEY);
  } catch {
    // Nothing was kept.
  }
}

function stored(): string | null {
  try {
    return sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
