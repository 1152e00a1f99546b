import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

import { RULES_PATH, SEE_ALERTS } from '~/alerts/tray';
import { type Soon, soon } from '~/app/soon';
import { SYSTEM_FUNCTIONS } from '~/system/tabs';

export interface Screen extends Soon<object> {
  path: string;
  label: MessageDescriptor;
  /** The function that a person needs to be shown the screen; of several, any one. */
  function: string | readonly string[];
  /** Found by the palette and from the tray: the bar is for numbers. */
  beside?: true;
}

const OverviewPage = soon(() => import('~/overview/OverviewPage'));
const DemandPage = soon(() => import('~/demand/DemandPage'));
const ServicePage = soon(() => import('~/service/ServicePage'));
const IvrPage = soon(() => import('~/ivr/IvrPage'));
const CallsPage = soon(() => import('~/calls/CallsPage'));
const PlanPage = soon(() => import('~/plan/PlanPage'));
const ReportsPage = soon(() => import('~/reports/ReportsPage'));
const SystemPage = soon(() => import('~/system/SystemPage'));
const RulesPage = soon(() => import('~/rules/RulesPage'));

/** Where the list of calls stands; numbers lead there once there is such a screen. */
export const CALLS_PATH = '/llamadas';

/** Every screen in the order of the bar; a new one is a line above and a line here. */
export const SCREENS: Screen[] = [
  { path: '/', label: msg`Hoy`, function: 'RPT-001', ...OverviewPage },
  { path: '/demanda', label: msg`Demanda`, function: 'RPT-001', ...DemandPage },
  { path: '/servicio', label: msg`Servicio`, function: 'RPT-001', ...ServicePage },
  { path: '/ivr', label: msg`IVR`, function: 'RPT-001', ...IvrPage },
  { path: CALLS_PATH, label: msg`Llamadas`, function: 'RPT-001', ...CallsPage },
  { path: '/plan', label: msg`Plan`, function: 'RPT-013', ...PlanPage },
  { path: '/informes', label: msg`Informes`, function: 'RPT-001', ...ReportsPage },
  { path: '/sistema', label: msg`Sistema`, function: SYSTEM_FUNCTIONS, ...SystemPage },
  { path: RULES_PATH, label: msg`Avisos`, function: SEE_ALERTS, ...RulesPage, beside: true },
];
