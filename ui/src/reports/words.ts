import { useLingui } from '@lingui/react/macro';

import type { ExportOut, ScheduleIn } from '~/api/generated';
import { useFormat } from '~/format/useFormat';

import { byDayOfMonth, type Every } from './files';

export function useExportStates(): Record<ExportOut['state'], string> {
  const { t } = useLingui();
  return {
    queued: t`En espera`,
    running: t`Haciéndose`,
    done: t`Listo`,
    failed: t`Falló`,
    cancelled: t`Cancelado`,
  };
}

export function useEveryNames(): Record<Every, string> {
  const { t } = useLingui();
  return { day: t`Cada día`, week: t`Cada semana`, month: t`Cada mes`, quarter: t`Cada trimestre` };
}

/** `Cada semana · lunes · 07:30` */
export function useCalendarText(): (calendar: ScheduleIn['calendar']) => string {
  const { t } = useLingui();
  const format = useFormat();
  const names = useEveryNames();
  return ({ every, at, weekday, day }) => {
    const dayOfMonth = format.integer(day ?? 1);
    const parts = [
      names[every],
      ...(every === 'week' ? [format.weekday(weekday ?? 1)] : []),
      ...(byDayOfMonth(every) ? [t`día ${dayOfMonth}`] : []),
      at,
    ];
    return parts.join(' · ');
  };
}
