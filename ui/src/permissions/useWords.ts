import { useLingui } from '@lingui/react';

import { FUNCTIONS, GROUPS } from './names';

/** What a function lets a person do; one that this page does not know is called as the service calls it, if it says. */
export function useFunctionWords(): (code: string, name?: string) => string {
  const { i18n } = useLingui();
  return (code, name) => {
    const known = FUNCTIONS[code];
    return known ? i18n._(known[1]) : (name ?? code);
  };
}

/** Groups that every installation begins with, in the person's language; others as they were named. */
export function useGroupWords(): (name: string) => string {
  const { i18n } = useLingui();
  return (name) => {
    const known = Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined;
    return known ? i18n._(known) : name;
  };
}

/** A group in a list to choose from: its words, and the code by which people tell each other of it. */
export function useGroupLabel(): (group: { code: string; name: string }) => string {
  const words = useGroupWords();
  return ({ code, name }) => `${words(name)} (${code})`;
}
