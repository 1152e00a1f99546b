import { useLingui } from '@lingui/react/macro';

import { ScreenFrame } from '~/shell/ScreenFrame';

import { LegacyOverview } from './LegacyOverview';
import { QueueOverview } from './QueueOverview';

export default function OverviewPage() {
  const { t } = useLingui();
  return (
    <ScreenFrame title={t`Hoy`} preset="today" tabs={['ivr', 'queues']}>
      {(tab, sources) =>
        tab === 'ivr' ? <LegacyOverview sources={sources} /> : <QueueOverview sources={sources} />
      }
    </ScreenFrame>
  );
}
