import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { type ComponentType, lazy } from 'react';

import { RULES_PATH, SEE_ALERTS } from '~/alerts/tray';
import { SYSTEM_FUNCTIONS } from '~/system/tabs';

export interface Screen {
  path: string;
  label: MessageDescriptor;
  /** The function that a person needs to be shown the screen; of several, any one. */
  function: string | readonly string[];
  Page: ComponentType;
  /** Found by the palette and from the tray: the bar is for numbers. */
  beside?: true;
}

const OverviewPage = lazy(() => import('~/overview/OverviewPage'));
const DemandPage = lazy(() => import('~/demand/DemandPage'));
const ServicePage = lazy(() => import('~/service/ServicePage'));
const IvrPage = lazy(() => import('~/ivr/IvrPage'));
const CallsPage = lazy(() => import('~/calls/CallsPage'));
const PlanPage = lazy(() => import('~/plan/PlanPage'));
const ReportsPage = lazy(() => import('~/reports/ReportsPage'));
const SystemPage = lazy(() => import('~/system/SystemPage'));
const RulesPage = lazy(() => import('~/rules/RulesPage'));

/** Where the list of calls stands; numbers lead there once there is such a screen. */
export const CALLS_PATH = '/llamadas';

/** Every screen in the order of the bar; a new one is a line above and a line here. */
export const SCREENS: Screen[] = [
  { path: '/', label: msg`Hoy`, function: 'RPT-001', Page: OverviewPage },
  { path: '/demanda', label: msg`Demanda`, function: 'RPT-001', Page: DemandPage },
  { path: '/servicio', label: msg`Servicio`, function: 'RPT-001', Page: ServicePage },
  { path: '/ivr', label: msg`IVR`, function: 'RPT-001', Page: IvrPage },
  { path: CALLS_PATH, label: msg`Llamadas`, function: 'RPT-001', Page: CallsPage },
  { path: '/plan', label: msg`Plan`, function: 'RPT-013', Page: PlanPage },
  { path: '/informes', label: msg`Informes`, function: 'RPT-001', Page: ReportsPage },
  { path: '/sistema', label: msg`Sistema`, function: SYSTEM_FUNCTIONS, Page: SystemPage },
  { path: RULES_PATH, label: msg`Avisos`, function: SEE_ALERTS, Page: RulesPage, beside: true },
];
