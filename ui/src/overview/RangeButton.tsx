import { useLingui } from '@lingui/react/macro';
import { Popover } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';

import { useFormat } from '~/format/useFormat';
import { CalendarIcon } from '~/parts/icons';
import { Skeleton } from '~/parts/StateViews';

import classes from './FilterBar.module.css';

// The calendar is as large as the rest of the bar together and few open it.
const RangeCalendar = lazy(() => import('./RangeCalendar'));
const CALENDAR_PX = 260;

interface Props {
  active: boolean;
  first: string;
  last: string;
  onPick: (first: string, last: string) => void;
}

export function RangeButton({ active, first, last, onPick }: Props) {
  const { t } = useLingui();
  const format = useFormat();
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" trapFocus withinPortal>
      <Popover.Target>
        <button
          type="button"
          className={classes.preset}
          aria-pressed={active}
          onClick={() => {
            setOpened(!opened);
          }}
        >
          <CalendarIcon />
          {active ? format.dayRange(first, last) : t`Rango`}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense fallback={<Skeleton height={CALENDAR_PX} width={CALENDAR_PX} />}>
          <RangeCalendar
            first={first}
            last={last}
            onPick={(start, end) => {
              setOpened(false);
              onPick(start, end);
            }}
          />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
