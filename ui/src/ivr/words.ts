import './catalogue';

import { useLingui } from '@lingui/react/macro';

import { useMenuName } from '~/overview/words';

import { type FlowNode, type Layer, REST } from './flow';
import type { Place } from './steps';

/** Centres keep their number; the cases that the source writes in their place say what they are. */
export function useCentreName(): (centre: string | null) => string {
  const { t } = useLingui();
  const special: Record<string, string> = {
    CASO_NULL: t`Sin centro`,
    CLIENTE_COLGO: t`El cliente colgó`,
    CASO_ERROR_CEROS: t`Solo ceros`,
    ERROR_CARACTER_INICIAL: t`Ilegible`,
  };
  return (centre) => special[centre ?? 'CASO_NULL'] ?? centre ?? '';
}

export function useOptionName(): (option: string | null) => string {
  const { t } = useLingui();
  return (option) => {
    if (option === null || option === 'SIN_OPCION') return t`Sin opción`;
    return option === 'DEFAULT' ? t`Predeterminada` : option;
  };
}

/** The name of a place in the flow, or how many stand together there. */
export function useNodeName(): (node: Pick<FlowNode, 'layer' | 'value' | 'together'>) => string {
  const { t } = useLingui();
  const names: Record<Layer, (value: string) => string> = {
    menu: useMenuName(),
    option: useOptionName(),
    centre: useCentreName(),
  };
  return ({ layer, value, together }) => (value === REST ? t`Otros (${together})` : names[layer](value));
}

/** The name of a place among the steps of the switch. */
export function usePlaceName(): (place: Pick<Place, 'kind' | 'name'>) => string {
  const { t } = useLingui();
  const ends: Record<string, string> = {
    timeout: t`Sin respuesta a tiempo`,
    invalid: t`Tecla no válida`,
    queue: t`A una cola`,
    dialled: t`A una extensión`,
    voicemail: t`Al buzón`,
    connected: t`Con una persona`,
    hung_up: t`Colgaron`,
    moved: t`A otro sitio`,
    open: t`Aún en curso`,
  };
  return ({ kind, name }) => {
    if (kind === 'entry') return t`Entrada`;
    return kind === 'exit' ? (ends[name] ?? name) : name;
  };
}
