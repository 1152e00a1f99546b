// How the page is cut: few files, each needed whole. A browser opens six connections, and seventy small files queue.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Plugin } from 'vite';

interface Known {
  importers: readonly string[];
}
interface Context {
  getModuleInfo: (id: string) => Known | null;
}

/** What a group stands for is needed by these without a further import; the first group that fits takes a module. */
const GROUPS = [
  { name: 'start', roots: ['/src/start.ts'] },
  { name: 'page', roots: ['/src/main.tsx', '/src/session/SignInPage.tsx'] },
  { name: 'inside', roots: ['/src/shell/Workspace.tsx', '/src/overview/OverviewPage.tsx'] },
];
const ROOTS = GROUPS.flatMap(({ roots }) => roots);

export function groups() {
  const known = new Map<string, Set<string>>();
  return GROUPS.map(({ name, roots }, at) => ({
    // A group takes what its modules import along, but for what an earlier one has taken.
    priority: GROUPS.length - at,
    name: (id: string, context: Context) => {
      const needing = needs(id, context, known);
      return roots.some((root) => needing.has(root)) ? name : null;
    },
  }));
}

/** The roots from which a module is reached without a dynamic import. */
function needs(id: string, context: Context, known: Map<string, Set<string>>): Set<string> {
  const found = known.get(id);
  if (found) return found;
  const roots = new Set<string>();
  const seen = new Set<string>();
  const visit = (each: string) => {
    if (seen.has(each)) return;
    seen.add(each);
    const root = ROOTS.find((name) => each.endsWith(name));
    if (root) roots.add(root);
    context.getModuleInfo(each)?.importers.forEach(visit);
  };
  visit(id);
  known.set(id, roots);
  return roots;
}

const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));
const NAMED = /import\s*\{([^}]*)\}\s*from\s*["'](@mantine\/(?:core|hooks))["'];?/g;

/** Names of one large library by the files that they are from, or everything in it would seem needed by everybody. */
export function byFile(): Plugin {
  const files = new Map<string, Map<string, string>>();
  const fileOf = (library: string, name: string): string => {
    const known = files.get(library) ?? exportsOf(join(MODULES, library, 'esm', 'index.mjs'));
    files.set(library, known);
    const file = known.get(name);
    if (!file) throw new Error(`${library} has no ${name} that its index names by file`);
    return file;
  };
  return {
    name: 'iact-by-file',
    apply: 'build',
    enforce: 'post',
    transform: {
      filter: { id: { include: /\/ui\/src\/.*\.tsx?$/ } },
      handler: (code) => {
        const next = code.replace(NAMED, (_whole, names: string, library: string) =>
          names
            .split(',')
            .map((each) => each.trim())
            .filter(Boolean)
            .map(
              (each) =>
                `import { ${each} } from ${JSON.stringify(fileOf(library, each.split(' ')[0] ?? ''))};`,
            )
            .join(' '),
        );
        return next === code ? null : { code: next, map: null };
      },
    },
  };
}

/** From `import { Button } from "./components/Button/Button.mjs"` in an index: the file of each name. */
function exportsOf(index: string): Map<string, string> {
  const lines = readFileSync(index, 'utf8').matchAll(/import \{([^}]*)\} from "(\.[^"]*)"/g);
  return new Map(
    [...lines].flatMap(([, names = '', file = '']) =>
      names.split(',').map((name): [string, string] => [name.trim(), join(dirname(index), file)]),
    ),
  );
}

/**
 * The page itself is fetched beside its start, which would only ask for it a moment later. The drawing library is named:
 * at the door it is not needed, and inside its name would not be known before everything else has been fetched.
 */
export function fetchedBeside(): Plugin {
  return {
    name: 'iact-fetched-beside',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) => {
        const chunks = Object.values(bundle ?? {}).filter(({ type }) => type === 'chunk');
        const preloads = chunks
          .filter(({ name }) => name === 'page')
          .map(({ fileName }) => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `/${fileName}` },
            injectTo: 'head' as const,
          }));
        const named = chunks
          .filter(({ name }) => name === 'engine')
          .map(({ fileName }) => ({
            tag: 'meta',
            attrs: { name: 'drawing-library', content: `/${fileName}` },
            injectTo: 'head' as const,
          }));
        return [...preloads, ...named];
      },
    },
  };
}
