import { Trans, useLingui } from '@lingui/react/macro';
import { Button, TextInput } from '@mantine/core';
import { type SubmitEvent, useEffect, useRef, useState } from 'react';

import type { AlertRuleOut } from '~/api/generated';
import {
  useCreateAlertRuleMutation,
  useReplaceAlertRuleMutation,
  useSetAlertRuleStateMutation,
} from '~/api/office';
import { type Problem, problemOf } from '~/api/problems';
import { ProblemText } from '~/parts/ProblemText';
import { Segmented } from '~/parts/Segmented';
import { say } from '~/sentences/say';
import { useMay } from '~/session/useSession';

import { MeasuredFields } from './MeasuredFields';
import { MissingFields } from './MissingFields';
import {
  bodyOf,
  definitionOf,
  DISABLE_RULES,
  type FieldErrors,
  type RuleDraft,
  type RuleKind,
  SEE_NUMBERS,
  refusalsOf,
} from './rule';
import classes from './Rules.module.css';
import { TellFields } from './TellFields';
import type { Sources } from './useRuleChoices';
import { useRuleWords } from './useRuleWords';
import { conditionText } from './words';

const NAME_CHARS_MAX = 200; // of the interface
const NAME_TAKEN = 'urn:iact:problem:alert-rule-name-taken';

export type ChangeDraft = (part: Partial<RuleDraft>) => void;

export interface FieldsProps {
  draft: RuleDraft;
  change: ChangeDraft;
  errors: FieldErrors;
  sources: Sources;
}

interface Props {
  rule: AlertRuleOut | null;
  initial: RuleDraft;
  sources: Sources;
  onClose: () => void;
}

export function RuleForm({ rule, initial, sources, onClose }: Props) {
  const { t } = useLingui();
  const [draft, setDraft] = useState(initial);
  const { metrics } = useRuleWords();
  const save = useSave(rule);
  const { fields, whole } = useRefusals(save.problem);
  const form = useRef<HTMLFormElement>(null);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // The sheet has taken the focus before the form was there.
    first.current?.focus();
  }, []);
  useEffect(() => {
    // What was refused is where the person goes on.
    if (save.problem) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [save.problem]);
  const change: ChangeDraft = (part) => {
    setDraft((old) => ({ ...old, ...part }));
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (await save.run(bodyOf(draft, metrics))) onClose();
  };
  const shared = { draft, change, errors: fields, sources };
  return (
    <form ref={form} className={classes.form} onSubmit={(event) => void submit(event)}>
      <TextInput
        ref={first}
        label={t`Nombre`}
        data-autofocus
        required
        withAsterisk={false}
        maxLength={NAME_CHARS_MAX}
        autoComplete="off"
        value={draft.name}
        error={fields.name}
        onChange={(event) => {
          change({ name: event.currentTarget.value });
        }}
      />
      <KindChoice draft={draft} change={change} />
      {draft.kind === 'missing_data' ? <MissingFields {...shared} /> : <MeasuredFields {...shared} />}
      <Preview draft={draft} />
      <TellFields {...shared} />
      {save.problem && whole && <ProblemText problem={save.problem} />}
      <div className={classes.foot}>
        {rule && <DisableButton rule={rule} onDone={onClose} />}
        <Button variant="default" onClick={onClose}>
          <Trans>Cancelar</Trans>
        </Button>
        <Button type="submit" loading={save.busy}>
          <Trans>Guardar</Trans>
        </Button>
      </div>
    </form>
  );
}

/** A refusal whose name is taken is about the name, though it names no field. */
function useRefusals(problem: Problem | null) {
  const { t, i18n } = useLingui();
  if (problem?.type === NAME_TAKEN) {
    return { fields: { name: t`Ya tiene una regla con ese nombre.` }, whole: false };
  }
  return refusalsOf(problem, (sentence) => say(i18n, sentence));
}

function useSave(rule: AlertRuleOut | null) {
  const [create, creating] = useCreateAlertRuleMutation();
  const [replace, replacing] = useReplaceAlertRuleMutation();
  const { error, isLoading } = rule ? replacing : creating;
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (alertRuleIn: ReturnType<typeof bodyOf>): Promise<boolean> => {
    setProblem(null);
    const answer = rule ? await replace({ ruleId: rule.id, alertRuleIn }) : await create({ alertRuleIn });
    if (answer.error) setProblem(problemOf(answer.error));
    return !answer.error;
  };
  return { run, problem, busy: isLoading && !error };
}

function KindChoice({ draft, change }: Pick<FieldsProps, 'draft' | 'change'>) {
  const { t } = useLingui();
  const mayMeasure = useMay(SEE_NUMBERS);
  const options: { value: RuleKind; label: string }[] = [
    { value: 'threshold', label: t`Un límite` },
    { value: 'change', label: t`Un cambio` },
    { value: 'missing_data', label: t`Faltan datos` },
  ];
  const offered = options.filter(({ value }) => mayMeasure || value === 'missing_data');
  return (
    <div className={classes.field}>
      <span>
        <Trans>Qué vigila</Trans>
      </span>
      <Segmented
        label={t`Qué vigila`}
        value={draft.kind}
        options={offered}
        onChange={(kind) => {
          change({ kind });
        }}
      />
    </div>
  );
}

function Preview({ draft }: { draft: RuleDraft }) {
  const { words, metrics } = useRuleWords();
  return (
    <output className={classes.preview} data-preview>
      <span className={classes.soft}>
        <Trans>Avisa cuando</Trans>
      </span>
      <span>{conditionText(definitionOf(draft, metrics), words)}</span>
    </output>
  );
}

/** Off until somebody who may says otherwise: more than a pause. */
function DisableButton({ rule, onDone }: { rule: AlertRuleOut; onDone: () => void }) {
  const may = useMay(DISABLE_RULES);
  const [set, { isLoading, error }] = useSetAlertRuleStateMutation();
  if (!may || rule.state === 'disabled') return null;
  const disable = async () => {
    const answer = await set({ ruleId: rule.id, alertRuleStateIn: { state: 'disabled' } });
    if (!answer.error) onDone();
  };
  return (
    <div>
      <Button variant="default" loading={isLoading} onClick={() => void disable()}>
        <Trans>Desactivar</Trans>
      </Button>
      {error && <ProblemText problem={problemOf(error)} />}
    </div>
  );
}
