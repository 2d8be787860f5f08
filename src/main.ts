import 'reflect-metadata';
import { BASE_PATH } from './http/app.js';
import { readEnvironment } from './config/environment.js';
import { exitWithFailure } from './config/program-exit.js';
import { type RunningServer, startServer } from './local-stack/service.js';
import { endWithFailure, stopOnSignal } from './http/shutdown.js';

const starting = startServer(readEnvironment(), (reason) => endWithFailure(reason, stop, () => delaySeconds));
let delaySeconds = 0;
let stopping: Promise<void> | undefined;
stopOnSignal(stop, () => delaySeconds);
try {
  const server = await starting;
  delaySeconds = server.shutdownDelaySeconds;
  process.stdout.write(welcome(server));
} catch (error) {
  exitWithFailure(error);
}

function stop(): Promise<void> {
  return (stopping ??= starting.then((server) => server.stop()));
}

/** For a person who tries the embedded set-up; a configured service writes nothing but its log. */
function welcome({ origin, pageUrl, sandboxUrl, demoToken }: RunningServer): string {
  if (sandboxUrl === undefined && demoToken === undefined) return '';
  const lines = [
    ['API', `${origin}/${BASE_PATH}`],
    ['Swagger UI', `${origin}/docs`],
    // In the fragment, which browsers do not send.
    ['Billing page', pageUrl === undefined || demoToken === undefined ? pageUrl : `${pageUrl}#token=${demoToken}`],
    ['Stripe sandbox', sandboxUrl],
    ['Demo token', demoToken],
  ];
  const shown = lines.filter(([, value]) => value !== undefined);
  return `\n${shown.map(([name = '', value]) => `${name.padEnd(16)}${value}`).join('\n')}\n\n`;
}
