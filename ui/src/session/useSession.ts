import { useCallback, useEffect, useState } from 'react';

import { baseApi } from '~/api/base';
import { forgetAnswers } from '~/api/etags';
import type { SessionState } from '~/api/generated';
import type { Problem } from '~/api/problems';
import { settleWaiting } from '~/api/relogin';
import { useAppDispatch, useAppSelector } from '~/app/store';

import { rememberBeingIn } from './door';
import { mayDo, signedIn, signedOut } from './sessionSlice';
import { fromAnswer, type Ready, sessionBegun } from './start';

/** Nobody is let in, or shown the door, before that is `ready`; what came in the way is told, and asked again by `retry`. */
export function useSessionStart(ready: Ready) {
  const dispatch = useAppDispatch();
  const unknown = useAppSelector((state) => state.session.status === 'unknown');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    if (unknown) void sessionBegun(dispatch, ready).then(setProblem);
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
