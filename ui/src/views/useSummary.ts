import { useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { usePresetNames, useSegmentName } from '~/overview/words';
import { readView } from '~/period/viewState';
import { SCREENS } from '~/shell/screens';

import type { Place } from './address';

/** `Demanda · 7 días · Puebla`: the screen, and the little that tells its views apart. */
export function useSummary(): (place: Place) => string {
  const { i18n } = useLingui();
  const format = useFormat();
  const presets = usePresetNames();
  const segmentName = useSegmentName();
  return ({ path, search }) => {
    const screen = SCREENS.find((each) => each.path === path);
    const { period, segment, queue } = readView(new URLSearchParams(search));
    const days =
      period?.kind === 'range'
        ? format.dayRange(period.first, period.last)
        : period && presets[period.preset];
    return [screen && i18n._(screen.label), days, segment !== null && segmentName(segment), queue]
      .filter(Boolean)
      .join(' · ');
  };
}
