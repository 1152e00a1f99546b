import './catalogue';

import { useLingui } from '@lingui/react/macro';

import { useMay } from '~/session/useSession';
import { ScreenFrame } from '~/shell/ScreenFrame';

import { CentresPanel } from './CentresPanel';
import { ErrorsPanel } from './ErrorsPanel';
import { FlowPanel } from './FlowPanel';
import classes from './IvrPage.module.css';
import { IvrTiles } from './IvrTiles';
import { LossPanel } from './LossPanel';
import { MenuShiftPanel } from './MenuShiftPanel';
import { StepsPanel } from './StepsPanel';
import { SEE_FLOWS, useSteps } from './useSteps';

export default function IvrPage() {
  const { t } = useLingui();
  const maySteps = useMay(SEE_FLOWS);
  return (
    <ScreenFrame title={t`IVR`} tabs={maySteps ? ['ivr', 'queues'] : ['ivr']}>
      {(tab) =>
        tab === 'queues' ? (
          <StepsBlocks />
        ) : (
          <>
            <IvrTiles />
            <div className={classes.blocks}>
              <FlowPanel />
              <MenuShiftPanel />
              <CentresPanel />
              <ErrorsPanel />
            </div>
          </>
        )
      }
    </ScreenFrame>
  );
}

/** What the switch knows of each step: where callers went, came back to, and left. */
function StepsBlocks() {
  const asked = useSteps();
  return (
    <div className={`${classes.blocks ?? ''} ${classes.steps ?? ''}`}>
      <StepsPanel asked={asked} />
      <LossPanel asked={asked} />
    </div>
  );
}
