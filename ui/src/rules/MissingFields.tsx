import { Trans, useLingui } from '@lingui/react/macro';

import { Choice, SpanField } from './Fields';
import { AGE_S } from './rule';
import type { FieldsProps } from './RuleForm';
import classes from './Rules.module.css';
import { SourceKindChoice } from './SourceKindChoice';

/** Data that does not come any more: of which source, and since when that is too long. */
export function MissingFields({ draft, change, errors, sources }: FieldsProps) {
  const { t } = useLingui();
  const { source } = draft;
  const known = sources.names(draft.sourceKind);
  const names = source === '' || known.includes(source) ? known : [source, ...known];
  return (
    <fieldset className={classes.group}>
      <legend>
        <Trans>Condición</Trans>
      </legend>
      <div className={classes.pair}>
        <SourceKindChoice
          value={draft.sourceKind}
          kinds={sources.kinds}
          error={errors.sourceKind}
          onChange={(sourceKind) => {
            change({ sourceKind, source: '' });
          }}
        />
        <Choice
          label={t`Fuente`}
          value={source}
          options={[
            { value: '', label: t`La que vaya más atrasada` },
            ...names.map((value) => ({ value, label: value })),
          ]}
          error={errors.source}
          onChange={(value) => {
            change({ source: value });
          }}
        />
      </div>
      <SpanField
        label={t`Sin datos nuevos desde hace más de`}
        description={t`Entre 1 minuto y 31 días.`}
        value={draft.age}
        units={['min', 'h', 'd']}
        limits={AGE_S}
        error={errors.age}
        onChange={(age) => {
          change({ age });
        }}
      />
    </fieldset>
  );
}
