import { Trans, useLingui } from '@lingui/react/macro';
import { Button, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { type CreatedUser, useCreateUserMutation } from '~/api/generated';
import { ProblemText } from '~/parts/ProblemText';
import { Dialog } from '~/parts/Sheet';

import { OneTimeCode } from './OneTimeCode';
import classes from './System.module.css';
import { useProven } from './useProven';

export function NewPersonDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [create] = useCreateUserMutation();
  const [created, setCreated] = useState<CreatedUser | null>(null);
  const [username, setUsername] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [segment, setSegment] = useState('');
  const proven = useProven();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const newUser = { username, display_name: displayName, segment: segment === '' ? null : segment };
    const { data } = await proven.attempt(() => create({ newUser }));
    if (data) setCreated(data as CreatedUser);
  };
  return (
    <Dialog onClose={onClose} title={t`Nueva persona`}>
      {created ? (
        <OneTimeCode code={created.sign_in_code} />
      ) : (
        <form className={classes.form} onSubmit={(event) => void submit(event)}>
          <TextInput
            label={t`Usuario`}
            required
            data-autofocus
            autoComplete="off"
            value={username}
            onChange={(event) => {
              setUsername(event.currentTarget.value);
            }}
          />
          <TextInput
            label={t`Nombre`}
            value={displayName}
            onChange={(event) => {
              setDisplayName(event.currentTarget.value);
            }}
          />
          <TextInput
            label={t`Segmento`}
            description={t`Vacío: ve los datos de todos.`}
            value={segment}
            onChange={(event) => {
              setSegment(event.currentTarget.value);
            }}
          />
          {proven.problem && <ProblemText problem={proven.problem} />}
          <Button type="submit" loading={proven.busy}>
            <Trans>Crear</Trans>
          </Button>
        </form>
      )}
      {proven.dialog}
    </Dialog>
  );
}
