import { Trans, useLingui } from '@lingui/react/macro';
import { Button, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import type { ViewOut } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { ProblemText } from '~/parts/ProblemText';

import type { Place } from './address';
import { useCreate, useHere, useOwnChanged, useReplace, VIEW_NAME_CHARS_MAX, VIEWS_MAX } from './useKept';
import { useSummary } from './useSummary';
import classes from './Views.module.css';

interface Props {
  /** How many views the person keeps. */
  kept: number;
  onSaved: () => void;
}

/** What is on screen, kept: over the view that it came from, or under a name of its own. */
export function SaveView({ kept, onSaved }: Props) {
  const here = useHere();
  const changed = useOwnChanged();
  const summary = useSummary();
  if (here === null) return null;
  return (
    <div className={classes.save}>
      <p className={classes.soft}>
        <Trans>
          En pantalla: <strong>{summary(here)}</strong>
        </Trans>
      </p>
      {changed && <SaveChanges view={changed} here={here} onSaved={onSaved} />}
      {kept < VIEWS_MAX ? (
        <NewView here={here} onSaved={onSaved} />
      ) : (
        <p className={classes.message}>
          <Trans>Ya guarda 30 vistas; borre una que no necesite.</Trans>
        </p>
      )}
    </div>
  );
}

interface SaveProps {
  here: Place;
  onSaved: () => void;
}

function SaveChanges({ view, here, onSaved }: SaveProps & { view: ViewOut }) {
  const { change, error, isLoading } = useReplace();
  const save = async () => {
    if (await change(view, { display: { ...view.display, ...here } })) onSaved();
  };
  return (
    <>
      <Button loading={isLoading} onClick={() => void save()}>
        <Trans>Guardar los cambios en «{view.name}»</Trans>
      </Button>
      {error && <ProblemText problem={problemOf(error)} />}
    </>
  );
}

function NewView({ here, onSaved }: SaveProps) {
  const { t } = useLingui();
  const { save, error, isLoading } = useCreate();
  const [name, setName] = useState('');
  const [first, setFirst] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (await save(name, here, first)) onSaved();
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <div className={classes.named}>
        <TextInput
          label={t`Nombre de la vista nueva`}
          required
          withAsterisk={false}
          maxLength={VIEW_NAME_CHARS_MAX}
          autoComplete="off"
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Button type="submit" variant="default" loading={isLoading}>
          <Trans>Guardar</Trans>
        </Button>
      </div>
      <label className={classes.check}>
        <input
          type="checkbox"
          checked={first}
          onChange={(event) => {
            setFirst(event.currentTarget.checked);
          }}
        />
        <Trans>Empezar el día con ella</Trans>
      </label>
      {error && <ProblemText problem={problemOf(error)} />}
    </form>
  );
}
