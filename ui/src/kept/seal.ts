// Text that only the session can read that it was written in: its key is made from the CSRF token, which the server
// tells whoever holds the cookie and which lies nowhere. With the session ends what can be read of it.
import type { Sealed } from './shelf';

const PURPOSE = 'iact kept answers v1';
const IV_BYTES = 12;

const bytes = (text: string) => new TextEncoder().encode(text);

async function keyOf(secret: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', bytes(secret), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: bytes(PURPOSE) };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
}

/** Of a release: what another one has written is not read. */
export async function seal(secret: string, release: string, text: string): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const algorithm = { name: 'AES-GCM', iv, additionalData: bytes(release) };
  return { iv, data: await crypto.subtle.encrypt(algorithm, await keyOf(secret), bytes(text)) };
}

/** The text, or null for whoever has another session, and after anything has been changed. */
export async function unseal(secret: string, release: string, { iv, data }: Sealed): Promise<string | null> {
  try {
    const algorithm = { name: 'AES-GCM', iv, additionalData: bytes(release) };
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, await keyOf(secret), data));
  } catch {
    return null;
  }
}
