// Keeping, changing and forgetting one's own views; the address and the first screen follow.
import { useCallback } from 'react';
import { useLocation, useNavigate } from 'react-router';

import { generatedApi, type ViewIn, type ViewOut } from '~/api/generated';
import { useCreateViewMutation, useDeleteViewMutation, useReplaceViewMutation } from '~/api/office';
import { useAppDispatch, useAppSelector } from '~/app/store';
import { useKeepPreference } from '~/session/usePreferences';
import { SCREENS } from '~/shell/screens';

import { addressOf, isChanged, keepable, type Place, startPreference, startView } from './address';
import { useAddressParams, useOpened } from './opened';

export const VIEWS_MAX = 30; // of the interface
export const VIEW_NAME_CHARS_MAX = 200;
export const SCREEN_PATHS = SCREENS.map(({ path }) => path);

/** The screen as it stands, as a view would keep it; null where there is no screen. */
export function useHere(): Place | null {
  const { pathname } = useLocation();
  const [params] = useAddressParams();
  if (!SCREEN_PATHS.includes(pathname)) return null;
  return { path: pathname, search: keepable(params).toString() };
}

/** The opened view, when it is the person's own and not as they saved it any more. */
export function useOwnChanged(): ViewOut | null {
  const opened = useOpened();
  const [params] = useAddressParams();
  return opened?.view.own && isChanged(opened.saved, params) ? opened.view : null;
}

/** A view as it is written, with a part of it changed. */
export function viewIn({ name, query, display, is_default }: ViewOut, change: Partial<ViewIn>): ViewIn {
  return { name, query: query as ViewIn['query'], display, is_default, ...change };
}

function useStarting(): (view: ViewOut) => void {
  const keep = useKeepPreference();
  const preferred = useAppSelector((state) => state.session.user?.preferences.default_view);
  return useCallback(
    ({ id, is_default }: ViewOut) => {
      const before = startView(preferred);
      // Another view that the page begins with stays what it is.
      if (is_default ? before === id : before !== id) return;
      keep({ default_view: startPreference(is_default ? id : null) });
    },
    [keep, preferred],
  );
}

/** Shows a view as the server has just said that it is, without asking again. */
function useShown(): (view: ViewOut) => Promise<void> {
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  return useCallback(
    async (view: ViewOut) => {
      await dispatch(generatedApi.util.upsertQueryData('readView', { viewId: view.id }, view));
      await navigate(addressOf(view.id, view.display as Place), { replace: true });
    },
    [dispatch, navigate],
  );
}

export function useCreate() {
  const [create, { error, isLoading }] = useCreateViewMutation();
  const starting = useStarting();
  const shown = useShown();
  const save = async (name: string, here: Place, isDefault: boolean): Promise<boolean> => {
    const { data } = await create({ viewIn: { name, display: { ...here }, is_default: isDefault } });
    if (!data) return false;
    if (isDefault) starting(data);
    await shown(data);
    return true;
  };
  return { save, error, isLoading };
}

export function useReplace() {
  const [replace, { error, isLoading }] = useReplaceViewMutation();
  const starting = useStarting();
  const shown = useShown();
  const change = async (view: ViewOut, part: Partial<ViewIn>): Promise<boolean> => {
    const { data } = await replace({ viewId: view.id, viewIn: viewIn(view, part) });
    if (!data) return false;
    if (part.is_default !== undefined) starting(data);
    if (part.display) await shown(data);
    return true;
  };
  return { change, error, isLoading };
}

/** Forgets a view; a screen that stands on it stays as it is. */
export function useForget() {
  const [remove, { error, isLoading }] = useDeleteViewMutation();
  const starting = useStarting();
  const opened = useOpened();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [params] = useAddressParams();
  const forget = async (view: ViewOut) => {
    // First off the view, or the screen would ask for what is not there.
    if (opened?.view.id === view.id) await navigate(`${pathname}?${params.toString()}`, { replace: true });
    const answer = await remove({ viewId: view.id });
    if (!answer.error) starting({ ...view, is_default: false });
  };
  return { forget, error, isLoading };
}
