// Who is signed in and what they may do. The CSRF token lives here, in memory, and nowhere else.
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

import type { Preferences } from '~/api/generated';

export interface SignedIn {
  userId: string;
  username: string;
  displayName: string;
  functions: string[];
  segment: string | null;
  csrfToken: string | null;
  preferences: Preferences;
  mustChangePassword: boolean;
}

export interface SessionState {
  /** unknown: not asked yet; ended: it was there and the person's work still is. */
  status: 'unknown' | 'out' | 'in' | 'ended';
  user: Omit<SignedIn, 'csrfToken' | 'mustChangePassword'> | null;
  csrfToken: string | null;
  mustChangePassword: boolean;
}

const initialState: SessionState = {
  status: 'unknown',
  user: null,
  csrfToken: null,
  mustChangePassword: false,
};

const slice = createSlice({
  name: 'session',
  initialState,
  reducers: {
    signedIn: (_state, { payload }: PayloadAction<SignedIn>) => {
      const { csrfToken, mustChangePassword, ...user } = payload;
      return { status: 'in' as const, user, csrfToken, mustChangePassword };
    },
    sessionEnded: (state) => {
      if (state.status === 'in') state.status = 'ended';
    },
    preferencesKept: (state, { payload }: PayloadAction<Preferences>) => {
      if (state.user) state.user.preferences = payload;
    },
    signedOut: () => ({ ...initialState, status: 'out' as const }),
  },
});

export const { signedIn, sessionEnded, preferencesKept, signedOut } = slice.actions;
export const sessionReducer = slice.reducer;

export function mayDo(state: { session: SessionState }, code: string): boolean {
  return state.session.user?.functions.includes(code) ?? false;
}
