// What went wrong, in one shape: a problem of the interface (RFC 9457), a silent network, a late answer.
import type { SerializedError } from '@reduxjs/toolkit';
import type { FetchBaseQueryError } from '@reduxjs/toolkit/query';

export interface FieldProblem {
  param: string;
  detail: string;
  suggestion: string | null;
}

export interface Problem {
  kind: 'offline' | 'timeout' | 'http';
  status: number | null;
  /** `urn:iact:problem:…`, the kind of refusal. */
  type: string | null;
  title: string | null;
  detail: string | null;
  requestId: string | null;
  fields: FieldProblem[];
  retryAfterS: number | null;
}

type Failure = FetchBaseQueryError | SerializedError;

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function fieldProblems(errors: unknown): FieldProblem[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: unknown) => {
    const { param, detail, suggestion } = (error ?? {}) as Record<string, unknown>;
    return text(detail)
      ? [{ param: text(param) ?? '', detail: String(detail), suggestion: text(suggestion) }]
      : [];
  });
}

export function problemOf(failure: Failure): Problem {
  const status = 'status' in failure && typeof failure.status === 'number' ? failure.status : null;
  const body = ('data' in failure && typeof failure.data === 'object' ? failure.data : null) ?? {};
  const { type, title, detail, request_id, errors, retry_after_s } = body as Record<string, unknown>;
  const timedOut = 'status' in failure && failure.status === 'TIMEOUT_ERROR';
  return {
    kind: status !== null ? 'http' : timedOut ? 'timeout' : 'offline',
    status,
    type: text(type),
    title: text(title),
    detail: text(detail),
    requestId: text(request_id),
    fields: fieldProblems(errors),
    retryAfterS: typeof retry_after_s === 'number' ? retry_after_s : null,
  };
}
