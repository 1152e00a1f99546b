// Whether somebody came in through this browser before. It decides nothing but whether to ask: at the sign-in
// page of a browser that nobody used, the question would only be refused.
export const SIGN_IN_PATH = '/sign-in';

const STORAGE_KEY = 'iact.been-in';

export function rememberBeingIn(is: boolean): void {
  try {
    if (is) localStorage.setItem(STORAGE_KEY, '1');
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Without storage the question is asked once more than needed.
  }
}

export function worthAsking(): boolean {
  if (window.location.pathname !== SIGN_IN_PATH) return true;
  try {
    return localStorage.getItem(STORAGE_KEY) !== null;
  } catch {
    return true;
  }
}
