// A program that uses the embedded PostgreSQL: prints what it got as one line of JSON, and leaves when its input ends.
// Usage: node hold-postgres.js <directory>
import { startEmbeddedPostgres } from '../../src/local-stack/embedded-postgres.js';

const [directory = ''] = process.argv.slice(2);
const { stop, ...got } = await startEmbeddedPostgres({ directory, database: 'app', durable: false });
process.stdout.write(`${JSON.stringify(got)}\n`);
process.stdin.resume().once('end', () => void stop());
