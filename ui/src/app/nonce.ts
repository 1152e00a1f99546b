// The gateway writes a fresh nonce into the page; whoever makes a style element has to carry it.
import { setNonce } from 'get-nonce';

const PLACEHOLDER = '__CSP_NONCE__';

export function styleNonce(): string | undefined {
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;
  return nonce && nonce !== PLACEHOLDER ? nonce : undefined;
}

/** For the library that locks scrolling under a dialog, which asks nobody. */
export function shareNonce(): void {
  const nonce = styleNonce();
  if (nonce) setNonce(nonce);
}
