// The drawing library is the largest file of all: it is fetched while the page is on its way, and read when the first
// chart is on the screen.

/** Of a document that names it, as the build's does. */
export function fetchDrawing(target: Document): void {
  const href = target.querySelector<HTMLMetaElement>('meta[name="drawing-library"]')?.content;
  if (!href) return;
  const link = target.createElement('link');
  link.rel = 'modulepreload';
  link.crossOrigin = '';
  link.fetchPriority = 'low';
  link.href = href;
  target.head.append(link);
}
