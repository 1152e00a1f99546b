import { Trans, useLingui } from '@lingui/react/macro';
import { Button, CopyButton, NumberInput, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { type IssuedToken, useCreateTokenMutation, useListFunctionsQuery } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { ProblemText } from '~/parts/ProblemText';
import { Segmented } from '~/parts/Segmented';
import { useMayAny } from '~/session/useSession';
import { useProven } from '~/system/useProven';

import classes from './Account.module.css';
import { byModule, readingOf } from './functions';

const NAME_CHARS_MAX = 120; // of the interface
const DAYS_DEFAULT = 90;
const DAYS_MAX = 365; // the service refuses more
const SEE_FUNCTIONS = ['ACC-003', 'ACC-007', 'ACC-008'];
const NONE: string[] = [];

interface Props {
  onMade: (token: IssuedToken) => void;
  onCancel: () => void;
}

export function NewTokenForm({ onMade, onCancel }: Props) {
  const { t } = useLingui();
  const held = useAppSelector((state) => state.session.user?.functions ?? NONE);
  const [create] = useCreateTokenMutation();
  const proven = useProven();
  const [name, setName] = useState('');
  const [days, setDays] = useState(DAYS_DEFAULT);
  const [functions, setFunctions] = useState<string[]>(() => readingOf(held));
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const newToken = { name, kind: 'personal' as const, functions, days };
    const { data } = await proven.attempt(() => create({ newToken }));
    if (data) onMade(data as IssuedToken);
  };
  return (
    <>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <div className={classes.fields}>
          <TextInput
            label={t`Para qué es`}
            required
            withAsterisk={false}
            maxLength={NAME_CHARS_MAX}
            autoComplete="off"
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
          <NumberInput
            label={t`Días`}
            min={1}
            max={DAYS_MAX}
            clampBehavior="strict"
            allowDecimal={false}
            value={days}
            onChange={(value) => {
              setDays(Number(value) || 1);
            }}
          />
        </div>
        <Functions held={held} chosen={functions} onChange={setFunctions} />
        {proven.problem && <ProblemText problem={proven.problem} />}
        <div className={classes.marks}>
          <Button type="submit" loading={proven.busy} disabled={functions.length === 0}>
            <Trans>Crear</Trans>
          </Button>
          <Button variant="default" onClick={onCancel}>
            <Trans>Cancelar</Trans>
          </Button>
        </div>
      </form>
      {/* Beside the form, not in it: a dialog has a form of its own, and React would let its events through. */}
      {proven.dialog}
    </>
  );
}

interface FunctionsProps {
  held: string[];
  chosen: string[];
  onChange: (functions: string[]) => void;
}

/** Reading is enough for most programs; whoever needs more chooses one by one. */
function Functions({ held, chosen, onChange }: FunctionsProps) {
  const { t } = useLingui();
  const reading = readingOf(held);
  const [all, setAll] = useState(reading.length === 0);
  return (
    <fieldset className={classes.functions}>
      <legend>
        <Trans>Qué puede hacer</Trans>
      </legend>
      {reading.length > 0 && (
        <Segmented
          small
          label={t`Qué puede hacer`}
          value={all ? 'some' : 'read'}
          options={[
            { value: 'read', label: t`Leer números` },
            { value: 'some', label: t`Elegir funciones` },
          ]}
          onChange={(value) => {
            setAll(value === 'some');
            if (value === 'read') onChange(reading);
          }}
        />
      )}
      {all ? (
        <Checks held={held} chosen={chosen} onChange={onChange} />
      ) : (
        <p className={classes.soft}>{reading.join(', ')}</p>
      )}
      <p className={classes.soft}>
        <Trans>Nunca más que usted: si a usted le quitan un permiso, el token también lo pierde.</Trans>
      </p>
    </fieldset>
  );
}

function Checks({ held, chosen, onChange }: FunctionsProps) {
  const { t } = useLingui();
  const maySee = useMayAny(SEE_FUNCTIONS);
  const { data } = useListFunctionsQuery(undefined, { skip: !maySee });
  const names = new Map(data?.items.map(({ code, name }) => [code, name]));
  return (
    <div className={classes.checks} role="group" aria-label={t`Funciones`} tabIndex={0}>
      {byModule(held).map(([module, codes]) => (
        <div key={module} className={classes.module}>
          {codes.map((code) => (
            <label key={code} className={classes.check}>
              <input
                type="checkbox"
                checked={chosen.includes(code)}
                onChange={(event) => {
                  const others = chosen.filter((each) => each !== code);
                  onChange(event.currentTarget.checked ? [...others, code] : others);
                }}
              />
              <span>
                {code} <span className={classes.soft}>{names.get(code)}</span>
              </span>
            </label>
          ))}
        </div>
      ))}
    </div>
  );
}

/** The token itself, this once. */
export function IssuedOnce({ token: { name, token } }: { token: IssuedToken }) {
  const { t } = useLingui();
  return (
    <div className={classes.issued} role="status">
      <div className={classes.fields}>
        <TextInput
          label={t`Token de ${name}; no se vuelve a mostrar`}
          readOnly
          value={token}
          classNames={{ input: classes.secret ?? '' }}
          onFocus={(event) => {
            event.currentTarget.select();
          }}
        />
        <CopyButton value={token}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? <Trans>Copiado</Trans> : <Trans>Copiar</Trans>}
            </Button>
          )}
        </CopyButton>
      </div>
      <p className={classes.soft}>
        <Trans>
          Guárdelo donde guarda contraseñas. Se manda como <code>Authorization: Bearer</code>.
        </Trans>
      </p>
    </div>
  );
}
