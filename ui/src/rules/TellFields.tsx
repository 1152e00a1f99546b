import { Trans, useLingui } from '@lingui/react/macro';
import { TextInput } from '@mantine/core';

import { Segmented } from '~/parts/Segmented';
import { useGroupLabel } from '~/permissions/useWords';
import { useMay } from '~/session/useSession';

import { Choice, ORDER, SpanField } from './Fields';
import { COOLDOWN_S, RULES_OF_GROUPS, SEVERITIES } from './rule';
import type { FieldsProps } from './RuleForm';
import classes from './Rules.module.css';
import { useOwnGroups } from './useRuleChoices';
import { useSeverityNames } from './useRuleWords';

/** How loud, how often, and who else may be told. */
export function TellFields(props: FieldsProps) {
  const { t } = useLingui();
  const names = useSeverityNames();
  const { draft, change, errors } = props;
  return (
    <fieldset className={classes.group}>
      <legend>
        <Trans>Aviso</Trans>
      </legend>
      <div className={classes.field}>
        <span>
          <Trans>Gravedad</Trans>
        </span>
        <Segmented
          label={t`Gravedad`}
          value={draft.severity}
          options={SEVERITIES.map((value) => ({ value, label: names[value] }))}
          onChange={(severity) => {
            change({ severity });
          }}
        />
      </div>
      <SpanField
        label={t`Silencio entre alertas`}
        description={t`Entre el principio de una y el de la siguiente; como mucho 31 días.`}
        value={draft.cooldown}
        units={['min', 'h', 'd']}
        limits={COOLDOWN_S}
        error={errors.cooldown}
        onChange={(cooldown) => {
          change({ cooldown });
        }}
      />
      <Group {...props} />
    </fieldset>
  );
}

function Group({ draft: { group }, change, errors }: FieldsProps) {
  const { t } = useLingui();
  const may = useMay(RULES_OF_GROUPS);
  const groups = useOwnGroups();
  const groupLabel = useGroupLabel();
  if (!may && group === '') return null;
  const label = t`Grupo que la ve`;
  const description = t`Su gente ve la regla y puede pedir que le avise; vacío, solo usted.`;
  if (groups === null) {
    return (
      <TextInput
        label={label}
        description={description}
        inputWrapperOrder={ORDER}
        placeholder="AGR-003"
        pattern="AGR-[0-9]{3}"
        value={group}
        error={errors.group}
        onChange={(event) => {
          change({ group: event.currentTarget.value });
        }}
      />
    );
  }
  const known = groups.some(({ code }) => code === group) || group === '';
  return (
    <Choice
      label={label}
      description={description}
      value={group}
      options={[
        { value: '', label: t`Solo usted` },
        ...(known ? [] : [{ value: group, label: group }]),
        ...groups.map(({ code, name }) => ({ value: code, label: groupLabel({ code, name }) })),
      ]}
      error={errors.group}
      onChange={(value) => {
        change({ group: value });
      }}
    />
  );
}
