import { configureStore } from '@reduxjs/toolkit';
import { useDispatch, useSelector } from 'react-redux';

import { baseApi } from '~/api/base';
import { keptReducer } from '~/kept/keptSlice';
import { preferencesReducer } from '~/session/preferencesSlice';
import { sessionReducer } from '~/session/sessionSlice';

export function createStore() {
  return configureStore({
    reducer: {
      [baseApi.reducerPath]: baseApi.reducer,
      session: sessionReducer,
      preferences: preferencesReducer,
      kept: keptReducer,
    },
    middleware: (defaults) => defaults().concat(baseApi.middleware),
    devTools: import.meta.env.DEV,
  });
}

export type Store = ReturnType<typeof createStore>;
export type State = ReturnType<Store['getState']>;
export type AppDispatch = Store['dispatch'];

export const useAppSelector = useSelector.withTypes<State>();
export const useAppDispatch = useDispatch.withTypes<AppDispatch>();
