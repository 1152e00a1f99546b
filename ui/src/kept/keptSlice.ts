// Whether what is on screen is from the last visit and the server has not said yet how new the data is.
import { createSlice } from '@reduxjs/toolkit';

import { generatedApi } from '~/api/generated';

export interface KeptState {
  unconfirmed: boolean;
  /** It has said so in this visit. */
  told: boolean;
}

const initialState: KeptState = { unconfirmed: false, told: false };

const slice = createSlice({
  name: 'kept',
  initialState,
  reducers: {
    answersRestored: (state) => {
      state.unconfirmed = true;
    },
  },
  extraReducers: (builder) => {
    builder.addMatcher(generatedApi.endpoints.listFreshness.matchFulfilled, (state) => {
      state.told = true;
      state.unconfirmed = false;
    });
  },
});

export const { answersRestored } = slice.actions;
export const keptReducer = slice.reducer;
