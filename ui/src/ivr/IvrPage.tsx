import './catalogue';

import { useLingui } from '@lingui/react/macro';

import { ScreenFrame } from '~/shell/ScreenFrame';

import { CentresPanel } from './CentresPanel';
import { ErrorsPanel } from './ErrorsPanel';
import { FlowPanel } from './FlowPanel';
import classes from './IvrPage.module.css';
import { IvrTiles } from './IvrTiles';
import { MenuShiftPanel } from './MenuShiftPanel';

export default function IvrPage() {
  const { t } = useLingui();
  return (
    <ScreenFrame title={t`IVR`} tabs={['ivr']}>
      {() => (
        <>
          <IvrTiles />
          <div className={classes.blocks}>
            <FlowPanel />
            <MenuShiftPanel />
            <CentresPanel />
            <ErrorsPanel />
          </div>
        </>
      )}
    </ScreenFrame>
  );
}
