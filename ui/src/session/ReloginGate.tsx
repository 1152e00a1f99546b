import { lazy, Suspense } from 'react';

const ReloginDialog = lazy(() => import('./ReloginDialog'));

/** Fetched only when a session has ended under somebody's hands. */
export function ReloginGate() {
  return (
    <Suspense>
      <ReloginDialog />
    </Suspense>
  );
}
