// The parts of the screen of reports beside the reports themselves.
export const FILES_ADDRESS = '/informes?part=files';
export const SCHEDULES_ADDRESS = '/informes?part=schedules';
export const PARTS = ['files', 'schedules'] as const;
export type ReportsPart = (typeof PARTS)[number];

export function partOf(params: URLSearchParams): ReportsPart | null {
  return PARTS.find((part) => part === params.get('part')) ?? null;
}
