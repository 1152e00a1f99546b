import './catalogue';

import { Trans } from '@lingui/react/macro';
import { Link } from 'react-router';

import { AlertList } from '~/alerts/AlertList';
import { RULES_PATH, SEE_ALERTS } from '~/alerts/tray';
import { useMay } from '~/session/useSession';
import { useAddressParams } from '~/views/opened';

import classes from './Today.module.css';

/** What rules found wrong and nobody has ended; who takes one says so here. */
export function OpenAlerts() {
  const [params] = useAddressParams();
  if (!useMay(SEE_ALERTS)) return null;
  return (
    <section className={classes.card} aria-labelledby="open-alerts">
      <div className={classes.head}>
        <h2 id="open-alerts">
          <Trans>Alertas abiertas</Trans>
        </h2>
        {params.get('kiosk') !== '1' && (
          <Link to={RULES_PATH}>
            <Trans>Reglas</Trans>
          </Link>
        )}
      </div>
      <AlertList state="open" />
    </section>
  );
}
