import { useLingui } from '@lingui/react/macro';

import type { SourceKind } from '~/overview/scope';

import { Choice } from './Fields';

interface Props {
  value: SourceKind;
  kinds: SourceKind[];
  error: string | undefined;
  onChange: (kind: SourceKind) => void;
}

export function SourceKindChoice({ kinds, value, ...field }: Props) {
  const { t } = useLingui();
  const names: Record<SourceKind, string> = { legacy: t`IVR`, asterisk: t`Colas` };
  const offered = kinds.includes(value) ? kinds : [value, ...kinds];
  return (
    <Choice
      {...field}
      label={t`Datos de`}
      value={value}
      options={offered.map((kind) => ({ value: kind, label: names[kind] }))}
    />
  );
}
