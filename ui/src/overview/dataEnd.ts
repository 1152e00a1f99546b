import { createContext, use } from 'react';

/** Where the data of the shown kind ends; null when there is none. */
export const DataEndContext = createContext<number | null>(null);

export function useDataEnd(): number | null {
  return use(DataEndContext);
}
