// RFC 4180, with the mark that spreadsheets need to read accents; what they would run as a formula is disarmed.
const BYTE_ORDER_MARK = '\uFEFF';
const FORMULA = /^[=+\-@\t\r]/;

type Cell = string | number | boolean | null;

function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvText(columns: string[], rows: Cell[][]): string {
  return BYTE_ORDER_MARK + [columns, ...rows].map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}
