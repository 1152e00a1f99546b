import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import type { AlertRuleOut } from '~/api/generated';
import { useDeleteAlertRuleMutation } from '~/api/office';
import { problemOf } from '~/api/problems';
import { ProblemText } from '~/parts/ProblemText';
import { Dialog } from '~/parts/Sheet';

import classes from './Rules.module.css';

/** Nothing brings a rule back: it is asked once more. */
export function DeleteRuleDialog({ rule, onClose }: { rule: AlertRuleOut; onClose: () => void }) {
  const { t } = useLingui();
  const [remove, { isLoading, error }] = useDeleteAlertRuleMutation();
  const { id: ruleId, name } = rule;
  const confirm = async () => {
    const answer = await remove({ ruleId });
    if (!answer.error) onClose();
  };
  return (
    <Dialog title={t`Borrar la regla`} onClose={onClose}>
      <div className={classes.form}>
        <p>
          <Trans>
            <strong>{name}</strong> deja de vigilar y no se puede recuperar. Sus alertas quedan en la
            historia.
          </Trans>
        </p>
        {error && <ProblemText problem={problemOf(error)} />}
        <div className={classes.foot}>
          <Button variant="default" data-autofocus onClick={onClose}>
            <Trans>Cancelar</Trans>
          </Button>
          <Button color="red.9" loading={isLoading} onClick={() => void confirm()}>
            <Trans>Borrar</Trans>
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
