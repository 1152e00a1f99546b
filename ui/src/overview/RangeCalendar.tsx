import '@mantine/dates/styles.layer.css';
import 'dayjs/locale/es';

import { useLingui } from '@lingui/react/macro';
import { DatePicker, DatesProvider } from '@mantine/dates';
import { useState } from 'react';

import { useAppSelector } from '~/app/store';
import { firstWeekday } from '~/format/format';
import { useFormat } from '~/format/useFormat';

import { useNarrow } from './useNarrow';

interface Props {
  first: string;
  last: string;
  onPick: (first: string, last: string) => void;
}

export default function RangeCalendar({ first, last, onPick }: Props) {
  const { t } = useLingui();
  const format = useFormat();
  const language = useAppSelector((state) => state.preferences.language);
  const narrow = useNarrow(700);
  const [picked, setPicked] = useState<[string | null, string | null]>([first, last]);
  return (
    <DatesProvider
      settings={{
        locale: language,
        weekendDays: [],
        // Sunday is 0 here and 7 to Intl.
        firstDayOfWeek: (firstWeekday(format.locale) % 7) as 0 | 1 | 2 | 3 | 4 | 5 | 6,
      }}
    >
      <DatePicker
        type="range"
        allowSingleDateInRange
        numberOfColumns={narrow ? 1 : 2}
        hideOutsideDates // as beside another month: pale days of the next one are hard to read
        defaultDate={first}
        value={picked}
        onChange={(range) => {
          setPicked(range);
          const [start, end] = range;
          if (start && end) onPick(start, end);
        }}
        // What leads to all months or years is named by the month or year that stands on it.
        ariaLabels={{ nextMonth: t`Mes siguiente`, previousMonth: t`Mes anterior` }}
      />
    </DatesProvider>
  );
}
