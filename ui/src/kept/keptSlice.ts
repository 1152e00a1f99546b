// Whether what is on screen is from the last visit and the server has not said yet how new the data is.
import { createSlice } from '@reduxjs/toolkit';

import { generatedApi } from '~/api/generated';

export interface KeptState {
  unconfirmed: boolean;
  /** The server did not confirm all of it: whoever shows it asks again. */
  doubted: boolean;
  /** The server has said how new the data is, in this visit. */
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
      state.doubted = state.unconfirmed;
    },
  },
  extraReducers: (builder) => {
    builder.addMatcher(generatedApi.endpoints.listFreshness.matchFulfilled, () => confirmed);
  },
});

export const { answersRestored, answersConfirmed, answersDoubted } = slice.actions;
export const keptReducer = slice.reducer;
