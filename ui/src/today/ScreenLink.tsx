import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { useScope } from '~/overview/scope';
import { changedAddress, type ViewState } from '~/period/viewState';
import { useAddressParams } from '~/views/opened';

interface Props {
  to: string;
  /** What differs there from what is shown here. */
  part?: Partial<ViewState>;
  className?: string | undefined;
  children: ReactNode;
}

/** To another screen with the same calls and days; on a wall, where nobody presses, only the words. */
export function ScreenLink({ to, part, className, children }: Props) {
  const [params] = useAddressParams();
  const { kind, period } = useScope();
  if (params.get('kiosk') === '1') return <span className={className}>{children}</span>;
  const { first, last } = period;
  const search = changedAddress(params, {
    tab: kind === 'legacy' ? 'ivr' : 'queues',
    period: { kind: 'range', first, last },
    kiosk: false,
    ...part,
  });
  return (
    <Link to={`${to}?${search.toString()}`} className={className}>
      {children}
    </Link>
  );
}
