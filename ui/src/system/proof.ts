// What the server asks a password for afresh, and how it says so.
import type { SerializedError } from '@reduxjs/toolkit';
import type { FetchBaseQueryError } from '@reduxjs/toolkit/query';

export type Failure = FetchBaseQueryError | SerializedError;

const PROOF_WANTED = 'urn:iact:problem:reauthentication-required';

export function wantsProof(error: Failure | undefined): boolean {
  if (!error || !('status' in error) || error.status !== 403) return false;
  return (error.data as { type?: unknown } | null | undefined)?.type === PROOF_WANTED;
}
