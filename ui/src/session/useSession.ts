import { useCallback, useEffect, useState } from 'react';

import { baseApi } from '~/api/base';
import { forgetAnswers } from '~/api/etags';
import { generatedApi, type SessionState } from '~/api/generated';
import { type Problem, problemOf } from '~/api/problems';
import { settleWaiting } from '~/api/relogin';
import { useAppDispatch, useAppSelector } from '~/app/store';
import { restoreAnswers } from '~/kept/answers';

import { displayToken } from './displayToken';
import { rememberBeingIn, worthAsking } from './door';
import { mayDo, type SignedIn, signedIn, signedOut } from './sessionSlice';

export function fromAnswer(answer: SessionState): SignedIn {
  return {
    userId: answer.user.id,
    username: answer.user.username,
    displayName: answer.user.display_name || answer.user.username,
    functions: answer.functions,
    segment: answer.segment,
    csrfToken: answer.csrf_token,
    preferences: answer.user.preferences,
    mustChangePassword: answer.must_change_password,
  };
}

/**
 * Asks once who holds the cookie; 401 means nobody does, anything else is a problem to show. `ready` is awaited before
 * anybody is let in.
 */
export function useSessionStart(ready: () => Promise<void>) {
  const dispatch = useAppDispatch();
  const unknown = useAppSelector((state) => state.session.status === 'unknown');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    if (!unknown) return;
    if (!worthAsking()) {
      dispatch(signedOut());
      return;
    }
    const request = dispatch(
      generatedApi.endpoints.readCurrentSession.initiate(undefined, { forceRefetch: true }),
    );
    void request.then(async ({ data, error }) => {
      if (data) {
        const user = fromAnswer(data);
        await Promise.all([restoreAnswers(dispatch, user), user.mustChangePassword || ready()]);
        dispatch(signedIn(user));
      } else if (error && 'status' in error && error.status === 401 && displayToken() === null) {
        rememberBeingIn(false);
        dispatch(signedOut());
      } else if (error) setProblem(problemOf(error));
    });
    return () => {
      request.unsubscribe();
    };
  }, [dispatch, unknown, attempt, ready]);

  const retry = useCallback(() => {
    setProblem(null);
    setAttempt((n) => n + 1);
  }, []);
  return { problem, retry };
}

export function useMay(code: string): boolean {
  return useAppSelector((state) => mayDo(state, code));
}

/** The only segment whose data the person sees; null where they see all. */
export function useSegment(): string | null {
  return useAppSelector((state) => state.session.user?.segment ?? null);
}

/** Any one of several functions. */
export function useMayAny(codes: string | readonly string[]): boolean {
  return useAppSelector((state) => [codes].flat().some((code) => mayDo(state, code)));
}

/** Takes a new session over. The same person continues where they were; another starts from nothing. */
export function useEnter() {
  const dispatch = useAppDispatch();
  const previous = useAppSelector((state) => state.session.user?.userId);
  return useCallback(
    (answer: SessionState) => {
      if (previous !== answer.user.id) {
        forgetAnswers();
        dispatch(baseApi.util.resetApiState());
      }
      rememberBeingIn(true);
      dispatch(signedIn(fromAnswer(answer)));
      settleWaiting(previous === answer.user.id);
    },
    [dispatch, previous],
  );
}

export function useLeave() {
  const dispatch = useAppDispatch();
  return useCallback(() => {
    rememberBeingIn(false);
    dispatch(signedOut());
    settleWaiting(false);
    forgetAnswers();
    dispatch(baseApi.util.resetApiState());
  }, [dispatch]);
}
