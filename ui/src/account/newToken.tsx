// A token in the making, whoever will use it: a program in the person's name, or a screen on a wall.
import { useLingui } from '@lingui/react/macro';
import { NumberInput, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';

import { type IssuedToken, type NewToken, useCreateTokenMutation } from '~/api/generated';
import { type Proven, useProven } from '~/system/useProven';

const NAME_CHARS_MAX = 120; // of the interface
const DAYS_DEFAULT = 90;
const DAYS_MAX = 365; // the service refuses more

export interface Draft extends Omit<Proven, 'attempt'> {
  name: string;
  days: number;
  change: (part: { name?: string; days?: number }) => void;
  /** The token, or nothing where it was refused; the password is asked for where the server wants it. */
  make: (functions: string[]) => Promise<IssuedToken | undefined>;
}

export function useNewToken(kind: NonNullable<NewToken['kind']>): Draft {
  const [create] = useCreateTokenMutation();
  const { attempt, ...proven } = useProven();
  const [{ name, days }, set] = useState({ name: '', days: DAYS_DEFAULT });
  return {
    ...proven,
    name,
    days,
    change: (part) => {
      set((old) => ({ ...old, ...part }));
    },
    make: async (functions) => {
      const { data } = await attempt(() => create({ newToken: { name, kind, functions, days } }));
      return data as IssuedToken | undefined;
    },
  };
}

interface FieldsProps {
  draft: Draft;
  label: string;
  placeholder?: string;
}

/** What it is called and how long it lasts. */
export function TokenFields({ draft: { name, days, change }, label, placeholder }: FieldsProps) {
  const { t } = useLingui();
  return (
    <>
      <TextInput
        label={label}
        placeholder={placeholder}
        required
        withAsterisk={false}
        maxLength={NAME_CHARS_MAX}
        autoComplete="off"
        value={name}
        onChange={(event) => {
          change({ name: event.currentTarget.value });
        }}
      />
      <NumberInput
        label={t`Días`}
        min={1}
        max={DAYS_MAX}
        clampBehavior="strict"
        allowDecimal={false}
        value={days}
        onChange={(value) => {
          change({ days: Number(value) || 1 });
        }}
      />
    </>
  );
}

/** What is shown this once; a touch selects all of it. */
export function Secret({
  label,
  value,
  className = '',
}: {
  label: ReactNode;
  value: string;
  className?: string;
}) {
  return (
    <TextInput
      label={label}
      readOnly
      value={value}
      classNames={{ input: className }}
      onFocus={(event) => {
        event.currentTarget.select();
      }}
    />
  );
}
