import { State, type Tone } from '~/system/Pieces';

import type { Severity } from './rule';
import { useSeverityNames } from './useRuleWords';

const TONES: Record<Severity, Tone> = { info: 'none', warning: 'warn', critical: 'bad' };

export function SeverityMark({ severity }: { severity: Severity }) {
  const names = useSeverityNames();
  return <State tone={TONES[severity]}>{names[severity]}</State>;
}
