import { useCallback, useMemo } from 'react';
import { changedAddress, readView, type ViewState } from '~/period/viewState';
import { useAddressParams } from '~/views/opened';

/** The view is the address. Each change is a step that the browser's Back undoes. */
export function useView(): [ViewState, (change: Partial<ViewState>) => void] {
  const [params, setParams] = useAddressParams();
  const view = useMemo(() => readView(params), [params]);
  const change = useCallback(
    (part: Partial<ViewState>) => {
      setParams((old) => changedAddress(old, part));
    },
    [setParams],
  );
  return [view, change];
}
