import { Trans, useLingui } from '@lingui/react/macro';

import type { AlertRuleOut } from '~/api/generated';
import { SideSheet } from '~/parts/Sheet';
import { EmptyState, Skeleton } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';

import { draftOf, NEW_RULE, SEE_NUMBERS, type RuleDraft } from './rule';
import { RuleForm } from './RuleForm';
import { useSources } from './useRuleChoices';
import { useRuleWords } from './useRuleWords';

interface Props {
  /** The rule that is changed; null for a new one, or where there is none of that number. */
  rule: AlertRuleOut | null;
  fresh: boolean;
  onClose: () => void;
}

export function RuleSheet({ rule, fresh, onClose }: Props) {
  const { t } = useLingui();
  const { metrics, waiting } = useRuleWords();
  const sources = useSources();
  const maySee = useMay(SEE_NUMBERS);
  const [first = 'legacy'] = sources.kinds;
  const initial = (): RuleDraft => {
    if (rule) return draftOf(rule, metrics);
    const metric = first === 'legacy' ? NEW_RULE.metric : 'service_level';
    const comparison = first === 'legacy' ? NEW_RULE.comparison : 'lt';
    return {
      ...NEW_RULE,
      sourceKind: first,
      metric,
      comparison,
      kind: maySee ? 'threshold' : 'missing_data',
    };
  };
  return (
    <SideSheet title={rule ? t`Cambiar la regla` : t`Nueva regla`} onClose={onClose} size={600}>
      {!rule && !fresh ? (
        <EmptyState title={<Trans>Esa regla no existe o no es suya</Trans>}>
          <Trans>Solo quien hizo una regla la cambia.</Trans>
        </EmptyState>
      ) : waiting || sources.waiting ? (
        <Skeleton height={420} />
      ) : (
        <RuleForm rule={rule} initial={initial()} sources={sources} onClose={onClose} />
      )}
    </SideSheet>
  );
}
