// @vitest-environment node
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

const UI = join(import.meta.dirname, '../..');
const GENERATED = join(UI, 'src/api/generated.ts');

it('is what the generator makes of gateway/openapi.json', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(UI, 'src/api/.check-'));
  try {
    const config = JSON.parse(readFileSync(join(UI, 'codegen.config.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const output = join(folder, 'generated.ts');
    const copy = join(folder, 'codegen.config.json');
    const absolute = {
      ...config,
      schemaFile: join(UI, '../gateway/openapi.json'),
      apiFile: join(UI, 'src/api/base.ts'),
      outputFile: output,
    };
    writeFileSync(copy, JSON.stringify(absolute));
    const run = (tool: string, ...args: string[]) =>
      execFileSync(process.execPath, [join(UI, 'node_modules', tool), ...args], { cwd: UI, stdio: 'pipe' });
    run('@rtk-query/codegen-openapi/lib/bin/cli.mjs', copy);
    // Its own list of what to ignore: git ignores this very folder.
    run('prettier/bin/prettier.cjs', '--ignore-path', '.prettierignore', '--write', output);
    const made = readFileSync(output, 'utf8').replace(/from '[^']+base'/, "from './base'");
    expect(made, 'run npm run codegen').toBe(readFileSync(GENERATED, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
