// A program that uses the embedded Stripe sandbox: prints what it got as one line of JSON, and leaves when its input ends.
// Usage: node hold-sandbox.js <directory> <port>
import { startEmbeddedSandbox } from '../../src/local-stack/embedded-sandbox.js';

const [directory = '', port = '0'] = process.argv.slice(2);
const { stop, ...got } = await startEmbeddedSandbox({ directory, port: Number(port) });
process.stdout.write(`${JSON.stringify(got)}\n`);
process.stdin.resume().once('end', () => void stop());
