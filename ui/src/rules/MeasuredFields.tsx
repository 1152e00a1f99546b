import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import type { CatalogAnswer } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { useSegmentName } from '~/overview/words';

import { Choice, NumberField, SpanField } from './Fields';
import {
  COMPARES,
  COMPARISONS,
  inPercent,
  metricsOf,
  type RuleDraft,
  type ServiceLevel,
  unitOf,
  WINDOW_S,
} from './rule';
import type { ChangeDraft, FieldsProps } from './RuleForm';
import classes from './Rules.module.css';
import { useValues } from './useRuleChoices';
import { useRuleWords } from './useRuleWords';
import { ABOVE, AGAINST, filterText, metricName, MOVES } from './words';
import { SourceKindChoice } from './SourceKindChoice';

const CALLS_MAX = 1e9; // of the interface
const VARIANTS: NonNullable<ServiceLevel['variant']>[] = ['A', 'B', 'C', 'D'];

/** A metric over a window: what, beyond which limit, how far back, of which calls. */
export function MeasuredFields(props: FieldsProps) {
  const { t } = useLingui();
  const { draft, change, errors } = props;
  return (
    <fieldset className={classes.group}>
      <legend>
        <Trans>Condición</Trans>
      </legend>
      <Metric {...props} />
      {draft.metric === 'service_level' && <ServiceFields {...props} />}
      <LimitFields {...props} />
      <SpanField
        label={t`Ventana`}
        description={t`Hasta el último dato; entre 15 minutos y 92 días.`}
        value={draft.window}
        units={['min', 'h', 'd']}
        limits={WINDOW_S}
        error={errors.window}
        onChange={(window) => {
          change({ window });
        }}
      />
      <Only {...props} />
      <OtherFilters filters={draft.otherFilters} change={change} />
      <NumberField
        label={t`Llamadas mínimas`}
        description={t`Con menos en la ventana, el valor no dice nada.`}
        value={draft.callsMin}
        min={0}
        max={CALLS_MAX}
        whole
        error={errors.callsMin}
        onChange={(callsMin) => {
          change({ callsMin });
        }}
      />
    </fieldset>
  );
}

function Metric({ draft, change, errors, sources }: FieldsProps) {
  const { t, i18n } = useLingui();
  const { locale } = useFormat();
  const language = useAppSelector((state) => state.preferences.language);
  const { metrics } = useRuleWords();
  const known = metricsOf(draft.sourceKind, metrics);
  const names = known.includes(draft.metric) ? known : [draft.metric, ...known];
  const options = names
    .map((value) => ({ value, label: metricName(i18n, value) }))
    .sort((a, b) => new Intl.Collator(locale).compare(a.label, b.label));
  return (
    <div className={classes.pair}>
      <SourceKindChoice
        value={draft.sourceKind}
        kinds={sources.kinds}
        error={errors.sourceKind}
        onChange={(sourceKind) => {
          const there = metricsOf(sourceKind, metrics);
          const metric = there.includes(draft.metric) ? draft.metric : (there[0] ?? draft.metric);
          change({ sourceKind, metric, only: '' });
        }}
      />
      <Choice
        label={t`Métrica`}
        value={draft.metric}
        options={options}
        error={errors.metric}
        description={definitionText(draft, metrics)?.[language]}
        onChange={(metric) => {
          change({ metric });
        }}
      />
    </div>
  );
}

function definitionText({ metric, sourceKind }: RuleDraft, metrics: CatalogAnswer['metrics'] | undefined) {
  const forms = metrics?.find(({ name }) => name === metric)?.forms;
  return forms?.find(({ source_kind }) => source_kind === sourceKind)?.definition;
}

function ServiceFields({ draft, change, errors }: FieldsProps) {
  const { t } = useLingui();
  return (
    <div className={classes.pair}>
      <Choice
        label={t`Variante`}
        value={draft.serviceLevel.variant ?? 'B'}
        options={VARIANTS.map((value) => ({ value, label: value }))}
        onChange={(variant) => {
          change({ serviceLevel: { ...draft.serviceLevel, variant } });
        }}
      />
      <NumberField
        label={t`Atendidas en`}
        unit="s"
        min={0}
        value={draft.serviceSeconds}
        error={errors.service}
        onChange={(serviceSeconds) => {
          change({ serviceSeconds });
        }}
      />
    </div>
  );
}

function LimitFields({ draft, change, errors }: FieldsProps) {
  const { t, i18n } = useLingui();
  const { metrics } = useRuleWords();
  const changes = draft.kind === 'change';
  const names = changes ? MOVES : ABOVE;
  const unit = inPercent(draft.kind, draft.metric, metrics) ? '%' : unitOf(draft.metric, metrics);
  return (
    <>
      <div className={classes.pair}>
        <Choice
          label={t`Cuando`}
          value={draft.comparison}
          options={COMPARISONS.map((value) => ({ value, label: i18n._(names[value]) }))}
          error={errors.comparison}
          onChange={(comparison) => {
            change({ comparison });
          }}
        />
        <NumberField
          label={changes ? t`Cambio` : t`Límite`}
          unit={unit === '%' || unit === 's' ? unit : undefined}
          value={draft.value}
          error={errors.value}
          onChange={(value) => {
            change({ value });
          }}
        />
      </div>
      {changes && (
        <Choice
          label={t`Comparada`}
          value={draft.compare}
          options={COMPARES.map((value) => ({ value, label: i18n._(AGAINST[value]) }))}
          error={errors.compare}
          onChange={(compare) => {
            change({ compare });
          }}
        />
      )}
    </>
  );
}

function Only({ draft, change, errors, sources }: FieldsProps) {
  const { t } = useLingui();
  const segmentName = useSegmentName();
  const { sourceKind, only } = draft;
  const found = useValues(sourceKind, sources.endMs(sourceKind));
  if (found === null && only === '') return null;
  const legacy = sourceKind === 'legacy';
  // What the rule is about stays to be seen, even where nobody called it lately.
  const values = only === '' || found?.includes(only) ? (found ?? []) : [only, ...(found ?? [])];
  return (
    <Choice
      label={legacy ? t`Segmento` : t`Cola`}
      value={only}
      options={[
        { value: '', label: legacy ? t`Todos` : t`Todas` },
        ...values.map((value) => ({ value, label: legacy ? segmentName(value) : value })),
      ]}
      error={errors.only}
      onChange={(value) => {
        change({ only: value });
      }}
    />
  );
}

/** Filters that were made elsewhere are kept until somebody takes them out. */
function OtherFilters({ filters, change }: { filters: RuleDraft['otherFilters']; change: ChangeDraft }) {
  const { t } = useLingui();
  if (filters.length === 0) return null;
  return (
    <ul className={classes.others} aria-label={t`Otros filtros`}>
      {filters.map((filter, index) => {
        const text = filterText(filter);
        return (
          <li key={index} className={classes.line}>
            <code>{text}</code>
            <Button
              size="compact-xs"
              variant="default"
              aria-label={t`Quitar el filtro ${text}`}
              onClick={() => {
                change({ otherFilters: filters.filter((_, at) => at !== index) });
              }}
            >
              <Trans>Quitar</Trans>
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
