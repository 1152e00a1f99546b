// Who holds the cookie: asked once, before there is anything to show, so that a visit begins with its screen.
import { generatedApi, type SessionState } from '~/api/generated';
import { type Problem, problemOf } from '~/api/problems';
import type { AppDispatch } from '~/app/store';
import { restoreAnswers } from '~/kept/answers';

import { displayToken } from './displayToken';
import { rememberBeingIn, worthAsking } from './door';
import { type SignedIn, signedIn, signedOut } from './sessionSlice';

/** Resolves when the door, or what is inside, can be drawn. */
export type Ready = (part: 'door' | 'inside') => Promise<void>;
/** What came in the way of an answer; null once it is known who is in. */
type Begun = Promise<Problem | null>;

const begun = new WeakMap<AppDispatch, Begun>();

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

/** Asks while the page is not drawn yet; whoever draws it takes the answer by `sessionBegun`. */
export function beginSession(dispatch: AppDispatch, ready: Ready): Begun {
  const asked = ask(dispatch, ready);
  begun.set(dispatch, asked);
  return asked;
}

/** Once, what `beginSession` has asked; otherwise asked now. */
export function sessionBegun(dispatch: AppDispatch, ready: Ready): Begun {
  const asked = begun.get(dispatch) ?? ask(dispatch, ready);
  begun.delete(dispatch);
  return asked;
}

/** 401 means that nobody is in, anything else is a problem. `ready` is awaited before anything of it is told. */
async function ask(dispatch: AppDispatch, ready: Ready): Begun {
  if (!worthAsking()) {
    await ready('door');
    dispatch(signedOut());
    return null;
  }
  const request = dispatch(
    generatedApi.endpoints.readCurrentSession.initiate(undefined, { forceRefetch: true }),
  );
  const { data, error } = await request;
  request.unsubscribe();
  if (data) {
    const user = fromAnswer(data);
    // What the last visit left is a head start: whatever is wrong with it keeps nobody out.
    const restored = restoreAnswers(dispatch, user).catch(() => undefined);
    await Promise.all([restored, user.mustChangePassword || ready('inside')]);
    dispatch(signedIn(user));
    return null;
  }
  if (error && 'status' in error && error.status === 401 && displayToken() === null) {
    rememberBeingIn(false);
    await ready('door');
    dispatch(signedOut());
    return null;
  }
  return error ? problemOf(error) : null;
}
