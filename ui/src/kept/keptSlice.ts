// Whether what is on screen is from the last visit and the server has not confirmed it yet.
import { createSlice } from '@reduxjs/toolkit';

import { generatedApi } from '~/api/generated';

export interface KeptState {
  unconfirmed: boolean;
  /** The server did not confirm all of it: whoever shows it asks again, and says when all of that is answered. */
  doubted: boolean;
  /** The server has said how new the data is: in this visit, and since there is a doubt. */
  told: boolean;
}

const initialState: KeptState = { unconfirmed: false, doubted: false, told: false };
const confirmed: KeptState = { unconfirmed: false, doubted: false, told: true };

const slice = createSlice({
  name: 'kept',
  initialState,
  reducers: {
    answersRestored: (state) => {
      state.unconfirmed = true;
    },
    answersConfirmed: () => confirmed,
    answersDoubted: (state) => {
      if (!state.unconfirmed) return;
      state.doubted = true;
      state.told = false;
    },
  },
  extraReducers: (builder) => {
    builder
      .addMatcher(generatedApi.endpoints.listFreshness.matchFulfilled, (state) => {
        state.told = true;
      })
      // Whoever is next starts from nothing: neither what is opened late nor what is confirmed late is theirs.
      .addMatcher(generatedApi.util.resetApiState.match, () => confirmed);
  },
});

export const { answersRestored, answersConfirmed, answersDoubted } = slice.actions;
export const keptReducer = slice.reducer;
