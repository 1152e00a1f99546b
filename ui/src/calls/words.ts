// Words for what the interface says about a call in code.
import { useLingui } from '@lingui/react/macro';

import type { LegOut, StepOut } from '~/api/generated';

/** A value that is not known yet is shown as it is: a new word of the server must not hide a call. */
function named(names: Record<string, string>): (code: string) => string {
  return (code) => names[code] ?? code;
}

export function useOutcomeName() {
  const { t } = useLingui();
  return named({
    transferred: t`Transferida`,
    ended_in_ivr: t`Terminó en el IVR`,
    unreadable: t`Ilegible`,
  });
}

export function useExitName() {
  const { t } = useLingui();
  return named({
    answered: t`Atendida`,
    abandoned: t`Abandonada`,
    timeout: t`Tiempo agotado`,
    key_exit: t`Salió con una tecla`,
    empty: t`Cola sin agentes`,
    withdrawn: t`Retirada`,
    flow_out: t`Desviada`,
    open: t`Sin terminar`,
  });
}

export function useLineName() {
  const { t } = useLingui();
  return named({
    no_digito: t`No digitó`,
    misma_linea: t`Misma línea`,
    linea_diferente: t`Otra línea`,
  });
}

export function useDispositionName(): (code: LegOut['disposition']) => string {
  const { t } = useLingui();
  return named({
    answered: t`contestó`,
    no_answer: t`no contestó`,
    busy: t`ocupado`,
    failed: t`falló`,
    congestion: t`congestión`,
    unknown: t`sin dato`,
  });
}

export function useStepEnd(): (code: StepOut['ended']) => string {
  const { t } = useLingui();
  return named({
    digit: t`eligió una opción`,
    typed: t`tecleó un número`,
    timeout: t`no eligió a tiempo`,
    invalid: t`opción no válida`,
    repeated: t`volvió a oírlo`,
    moved: t`pasó a otro menú`,
    queue: t`pasó a la cola`,
    dialled: t`pasó a una extensión`,
    voicemail: t`pasó al buzón`,
    connected: t`habló con alguien`,
    hung_up: t`colgó`,
    open: t`sin terminar`,
  });
}

/** The counts that a list can be narrowed to, as the numbers that lead to it are called. */
export function useCountName() {
  const { t } = useLingui();
  return named({
    abandoned: t`Abandonadas`,
    answered: t`Atendidas`,
    transferred: t`Transferidas`,
    ended_in_ivr: t`Terminadas en el IVR`,
    menu_errors: t`Errores de menú`,
  });
}

export function useDimensionName() {
  const { t } = useLingui();
  return named({
    segment: t`Segmento`,
    queue: t`Cola`,
    did: t`DID`,
    menu: t`Menú`,
    option: t`Opción`,
    centre: t`Centro`,
    line_kind: t`Línea`,
    label: t`Etiqueta`,
    outcome: t`Desenlace`,
    agent: t`Agente`,
    exit: t`Salida`,
    wait_band: t`Espera (s)`,
    duration_band: t`Duración (s)`,
    source: t`Fuente`,
    hour_of_day: t`Hora`,
    weekday: t`Día de la semana`,
    is_holiday: t`Festivo`,
    metric: t`Solo las de`,
  });
}
