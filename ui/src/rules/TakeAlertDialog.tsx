import { Trans, useLingui } from '@lingui/react/macro';
import { Button, Textarea } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import type { AlertOut } from '~/api/generated';
import { useAcknowledgeAlertMutation } from '~/api/office';
import { problemOf } from '~/api/problems';
import { ProblemText } from '~/parts/ProblemText';
import { Dialog } from '~/parts/Sheet';

import classes from './Rules.module.css';

const NOTE_CHARS_MAX = 200; // of the interface

export function TakeAlertDialog({ alert, onClose }: { alert: AlertOut; onClose: () => void }) {
  const { t } = useLingui();
  const [note, setNote] = useState('');
  const [take, { isLoading, error }] = useAcknowledgeAlertMutation();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const text = note.trim();
    const answer = await take({ alertId: alert.id, acknowledgeIn: text === '' ? {} : { note: text } });
    if (!answer.error) onClose();
  };
  return (
    <Dialog title={t`Atender la alerta`} onClose={onClose}>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <p>
          <strong>{alert.rule_name}</strong>
        </p>
        <Textarea
          label={t`Nota`}
          description={t`La leen quienes ven la alerta; se puede dejar vacía.`}
          data-autofocus
          maxLength={NOTE_CHARS_MAX}
          rows={3}
          value={note}
          onChange={(event) => {
            setNote(event.currentTarget.value);
          }}
        />
        {error && <ProblemText problem={problemOf(error)} />}
        <div className={classes.foot}>
          <Button variant="default" onClick={onClose}>
            <Trans>Cancelar</Trans>
          </Button>
          <Button type="submit" loading={isLoading}>
            <Trans>Atender</Trans>
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
