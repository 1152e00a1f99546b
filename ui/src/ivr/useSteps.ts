import { useMemo } from 'react';

import { type FlowAnswer, type FlowRequest, useRunFlowsQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { type Scope, useScope } from '~/overview/scope';
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
  const { data, error, isFetching, refetch } = useRunFlowsQuery({ flowRequest: request });
  const steps = useMemo(() => stepsOf(data), [data]);
  return {
    answer: data,
    steps,
    state: {
      loading: !data && isFetching,
      renewing: Boolean(data) && isFetching,
      problem: error && !isFetching ? problemOf(error) : null,
      retry: () => void refetch(),
    },
  };
}
