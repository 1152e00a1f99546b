import { createContext, use, useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

import type { ViewOut } from '~/api/generated';

import { difference, merged } from './address';

/** The saved view that the screen stands on. */
export interface Opened {
  view: ViewOut;
  saved: URLSearchParams;
}

export const OpenedContext = createContext<Opened | null>(null);

export function useOpened(): Opened | null {
  return use(OpenedContext);
}

type Change = (params: URLSearchParams) => URLSearchParams;

/** Turns what a screen is to be asked into the address that says so. */
export function useWritten(): Change {
  const opened = useOpened();
  return useCallback(
    (params) => (opened ? difference(opened.view.id, opened.saved, params) : params),
    [opened],
  );
}

/** What the screen is asked: its address, over the saved view that it stands on. Each change is a step of the browser. */
export function useAddressParams(): [URLSearchParams, (change: URLSearchParams | Change) => void] {
  const opened = useOpened();
  const [address, setAddress] = useSearchParams();
  const written = useWritten();
  const params = useMemo(() => (opened ? merged(opened.saved, address) : address), [opened, address]);
  const setParams = useCallback(
    (change: URLSearchParams | Change) => {
      setAddress((old) => {
        const asked = opened ? merged(opened.saved, old) : old;
        return written(typeof change === 'function' ? change(asked) : change);
      });
    },
    [opened, setAddress, written],
  );
  return [params, setParams];
}
