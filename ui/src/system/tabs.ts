// The parts of the system screen and what each needs; alone in a file, for the bar must know before the screen is fetched.
export const SYSTEM_TABS = {
  sources: ['PIP-001'],
  rejects: ['PIP-006'],
  reconcile: ['PIP-001', 'PIP-005'],
  quality: ['PIP-003'],
  people: ['USR-004', 'USR-005', 'USR-009'],
  sessions: ['AUTH-004'],
  groups: ['ACC-003', 'ACC-004', 'ACC-006', 'ACC-007'],
  audit: ['AUD-001', 'AUD-002', 'AUD-003', 'AUD-004'],
  delivery: ['DOR-001'],
} as const satisfies Record<string, readonly string[]>;

export type SystemTab = keyof typeof SYSTEM_TABS;

export const SYSTEM_FUNCTIONS: readonly string[] = Object.values(SYSTEM_TABS).flat();

/** Parts that count the rows of all segments together: the server refuses them to who sees one. */
const WHOLE: readonly SystemTab[] = ['rejects', 'reconcile'];

/** Whether a part is beyond a person's data segment, whatever functions they hold. */
export function isBeyond(tab: SystemTab, segment: string | null): boolean {
  return segment !== null && WHOLE.includes(tab);
}

/** The parts that a person may see, in their order. */
export function tabsFor(functions: readonly string[], segment: string | null = null): SystemTab[] {
  return (Object.keys(SYSTEM_TABS) as SystemTab[]).filter(
    (tab) => SYSTEM_TABS[tab].some((code) => functions.includes(code)) && !isBeyond(tab, segment),
  );
}
