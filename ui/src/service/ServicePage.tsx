import './catalogue';

import { useLingui } from '@lingui/react/macro';

import { LegacyTiles } from '~/overview/LegacyTiles';
import { useShapes } from '~/overview/LegacyOverview';
import { QueuesPanel } from '~/overview/QueuesPanel';
import { QueueTiles } from '~/overview/QueueTiles';
import { ScreenFrame } from '~/shell/ScreenFrame';

import { BandsPanel } from './BandsPanel';
import { ControlPanel } from './ControlPanel';
import { DistributionPanel } from './DistributionPanel';
import { SegmentsPanel } from './SegmentsPanel';
import classes from './ServicePage.module.css';
import { VariantsPanel } from './VariantsPanel';

export default function ServicePage() {
  const { t } = useLingui();
  return (
    <ScreenFrame title={t`Servicio`} tabs={['queues', 'ivr']}>
      {(tab) => (tab === 'queues' ? <Queues /> : <Menus />)}
    </ScreenFrame>
  );
}

function Queues() {
  return (
    <>
      <QueueTiles />
      <div className={classes.blocks} data-kind="asterisk">
        <ControlPanel />
        <VariantsPanel />
        <DistributionPanel />
        <BandsPanel />
        <QueuesPanel />
      </div>
    </>
  );
}

function Menus() {
  const { shapes } = useShapes();
  return (
    <>
      <LegacyTiles trend={shapes} />
      <div className={classes.blocks} data-kind="legacy">
        <ControlPanel />
        <SegmentsPanel />
        <DistributionPanel />
        <BandsPanel />
      </div>
    </>
  );
}
