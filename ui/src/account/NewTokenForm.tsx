import { Trans, useLingui } from '@lingui/react/macro';
import { Button, CopyButton } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { type IssuedToken, useListFunctionsQuery } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { ProblemText } from '~/parts/ProblemText';
import { Segmented } from '~/parts/Segmented';
import { useFunctionWords } from '~/permissions/useWords';
import { useMayAny } from '~/session/useSession';

import classes from './Account.module.css';
import { byModule, readingOf } from './functions';
import { Secret, TokenFields, useNewToken } from './newToken';

const SEE_FUNCTIONS = ['ACC-003', 'ACC-007', 'ACC-008'];
const NONE: string[] = [];

interface Props {
  onMade: (token: IssuedToken) => void;
  onCancel: () => void;
}

export function NewTokenForm({ onMade, onCancel }: Props) {
  const { t } = useLingui();
  const held = useAppSelector((state) => state.session.user?.functions ?? NONE);
  const draft = useNewToken('personal');
  const [functions, setFunctions] = useState<string[]>(() => readingOf(held));
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = await draft.make(functions);
    if (token) onMade(token);
  };
  return (
    <>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <div className={classes.fields}>
          <TokenFields draft={draft} label={t`Para qué es`} />
        </div>
        <Functions held={held} chosen={functions} onChange={setFunctions} />
        {draft.problem && <ProblemText problem={draft.problem} />}
        <div className={classes.marks}>
          <Button type="submit" loading={draft.busy} disabled={functions.length === 0}>
            <Trans>Crear</Trans>
          </Button>
          <Button variant="default" onClick={onCancel}>
            <Trans>Cancelar</Trans>
          </Button>
        </div>
      </form>
      {/* Beside the form, not in it: a dialog has a form of its own, and React would let its events through. */}
      {draft.dialog}
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
  const words = useFunctionWords();
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
        <p className={classes.soft}>{reading.map((code) => words(code)).join(' · ')}</p>
      )}
      <p className={classes.soft}>
        <Trans>Nunca más que usted: si a usted le quitan un permiso, el token también lo pierde.</Trans>
      </p>
    </fieldset>
  );
}

function Checks({ held, chosen, onChange }: FunctionsProps) {
  const { t } = useLingui();
  const words = useFunctionWords();
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
                {words(code, names.get(code))} <span className={classes.soft}>{code}</span>
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
        <Secret
          label={t`Token de ${name}; no se vuelve a mostrar`}
          value={token}
          className={classes.secret}
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
