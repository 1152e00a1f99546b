import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import type { AlertRuleOut } from '~/api/generated';
import { useSubscribeToAlertRuleMutation, useUnsubscribeFromAlertRuleMutation } from '~/api/office';
import { problemOf } from '~/api/problems';
import { FilterSelect } from '~/parts/FilterSelect';
import { ProblemText } from '~/parts/ProblemText';
import { useMay } from '~/session/useSession';

import { CHOOSE_SEVERITY, SEVERITIES, type Severity, SUBSCRIBE, UNSUBSCRIBE } from './rule';
import classes from './Rules.module.css';
import { useSeverityNames } from './useRuleWords';

/** Whether this person is told of a rule of their groups, and from which severity on. */
export function Subscription({ rule }: { rule: AlertRuleOut }) {
  const { t } = useLingui();
  const maySubscribe = useMay(SUBSCRIBE);
  const mayLeave = useMay(UNSUBSCRIBE);
  const mayChoose = useMay(CHOOSE_SEVERITY) && maySubscribe;
  const [subscribe, subscribing] = useSubscribeToAlertRuleMutation();
  const [leave, leaving] = useUnsubscribeFromAlertRuleMutation();
  const { id: ruleId, name, subscribed_from: from } = rule;
  const error = subscribing.error ?? leaving.error;
  const tell = (min_severity: Severity) => void subscribe({ ruleId, subscriptionIn: { min_severity } });
  return (
    <div className={classes.actions}>
      {from === null && maySubscribe && (
        <Button
          size="xs"
          variant="default"
          loading={subscribing.isLoading}
          aria-label={t`Avisarme de ${name}`}
          onClick={() => {
            tell('info');
          }}
        >
          <Trans>Avisarme</Trans>
        </Button>
      )}
      {from !== null && mayChoose && <From from={from} tell={tell} />}
      {from !== null && mayLeave && (
        <Button
          size="xs"
          variant="default"
          loading={leaving.isLoading}
          aria-label={t`No avisarme de ${name}`}
          onClick={() => void leave({ ruleId })}
        >
          <Trans>No avisarme</Trans>
        </Button>
      )}
      {error && <ProblemText problem={problemOf(error)} />}
    </div>
  );
}

interface FromProps {
  from: Severity;
  tell: (severity: Severity) => void;
}

function From({ from, tell }: FromProps) {
  const { t } = useLingui();
  const names = useSeverityNames();
  return (
    <FilterSelect
      label={t`Desde`}
      value={from}
      onChange={(value) => {
        tell(value as Severity);
      }}
    >
      {SEVERITIES.map((severity) => (
        <option key={severity} value={severity}>
          {names[severity]}
        </option>
      ))}
    </FilterSelect>
  );
}
