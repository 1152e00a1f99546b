import './catalogue';

import { useLingui } from '@lingui/react/macro';

import { NoPermission } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';
import { PlainFrame } from '~/shell/PlainFrame';
import { useAddress } from '~/system/useAddress';

import { AlertsPart } from './AlertsPart';
import { EDIT_RULES } from './rule';
import { RulesPart } from './RulesPart';

/** What is watched for, and what was found. */
export default function RulesPage() {
  const { t } = useLingui();
  const [params] = useAddress();
  const mayEdit = useMay(EDIT_RULES);
  const current = params.get('part') === 'alerts' ? 'alerts' : 'rules';
  return (
    <PlainFrame
      title={t`Avisos`}
      parts={{
        label: t`Partes de los avisos`,
        current,
        items: [
          { id: 'rules', label: t`Reglas`, to: '?' },
          { id: 'alerts', label: t`Alertas`, to: '?part=alerts' },
        ],
      }}
    >
      {current === 'alerts' ? (
        <AlertsPart />
      ) : params.has('edit') && !mayEdit ? (
        <NoPermission functions={EDIT_RULES} />
      ) : (
        <RulesPart />
      )}
    </PlainFrame>
  );
}
