// A program that takes a directory lock, says so, and holds it until its input ends.
// Usage: node hold-directory-lock.js <directory>
import { once } from 'node:events';
import { withDirectoryLock } from '../../src/local-stack/directory-lock.js';

const [directory = ''] = process.argv.slice(2);
await withDirectoryLock(directory, 'lock', async () => {
  process.stdout.write('held\n');
  await once(process.stdin.resume(), 'end');
});
