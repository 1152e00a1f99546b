// From `?v=12` to the view: what the page has to wait for, or to say, before a screen can be shown.
import { useMemo, useState } from 'react';
import { useLocation, useSearchParams } from 'react-router';

import { useReadViewQuery } from '~/api/office';
import { type Problem, problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useMay } from '~/session/useSession';

import { addressOf, placeOf, startView, viewIdOf } from './address';
import type { Opened } from './opened';

export const KEEP_VIEWS = 'RPT-010';

export type Opening =
  | { state: 'none' | 'waiting' | 'refused' | 'foreign' }
  | { state: 'missing'; id: string }
  | { state: 'failed'; problem: Problem; retry: () => void }
  | { state: 'elsewhere'; to: string }
  | { state: 'opened'; opened: Opened };

export function useOpening(paths: readonly string[]): Opening {
  const [address] = useSearchParams();
  const may = useMay(KEEP_VIEWS);
  const start = useStart();
  const id = viewIdOf(address);
  const found = useFound(may ? id : null, paths);
  if (start !== null) return { state: 'elsewhere', to: start };
  return id === null || may ? found : { state: 'refused' };
}

function useFound(id: string | null, paths: readonly string[]): Opening {
  const { pathname, search } = useLocation();
  const { currentData, error, isFetching, refetch } = useReadViewQuery(
    { viewId: id ?? '' },
    { skip: id === null },
  );
  const place = useMemo(() => currentData && placeOf(currentData.display, paths), [currentData, paths]);
  const opened = useMemo(
    () => (currentData && place ? { view: currentData, saved: new URLSearchParams(place.search) } : null),
    [currentData, place],
  );
  if (id === null) return { state: 'none' };
  if (opened && place) {
    // A view belongs to its screen, whatever address it was asked from.
    return place.path === pathname
      ? { state: 'opened', opened }
      : { state: 'elsewhere', to: place.path + search };
  }
  if (currentData) return { state: 'foreign' };
  if (!error || isFetching) return { state: 'waiting' };
  return unanswered(id, problemOf(error), () => void refetch());
}

function unanswered(id: string, problem: Problem, retry: () => void): Opening {
  return problem.status === 404 ? { state: 'missing', id } : { state: 'failed', problem, retry };
}

/** Whoever comes to the bare page begins with the view of their choice; the first screen stays one press away. */
function useStart(): string | null {
  const { key, pathname, search } = useLocation();
  const may = useMay(KEEP_VIEWS);
  const preferred = useAppSelector((state) => state.session.user?.preferences.default_view);
  // Of the moment when the page was opened: what is chosen later counts the next time.
  const [first] = useState({ key, id: startView(preferred) });
  if (!may || first.id === null || key !== first.key || pathname !== '/' || search !== '') return null;
  return addressOf(first.id, { path: '/' });
}
