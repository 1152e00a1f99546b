import { Trans, useLingui } from '@lingui/react/macro';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { useAddExceptionMutation, useListFunctionsQuery, type User } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { isoInZone, startOfDayMs } from '~/period/zoned';
import { useFunctionWords } from '~/permissions/useWords';
import { useMay } from '~/session/useSession';

import classes from './System.module.css';
import type { Proven } from './useProven';

type Effect = 'grant' | 'revoke';

export function ExceptionForm({ user, proven }: { user: User; proven: Proven }) {
  const { t } = useLingui();
  const { zone } = useFormat();
  const mayGrant = useMay('ACC-008');
  const mayRevoke = useMay('ACC-002');
  const functions = useListFunctionsQuery(undefined, { skip: !mayGrant && !mayRevoke });
  const functionWords = useFunctionWords();
  const [add] = useAddExceptionMutation();
  const [code, setCode] = useState('');
  const [effect, setEffect] = useState<Effect>(mayGrant ? 'grant' : 'revoke');
  const [why, setWhy] = useState('');
  const [until, setUntil] = useState('');
  if (!mayGrant && !mayRevoke) return null;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const newException = {
      function: code,
      effect,
      justification: why,
      expires_at: isoInZone(startOfDayMs(until, zone), zone),
    };
    const { data } = await proven.attempt(() => add({ userId: user.id, newException }));
    if (data) setWhy('');
  };
  return (
    <details>
      <summary className={classes.soft}>
        <Trans>Nueva excepción</Trans>
      </summary>
      <form className={classes.form} style={{ marginTop: 10 }} onSubmit={(event) => void submit(event)}>
        <NativeSelect
          label={t`Función`}
          required
          value={code}
          onChange={(event) => {
            setCode(event.currentTarget.value);
          }}
        >
          <option value="">{t`Elija una`}</option>
          {functions.data?.items.map((each) => (
            <option key={each.code} value={each.code}>
              {functionWords(each.code, each.name)} ({each.code})
            </option>
          ))}
        </NativeSelect>
        <NativeSelect
          label={t`Efecto`}
          value={effect}
          onChange={(event) => {
            setEffect(event.currentTarget.value as Effect);
          }}
        >
          {mayGrant && <option value="grant">{t`Da`}</option>}
          {mayRevoke && <option value="revoke">{t`Quita`}</option>}
        </NativeSelect>
        <TextInput
          label={t`Por qué`}
          required
          value={why}
          onChange={(event) => {
            setWhy(event.currentTarget.value);
          }}
        />
        <TextInput
          label={t`Hasta`}
          type="date"
          required
          value={until}
          onChange={(event) => {
            setUntil(event.currentTarget.value);
          }}
        />
        <Button type="submit" size="xs" loading={proven.busy}>
          <Trans>Añadir</Trans>
        </Button>
      </form>
    </details>
  );
}
