import { useCallback, useMemo } from 'react';

import type { SourceKind } from '~/overview/scope';
import { useAddressParams } from '~/views/opened';

import { type CallsState, changedCalls, readCalls } from './callsState';

export type ChangeCalls = (change: Record<string, string | null>) => void;

export function useCallsState(kind: SourceKind): [CallsState, ChangeCalls] {
  const [params, setParams] = useAddressParams();
  const state = useMemo(() => readCalls(params, kind), [params, kind]);
  const change = useCallback(
    (part: Record<string, string | null>) => {
      setParams((old) => changedCalls(old, part));
    },
    [setParams],
  );
  return [state, change];
}
