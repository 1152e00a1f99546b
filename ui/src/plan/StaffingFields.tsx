import { Trans, useLingui } from '@lingui/react/macro';

import type { Assumption, StaffingAnswer } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { FilterInput } from '~/parts/FilterInput';
import { Segmented } from '~/parts/Segmented';

import classes from './Plan.module.css';
import type { ChangePlan } from './PlanPage';
import { LIMITS, type PlanNumber, type PlanState } from './planState';

interface Props {
  plan: PlanState;
  change: ChangePlan;
  staffing: StaffingAnswer | undefined;
  /** Queues are known from which talk time and patience can be learned. */
  canLearn: boolean;
}

export function StaffingFields({ plan, change, staffing, canLearn }: Props) {
  const { t } = useLingui();
  const learned = canLearn ? t`de las colas` : t`hace falta`;
  const fields: { name: PlanNumber; label: string; unit: string; placeholder?: string }[] = [
    { name: 'aht', label: t`Tiempo por llamada`, unit: 's', placeholder: learned },
    ...(plan.model === 'erlang_a'
      ? [{ name: 'patience' as const, label: t`Paciencia`, unit: 's', placeholder: learned }]
      : []),
    { name: 'target', label: t`Nivel de servicio`, unit: '%' },
    { name: 'threshold', label: t`En`, unit: 's' },
    { name: 'occupancy', label: t`Ocupación máxima`, unit: '%' },
    { name: 'shrinkage', label: t`Fuera de puesto`, unit: '%' },
    { name: 'agents', label: t`¿Y si hay…?`, unit: t`agentes`, placeholder: '–' },
  ];
  return (
    <section className={classes.fields} aria-label={t`Supuestos`}>
      <h2>
        <Trans>Supuestos</Trans>
      </h2>
      <Segmented
        label={t`Modelo`}
        value={plan.model}
        options={[
          { value: 'erlang_a', label: 'Erlang A' },
          { value: 'erlang_c', label: 'Erlang C' },
        ]}
        onChange={(model) => {
          change({ model: model === 'erlang_a' ? null : model });
        }}
      />
      {fields.map(({ name, ...field }) => (
        <FilterInput
          key={name}
          {...field}
          type="number"
          min={LIMITS[name].min}
          max={LIMITS[name].max}
          value={plan.numbers[name] === null ? '' : String(plan.numbers[name])}
          onCommit={(value) => {
            change({ [name]: value });
          }}
        />
      ))}
      <p>
        {plan.model === 'erlang_a' ? (
          <Trans>Erlang A cuenta con que quien espera demasiado cuelga.</Trans>
        ) : (
          <Trans>Erlang C supone que nadie cuelga: pide más gente de la que hace falta.</Trans>
        )}
        {staffing?.assumptions.map((assumption) => (
          <Assumed key={assumption.name} assumption={assumption} />
        ))}
      </p>
    </section>
  );
}

function Assumed({ assumption }: { assumption: Assumption }) {
  const { t } = useLingui();
  const format = useFormat();
  if (assumption.origin === 'given') return null;
  const names = { aht_s: t`tiempo por llamada`, patience_s: t`paciencia` };
  const name = names[assumption.name];
  const value = format.duration(assumption.value);
  return (
    <>
      {' '}
      <Trans>
        Estimado de las colas: {name}, {value}.
      </Trans>
    </>
  );
}
