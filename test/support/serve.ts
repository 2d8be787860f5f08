// The server as main.js starts it: prints its address when it answers, ends at a signal, and is gone when its input ends.
import 'reflect-metadata';
import { stopOnSignal } from '../../src/http/shutdown.js';
import { startServer } from '../../src/local-stack/service.js';

const server = await startServer(process.env);
stopOnSignal(
  () => server.stop(),
  () => server.shutdownDelaySeconds,
);
process.stdout.write(`${server.origin}\n`);
process.stdin.resume().once('end', () => process.exit(0));
