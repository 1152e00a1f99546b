import { useReadTargetsQuery } from '~/api/generated';

import { useView } from './useView';

// They change with a restart; a wall that found the server down must still find them by itself.
const POLL_MS = 60_000;

/** What this centre holds itself to; no number is judged before it is known. */
export function useTargets() {
  const [{ kiosk }] = useView();
  return useReadTargetsQuery(undefined, { pollingInterval: POLL_MS, skipPollingIfUnfocused: !kiosk });
}
