import './catalogue';

import { useLingui } from '@lingui/react/macro';

import { HeatPanel } from '~/overview/HeatPanel';
import { ScreenFrame } from '~/shell/ScreenFrame';

import { DayBands } from './DayBands';
import classes from './DemandPage.module.css';
import { DemandTiles } from './DemandTiles';
import { HourBands } from './HourBands';
import { UnusualDays } from './UnusualDays';
import { useDays } from './useDemand';

export default function DemandPage() {
  const { t } = useLingui();
  return (
    <ScreenFrame title={t`Demanda`} tabs={['ivr', 'queues']}>
      {() => <Blocks />}
    </ScreenFrame>
  );
}

function Blocks() {
  const days = useDays();
  return (
    <>
      <DemandTiles days={days} />
      <div className={classes.blocks}>
        <HeatPanel />
        <DayBands days={days} />
        <UnusualDays days={days} />
        <HourBands />
      </div>
    </>
  );
}
