import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';

import { Segmented } from '~/parts/Segmented';
import { SideSheet } from '~/parts/Sheet';
import { useMay } from '~/session/useSession';

import classes from './Account.module.css';
import { SessionsPart } from './SessionsPart';
import { OWN_TOKENS, TokensPart } from './TokensPart';

/** Where a person is signed in, and what acts in their name without them. */
export default function AccountSheet({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const mayTokens = useMay(OWN_TOKENS);
  const [part, setPart] = useState<'sessions' | 'tokens'>('sessions');
  return (
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
  );
}
