import { useMemo } from 'react';

import { type FlowAnswer, type FlowRequest, useRunFlowsQuery } from '~/api/generated';
import { type Scope, useScope } from '~/overview/scope';
import { stateOf } from '~/overview/useAnswer';
import type { PanelState } from '~/parts/Panel';

import { type Steps, stepsOf } from './steps';

export const SEE_FLOWS = 'RPT-008';

export interface AskedSteps {
  answer: FlowAnswer | undefined;
  steps: Steps;
  state: Omit<PanelState, 'empty'>;
}

/** Steps know no queue: whatever queue the bar names, the ways of all calls are asked for. */
function flowRequest({ period, previous, compare, zone }: Scope): FlowRequest {
  return {
    source_kind: 'asterisk',
    time: { from: period.from, to: period.to, zone },
    ...(compare !== 'none' && { compare: { from: previous.from, to: previous.to } }),
  };
}

export function useSteps(): AskedSteps {
  const scope = useScope();
  const request = useMemo(() => flowRequest(scope), [scope]);
  const query = useRunFlowsQuery({ flowRequest: request });
  const { data } = query;
  const steps = useMemo(() => stepsOf(data), [data]);
  return {
    answer: data,
    steps,
    state: {
      ...stateOf(query),
    },
  };
}
