import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { type ComponentType, lazy } from 'react';

export interface Screen {
  path: string;
  label: MessageDescriptor;
  /** The function that a person needs to be shown the screen. */
  function: string;
  Page: ComponentType;
}

const OverviewPage = lazy(() => import('~/overview/OverviewPage'));

/** Every screen in the order of the bar; a new one is a line above and a line here. */
export const SCREENS: Screen[] = [
  { path: '/', label: msg`Resumen`, function: 'RPT-001', Page: OverviewPage },
];
