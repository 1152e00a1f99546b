// What the palette offers, and how typed letters find it.
import { useLingui } from '@lingui/react/macro';
import { useMantineColorScheme } from '@mantine/core';
import { useNavigate } from 'react-router';

import { useListViewsQuery } from '~/api/office';
import { useAppSelector } from '~/app/store';
import { useView } from '~/overview/useView';
import { useCompareNames, useGranularityNames, usePresetNames } from '~/overview/words';
import { COMPARES, GRANULARITIES, PRESETS } from '~/period/presets';
import { travelling } from '~/period/viewState';
import { useKeepPreference, useSpeak } from '~/session/usePreferences';
import { useMay } from '~/session/useSession';
import { addressOf, placeOf } from '~/views/address';
import { useAddressParams } from '~/views/opened';
import { KEEP_VIEWS } from '~/views/useOpening';

import { SCREENS } from './screens';

export interface Command {
  id: string;
  group: string;
  label: string;
  run: () => void;
}

export function useCommands(): Command[] {
  return [...useScreenCommands(), ...useKeptCommands(), ...useViewCommands(), ...useLookCommands()];
}

function useScreenCommands(): Command[] {
  const { t, i18n } = useLingui();
  const navigate = useNavigate();
  const [params] = useAddressParams();
  const functions = useAppSelector((state) => state.session.user?.functions ?? []);
  return SCREENS.filter((screen) => [screen.function].flat().some((code) => functions.includes(code))).map(
    ({ path, label }) => ({
      id: `screen:${path}`,
      group: t`Ir a`,
      label: i18n._(label),
      run: () => void navigate(path + travelling(params)),
    }),
  );
}

/** The saved views, one's own and those that others share. */
function useKeptCommands(): Command[] {
  const { t } = useLingui();
  const navigate = useNavigate();
  const may = useMay(KEEP_VIEWS);
  const { data } = useListViewsQuery(undefined, { skip: !may });
  const paths = SCREENS.map(({ path }) => path);
  return (data?.items ?? []).flatMap(({ id, name, display }) => {
    const place = placeOf(display, paths);
    if (place === null) return [];
    return [
      { id: `kept:${id}`, group: t`Vistas`, label: name, run: () => void navigate(addressOf(id, place)) },
    ];
  });
}

function useViewCommands(): Command[] {
  const { t } = useLingui();
  const [, change] = useView();
  const presets = usePresetNames();
  const compares = useCompareNames();
  const granularities = useGranularityNames();
  return [
    ...PRESETS.map((preset) => ({
      id: `period:${preset}`,
      group: t`Periodo`,
      label: presets[preset],
      run: () => {
        change({ period: { kind: 'preset', preset }, granularity: null });
      },
    })),
    ...COMPARES.map((compare) => ({
      id: `compare:${compare}`,
      group: t`Frente a`,
      label: compares[compare],
      run: () => {
        change({ compare: compare === 'previous_period' ? null : compare });
      },
    })),
    ...GRANULARITIES.map((granularity) => ({
      id: `every:${granularity}`,
      group: t`Cada`,
      label: granularities[granularity],
      run: () => {
        change({ granularity });
      },
    })),
    {
      id: 'filters:none',
      group: t`Filtros`,
      label: t`Quitar los filtros`,
      run: () => {
        change({ segment: null, queue: null });
      },
    },
    {
      id: 'kiosk',
      group: t`Ver`,
      label: t`Pantalla de pared`,
      run: () => {
        change({ kiosk: true });
      },
    },
  ];
}

function useLookCommands(): Command[] {
  const { t } = useLingui();
  const speak = useSpeak();
  const keep = useKeepPreference();
  const { setColorScheme } = useMantineColorScheme();
  const look = (scheme: 'light' | 'dark', label: string): Command => ({
    id: `scheme:${scheme}`,
    group: t`Aspecto`,
    label,
    run: () => {
      setColorScheme(scheme);
      keep({ theme: scheme });
    },
  });
  return [
    look('light', t`Claro`),
    look('dark', t`Oscuro`),
    { id: 'language:es', group: t`Idioma`, label: 'Español', run: () => void speak('es') },
    { id: 'language:en', group: t`Idioma`, label: 'English', run: () => void speak('en') },
  ];
}

/** Letters without their accents and case: «dia» finds «Día». */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Every typed word begins some word of the command or of its group. */
export function matching(commands: Command[], typed: string): Command[] {
  const wanted = plain(typed).split(/\s+/).filter(Boolean);
  return commands.filter(({ group, label }) => {
    const words = plain(`${group} ${label}`).split(/[^\p{L}\p{N}]+/u);
    return wanted.every((part) => words.some((word) => word.startsWith(part)));
  });
}
