// The drawing library, once for all: larger than the rest of the page, so that it is read while the numbers are on
// their way and the first words stand already.
let engine: Promise<typeof import('./engine')> | null = null;

export function loadEngine(): Promise<typeof import('./engine')> {
  engine ??= import('./engine').catch((error: unknown) => {
    engine = null; // the next block tries again
    throw error;
  });
  return engine;
}
