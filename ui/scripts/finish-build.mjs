// After vite: writes .gz and .br beside each text file, holds the page to its size budget, and only then puts it
// where the gateway serves it from.
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const KIB = 1024;
// What a browser fetches before a person can type a password, and before the overview answers.
const CATALOGUE = 'src/i18n/locales/es.po'; // the longer of the two
// By the names of the files' groups, see chunks.ts: the page with its door, and what somebody who is in begins with.
const BUDGETS = [
  { name: 'sign-in', entries: ['start', 'page', CATALOGUE], limit: 170 * KIB },
  { name: 'overview', entries: ['start', 'page', 'inside', CATALOGUE], limit: 260 * KIB },
];
const COMPRESS_FROM_BYTES = 1024; // smaller files gain nothing

const ui = fileURLToPath(new URL('..', import.meta.url));
const dist = join(ui, 'dist.new');
const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'));
rmSync(join(dist, 'manifest.json'));

const gzipped = new Map();
for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name);
  if (!statSync(file).isFile() || !/\.(js|css|html|svg|json)$/.test(name)) continue;
  const body = readFileSync(file);
  const gz = gzipSync(body, { level: 9 });
  gzipped.set(name.replaceAll('\\', '/'), gz.length);
  // index.html is never pre-compressed: the gateway writes a nonce into it.
  if (name.endsWith('.html') || body.length < COMPRESS_FROM_BYTES) continue;
  writeFileSync(`${file}.gz`, gz);
  writeFileSync(`${file}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}

/** By its source or, of a group, by its name. */
function chunkOf(key) {
  if (manifest[key]) return manifest[key];
  const named = Object.values(manifest).filter(({ name, file }) => name === key && file.endsWith('.js'));
  if (named.length !== 1) throw new Error(`${named.length} chunks are called ${key}`);
  return named[0];
}

// What the start fetches without being asked, in whichever file it lies, is counted above.
const COUNTED = new Set(
  ['page', 'inside', CATALOGUE, CATALOGUE.replace('es.po', 'en.po')].map((key) => chunkOf(key).file),
);
for (const key of chunkOf('start').dynamicImports ?? [])
  if (!COUNTED.has(chunkOf(key).file)) throw new Error(`the start fetches ${key}, which no budget counts`);

function reachable(entries) {
  const files = new Set();
  const visit = (key) => {
    const chunk = chunkOf(key);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  entries.forEach(visit);
  return [...files].filter((file) => file.endsWith('.js'));
}

let failed = false;
for (const { name, entries, limit } of BUDGETS) {
  const files = reachable(entries);
  const total = files.reduce((sum, file) => sum + gzipped.get(file), 0);
  failed ||= total > limit;
  console.log(
    `${name}: ${(total / KIB).toFixed(1)} KiB of script in ${files.length} files, limit ${limit / KIB} KiB${total > limit ? '  TOO BIG' : ''}`,
  );
}
if (failed) process.exit(1);

// A part of the kit that scripts use and src/app/kit.css does not import would be drawn without its style.
const CLASS = /m_[0-9a-f]{6,8}/g;
const classesIn = (folder, ending) =>
  new Set(
    readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').match(CLASS) ?? []),
  );
const [used, styled] = ['.js', '.css'].map((ending) => classesIn(join(dist, 'assets'), ending));
const kit = join(ui, 'node_modules/@mantine/core/styles');
for (const name of readdirSync(kit).filter((each) => each.endsWith('.layer.css'))) {
  const own = readFileSync(join(kit, name), 'utf8').match(CLASS) ?? [];
  if (!own.some((each) => used.has(each) && !styled.has(each))) continue;
  console.log(`src/app/kit.css lacks @mantine/core/styles/${name}`);
  failed = true;
}
if (failed) process.exit(1);

const [served, replaced] = [join(ui, 'dist'), join(ui, 'dist.old')];
rmSync(replaced, { recursive: true, force: true });
if (existsSync(served)) renameSync(served, replaced);
renameSync(dist, served);
rmSync(replaced, { recursive: true, force: true });
