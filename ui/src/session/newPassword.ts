// What the page can check before it asks; the server decides (its list of known passwords is not here).
export const PASSWORD_CHARS_MIN = 12;
export const PASSWORD_CHARS_MAX = 128;

export type PasswordFault = 'short' | 'long' | 'differ';

export function passwordFaults(password: string, again: string): PasswordFault[] {
  const faults: PasswordFault[] = [];
  const length = Array.from(password).length;
  if (length < PASSWORD_CHARS_MIN) faults.push('short');
  if (length > PASSWORD_CHARS_MAX) faults.push('long');
  if (again !== '' && again !== password) faults.push('differ');
  return faults;
}

export function isReady(password: string, again: string): boolean {
  return again !== '' && passwordFaults(password, again).length === 0;
}
