import { useCallback } from 'react';

import { useAddressParams } from '~/views/opened';

export type Change = (part: Record<string, string | null>) => void;

/** The address as the state of a part; what is null or empty is taken out of it. */
export function useAddress(): [URLSearchParams, Change] {
  const [params, setParams] = useAddressParams();
  const change = useCallback<Change>(
    (part) => {
      setParams((old) => {
        const next = new URLSearchParams(old);
        for (const [name, value] of Object.entries(part)) {
          if (value === null || value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      });
    },
    [setParams],
  );
  return [params, change];
}
