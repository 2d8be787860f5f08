// The server as main.js starts it: prints its address when it answers, and is gone when its input ends.
import 'reflect-metadata';
import { startServer } from '../../src/local-stack/service.js';

const { origin } = await startServer(process.env);
process.stdout.write(`${origin}\n`);
process.stdin.resume().once('end', () => process.exit(0));
