import { Trans, useLingui } from '@lingui/react/macro';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';
import { Link } from 'react-router';

import type { ReportEntry } from '~/api/generated';
import { useCreateScheduleMutation } from '~/api/office';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { useScope } from '~/overview/scope';
import { ProblemText } from '~/parts/ProblemText';
import { Segmented } from '~/parts/Segmented';
import { Dialog } from '~/parts/Sheet';

import { byDayOfMonth, type Every, type FileFormat, type ScheduleDraft, scheduleBody } from './files';
import { SCHEDULES_ADDRESS } from './parts';
import classes from './Reports.module.css';
import { useEveryNames } from './words';

const NAME_CHARS_MAX = 200; // of the interface
const DAY_MAX = 28; // every month has one
const AT_DEFAULT = '07:30'; // before the day's first meeting

interface Props {
  report: ReportEntry;
  formats: FileFormat[];
  onClose: () => void;
}

export default function ScheduleDialog({ report, formats, onClose }: Props) {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const language = useAppSelector((state) => state.preferences.language);
  const [create, { data: made, error, isLoading }] = useCreateScheduleMutation();
  const [draft, setDraft] = useState<ScheduleDraft>({
    name: report.title[language],
    report: report.code,
    format: formats[0] ?? 'csv',
    every: 'week',
    weekday: 1,
    day: 1,
    at: AT_DEFAULT,
  });
  const change = (part: Partial<ScheduleDraft>) => {
    setDraft((old) => ({ ...old, ...part }));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void create({ scheduleIn: scheduleBody(draft, scope, language) });
  };
  if (made) {
    return (
      <Dialog title={t`Programar`} onClose={onClose} size={480}>
        <div className={classes.form} role="status">
          <p>
            <Trans>
              Programado. La próxima vez: <strong>{format.dateTime(made.next_at)}</strong>.
            </Trans>
          </p>
          <p className={classes.soft}>
            <Trans>
              Se pausa, se reanuda y se borra en <Link to={SCHEDULES_ADDRESS}>Programados</Link>.
            </Trans>
          </p>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t`Programar`} onClose={onClose} size={480}>
      <form className={classes.form} onSubmit={submit}>
        <TextInput
          label={t`Nombre`}
          required
          withAsterisk={false}
          maxLength={NAME_CHARS_MAX}
          value={draft.name}
          onChange={(event) => {
            change({ name: event.currentTarget.value });
          }}
        />
        <div className={classes.field}>
          <span>
            <Trans>Formato</Trans>
          </span>
          <Segmented
            label={t`Formato`}
            value={draft.format}
            options={formats.map((value) => ({ value, label: value.toUpperCase() }))}
            onChange={(value) => {
              change({ format: value });
            }}
          />
        </div>
        <When draft={draft} change={change} />
        <p className={classes.soft}>
          <Trans>
            Trata del último día, semana, mes o trimestre completo antes de cada vez. El archivo se guarda 24
            horas; como mucho 10 programados por persona.
          </Trans>
        </p>
        {error && <ProblemText problem={problemOf(error)} />}
        <Button type="submit" loading={isLoading}>
          <Trans>Programar</Trans>
        </Button>
      </form>
    </Dialog>
  );
}

function When({ draft, change }: { draft: ScheduleDraft; change: (part: Partial<ScheduleDraft>) => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const everyNames = useEveryNames();
  const { every } = draft;
  return (
    <div className={classes.when}>
      <NativeSelect
        label={t`Cada cuánto`}
        value={every}
        onChange={(event) => {
          change({ every: event.currentTarget.value as Every });
        }}
        data={(Object.keys(everyNames) as Every[]).map((value) => ({ value, label: everyNames[value] }))}
      />
      {every === 'week' && (
        <NativeSelect
          label={t`Día de la semana`}
          value={String(draft.weekday)}
          onChange={(event) => {
            change({ weekday: Number(event.currentTarget.value) });
          }}
          data={format.week().map((day) => ({ value: String(day), label: format.weekday(day) }))}
        />
      )}
      {byDayOfMonth(every) && (
        <NativeSelect
          label={t`Día del mes`}
          value={String(draft.day)}
          onChange={(event) => {
            change({ day: Number(event.currentTarget.value) });
          }}
          data={Array.from({ length: DAY_MAX }, (_, index) => String(index + 1))}
        />
      )}
      <TextInput
        label={t`Hora`}
        type="time"
        required
        withAsterisk={false}
        value={draft.at}
        onChange={(event) => {
          change({ at: event.currentTarget.value });
        }}
      />
    </div>
  );
}
