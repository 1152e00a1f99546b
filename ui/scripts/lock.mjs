// Keeps package-lock.json free of addresses: npm writes funding links that name hosts.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const before = readFileSync(file, 'utf8');
const lock = JSON.parse(before);
for (const entry of Object.values(lock.packages)) {
  delete entry.funding;
  delete entry.resolved;
  if (entry.deprecated?.includes('://')) delete entry.deprecated;
}
const after = `${JSON.stringify(lock, null, 2)}\n`;

if (after.includes('://')) {
  console.error('package-lock.json still names a host after cleaning');
  process.exit(1);
}
if (process.argv.includes('--check')) {
  if (before !== after) {
    console.error('package-lock.json names hosts: run npm run lock:clean');
    process.exit(1);
  }
} else {
  writeFileSync(file, after);
}
