// Words for what the interface names in code.
import { useLingui } from '@lingui/react/macro';
import { useCallback } from 'react';

import type { FreshnessBody, Run } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import type { Compare, Granularity, Preset } from '~/period/presets';

import type { Band } from './bands';

export function usePresetNames(): Record<Preset, string> {
  const { t } = useLingui();
  return {
    today: t`Hoy`,
    '7d': t`7 días`,
    '30d': t`30 días`,
    quarter: t`Este trimestre`,
    last_quarter: t`Trimestre anterior`,
  };
}

export function useCompareNames(): Record<Compare, string> {
  const { t } = useLingui();
  return {
    previous_period: t`Periodo anterior`,
    previous_week: t`Una semana antes`,
    previous_year: t`Un año antes`,
    none: t`Nada`,
  };
}

export function useGranularityNames(): Record<Granularity, string> {
  const { t } = useLingui();
  return {
    '15min': t`15 minutos`,
    '30min': t`30 minutos`,
    hour: t`Hora`,
    day: t`Día`,
    week: t`Semana`,
    month: t`Mes`,
  };
}

export function useBandNames(): Record<Band, string> {
  const { t } = useLingui();
  return { optimal: t`Óptimo`, acceptable: t`Aceptable`, critical: t`Crítico` };
}

export type ShownFreshness = FreshnessBody['state'] | 'by_hand' | 'unconfirmed';

export function useFreshnessNames(): Record<ShownFreshness, string> {
  const { t } = useLingui();
  return {
    fresh: t`Al día`,
    degraded: t`Con retraso`,
    stale: t`Atrasado`,
    no_data: t`Sin datos`,
    by_hand: t`Se lee a mano`,
    unconfirmed: t`Comprobando`,
  };
}

/**
 * What may be said of a source: nothing that the last visit knew and the server has not confirmed in this one. Where
 * only a person reads it, nobody knows whether it is up to date.
 */
export function useShownFreshness(): (
  source: Pick<FreshnessBody, 'state' | 'reason_code'>,
) => ShownFreshness {
  const unconfirmed = useAppSelector((state) => state.kept.unconfirmed);
  return ({ state, reason_code }) => {
    if (unconfirmed) return 'unconfirmed';
    return reason_code === 'by_hand' ? 'by_hand' : state;
  };
}

export function useReasons(): Record<FreshnessBody['reason_code'], string> {
  const { t } = useLingui();
  return {
    up_to_date: t`La última lectura completa es reciente.`,
    nothing_published: t`Todavía no se ha publicado nada de esta fuente.`,
    last_run_failed: t`La última carga falló.`,
    units_held: t`Hay días retenidos: la fuente tiene ahora menos filas que las publicadas.`,
    late: t`Hace más de 12 horas de la última lectura completa.`,
    too_late: t`Hace más de un día de la última lectura completa.`,
    source_quiet: t`La fuente se leyó hace poco, pero su última llamada es mucho más antigua.`,
    by_hand: t`Solo se lee cuando alguien la lee: no tiene hora a la que pueda atrasarse.`,
  };
}

export function useRunStates(): Record<Run['state'], string> {
  const { t } = useLingui();
  return {
    queued: t`En espera`,
    running: t`En curso`,
    succeeded: t`Completa`,
    failed: t`Falló`,
    cancelled: t`Cancelada`,
  };
}

type Ended = Pick<Run, 'state' | 'read' | 'rejected'>;

/** A run that ended well and of which nothing was published all the same: each of its rows was rejected. */
export function allRejected({ state, read, rejected }: Ended): boolean {
  return state === 'succeeded' && read > 0 && rejected === read;
}

/** The name of a run's state; "complete" would hide that nothing came of it. */
export function useRunState(): (run: Ended) => string {
  const { t } = useLingui();
  const states = useRunStates();
  return (run) => (allRejected(run) ? t`Nada publicado` : states[run.state]);
}

/** Menus keep the name that the IVR gives them; the two that stand for a lack say so. */
export function useMenuName(): (menu: string | null) => string {
  const { t } = useLingui();
  return (menu) => {
    if (menu === null || menu === 'VACIO') return t`Sin menú`;
    if (menu === 'TELEFONO_EN_MENU') return t`Teléfono en el menú`;
    return menu;
  };
}

export function useSegmentName(): (segment: string) => string {
  const { t } = useLingui();
  return useCallback(
    (segment: string) => {
      switch (segment) {
        case 'nacional_A':
          return 'Nacional A';
        case 'nacional_B':
          return 'Nacional B';
        case 'puebla':
          return 'Puebla';
        case 'desconocido':
          return t`Desconocido`;
        default:
          return segment;
      }
    },
    [t],
  );
}
