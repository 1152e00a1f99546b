import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useState } from 'react';

import type { AlertRuleOut } from '~/api/generated';
import { useSetAlertRuleStateMutation } from '~/api/office';
import { problemOf } from '~/api/problems';
import { ProblemText } from '~/parts/ProblemText';
import { useMay } from '~/session/useSession';

import { DeleteRuleDialog } from './DeleteRuleDialog';
import { EDIT_RULES, PAUSE_RULES } from './rule';
import classes from './Rules.module.css';
import { Subscription } from './Subscription';

interface Props {
  rule: AlertRuleOut;
  edit: (id: string) => void;
}

/** What this person may do with a rule: all with one of their own, being told of those of their groups. */
export function RuleActions({ rule, edit }: Props) {
  return rule.own ? <OwnActions rule={rule} edit={edit} /> : <Subscription rule={rule} />;
}

function OwnActions({ rule, edit }: Props) {
  const { t } = useLingui();
  const mayEdit = useMay(EDIT_RULES);
  const mayPause = useMay(PAUSE_RULES);
  const [deleting, setDeleting] = useState(false);
  const { id, name } = rule;
  return (
    <div className={classes.actions}>
      {mayEdit && (
        <Button
          size="xs"
          variant="default"
          aria-label={t`Cambiar ${name}`}
          onClick={() => {
            edit(id);
          }}
        >
          <Trans>Cambiar</Trans>
        </Button>
      )}
      {mayPause && <PauseButton rule={rule} />}
      {mayEdit && (
        <Button
          size="xs"
          variant="default"
          aria-label={t`Borrar ${name}`}
          onClick={() => {
            setDeleting(true);
          }}
        >
          <Trans>Borrar</Trans>
        </Button>
      )}
      {deleting && (
        <DeleteRuleDialog
          rule={rule}
          onClose={() => {
            setDeleting(false);
          }}
        />
      )}
    </div>
  );
}

function PauseButton({ rule: { id: ruleId, name, state } }: { rule: AlertRuleOut }) {
  const { t } = useLingui();
  const [set, { isLoading, error }] = useSetAlertRuleStateMutation();
  const active = state === 'active';
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={isLoading}
        aria-label={active ? t`Pausar ${name}` : t`Reanudar ${name}`}
        onClick={() => void set({ ruleId, alertRuleStateIn: { state: active ? 'paused' : 'active' } })}
      >
        {active ? <Trans>Pausar</Trans> : <Trans>Reanudar</Trans>}
      </Button>
      {error && <ProblemText problem={problemOf(error)} />}
    </>
  );
}
