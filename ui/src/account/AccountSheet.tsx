import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';

import { useAppSelector } from '~/app/store';
import { ZoneContext } from '~/format/useFormat';
import { Segmented } from '~/parts/Segmented';
import { SideSheet } from '~/parts/Sheet';
import { useMay } from '~/session/useSession';
import { ZONE_DEFAULT } from '~/shell/PlainFrame';

import classes from './Account.module.css';
import { SessionsPart } from './SessionsPart';
import { OWN_TOKENS, TokensPart } from './TokensPart';

/** Where a person is signed in, and what acts in their name without them. */
export default function AccountSheet({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const zone = useAppSelector((state) => state.session.user?.preferences.zone) ?? ZONE_DEFAULT;
  const mayTokens = useMay(OWN_TOKENS);
  const [part, setPart] = useState<'sessions' | 'tokens'>('sessions');
  return (
    // The bar stands outside every screen, and so outside their zone.
    <ZoneContext value={zone}>
      <SideSheet title={mayTokens ? t`Sesiones y tokens` : t`Sesiones`} onClose={onClose} size={480}>
        <div className={classes.stack}>
          {mayTokens && (
            <div>
              <Segmented
                label={t`Qué se ve`}
                value={part}
                options={[
                  { value: 'sessions', label: t`Sesiones` },
                  { value: 'tokens', label: t`Tokens` },
                ]}
                onChange={setPart}
              />
            </div>
          )}
          {part === 'tokens' && mayTokens ? <TokensPart /> : <SessionsPart />}
        </div>
      </SideSheet>
    </ZoneContext>
  );
}
