import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { Caller } from '../support/caller.js';
import { startProgram } from '../support/child-programs.js';
import { cli } from '../support/cli.js';
import { startEventReceiver } from '../support/event-receiver.js';
import { eventually } from '../support/eventually.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const EXAMPLES = path.resolve('examples');
const SECRET = `whsec_${Buffer.from('a secret of the tests').toString('base64')}`;
const CARD = { tier: 'starter', payment_method_id: 'pm_card_visa' };

/** A program of a host's that runs. */
interface Example {
  url: string;
  /** What it printed since it listens: a line for each event that it acted upon. */
  lines: string[];
  close(): Promise<void>;
}

let app: TestApp;
let admin: Caller;
const running: Example[] = [];
beforeAll(async () => {
  app = await createTestApp();
  admin = await Caller.of(app, 'root', { role: 'admin' });
});
afterAll(async () => {
  await Promise.all(running.map((example) => example.close()));
  await app.close();
});

async function startExample(file: string, more: Record<string, string> = {}): Promise<Example> {
  const environment = { PATH: process.env.PATH, PORT: '0', BILLING_EVENT_SECRET: SECRET, ...more };
  const program = await startProgram(process.execPath, [path.join(EXAMPLES, file)], { environment });
  const lines: string[] = [];
  if (program.process.stdout !== null)
    createInterface({ input: program.process.stdout }).on('line', (line) => lines.push(line));
  return { url: `${program.firstLine.split(' ').at(-1) ?? ''}/billing-events`, lines, close: () => program.kill() };
}

/** Next calls the handler with a `Request`; here a server does. */
async function startNextExample(): Promise<Example> {
  process.env.BILLING_EVENT_SECRET = SECRET;
  const lines: string[] = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  const { POST } = (await import(path.join(EXAMPLES, 'dist/next/app/billing-events/route.js'))) as {
    POST: (request: Request) => Promise<Response>;
  };
  const receiver = await startEventReceiver(async ({ body, headers }) => {
    const request = new Request('http://host.example', {
      method: 'POST',
      body,
      headers: headers as Record<string, string>,
    });
    return (await POST(request)).status;
  });
  return { ...receiver, lines };
}

/** Has the service deliver there what happens from now on. */
async function deliverTo(example: Example): Promise<void> {
  running.push(example);
  const { body } = await admin.post('/outgoing-endpoints', { url: example.url }).expect(201);
  await app.dataSource.query('update outgoing_endpoints set secret = $1 where id = $2', [SECRET, body.id]);
}

/** Sends an event as the service does. */
async function send(example: Example, event: { id: string }, secret = SECRET): Promise<number> {
  const body = JSON.stringify(event);
  const now = new Date();
  const headers = {
    'content-type': 'application/json',
    'webhook-id': event.id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(event.id, now, body),
  };
  return (await fetch(example.url, { method: 'POST', headers, body })).status;
}

type Event = { id: string; type: string; sequence: number } & Record<string, unknown>;
const eventsOf = async (user: Caller) => (await user.get('/events?limit=100').expect(200)).body as Event[];

async function buy(sub: string): Promise<Caller> {
  const user = await Caller.of(app, sub);
  await user.post('/subscription', CARD).expect(201);
  await app.settle();
  return user;
}

describe.each([
  ['without a framework', () => startExample('receive-events.mjs')],
  ['on Express', () => startExample('express/server.mjs')],
  ['on Nest', () => startExample('dist/nest/src/main.js')],
  ['with a route handler of Next', startNextExample],
])('the example of a host %s', (kind, start) => {
  let example: Example;
  let events: Event[];
  const line = expect.stringMatching(/^user:\S+ subscription\.created( starter)?$/);

  it('hears of a purchase', async () => {
    example = await start();
    await deliverTo(example);
    const user = await buy(`buyer ${kind}`.replaceAll(' ', '-'));
    events = await eventsOf(user);
    await eventually(() => Promise.resolve(expect(example.lines).toHaveLength(events.length)));
    expect(example.lines).toEqual(expect.arrayContaining([line]));
  }, 60_000);

  it('does nothing of what is not signed: 400', async () => {
    const before = [...example.lines];
    const next = { ...events.at(-1), id: '1000001', sequence: 1000 };
    expect(await send(example, next, `whsec_${Buffer.from('of somebody else').toString('base64')}`)).toBe(400);
    expect((await fetch(example.url, { method: 'POST', body: '{}' })).status).toBe(400);
    expect(example.lines).toEqual(before);
  });

  it('acts upon an event once, and drops what is older than what it has', async () => {
    const [first] = events;
    const before = [...example.lines];
    for (const event of events) expect(await send(example, event)).toBeLessThan(300);
    expect(await send(example, { ...first, id: '1000002' })).toBeLessThan(300);
    expect(example.lines).toEqual(before);
    const next = { ...events.at(-1), id: '1000003', sequence: 1000 };
    expect(await send(example, next)).toBeLessThan(300);
    await eventually(() => Promise.resolve(expect(example.lines).toHaveLength(before.length + 1)));
  });
});

describe('the example that sends e-mails', () => {
  const mails: string[] = [];
  /** How many more times the server refuses. */
  let refusals = 1;
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onMailFrom: (_address, _session, done) => done(refusals-- > 0 ? new Error('Try again later') : null),
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        done();
      });
    },
  });
  let example: Example;

  beforeAll(async () => {
    const listening = smtp.listen(0, '127.0.0.1');
    await new Promise((resolve) => listening.once('listening', resolve));
    const { port } = listening.address() as { port: number };
    const { json } = await cli(['keys', 'create', '--name', 'mails', '--scope', 'read'], app.config);
    example = await startExample('email/server.mjs', {
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      MAIL_FROM: 'billing@host.example',
      BILLING_URL: new URL(app.url).origin,
      BILLING_KEY: String(json.key),
    });
    await deliverTo(example);
  });
  afterAll(() => new Promise<void>((resolve) => smtp.close(resolve)));

  it('sends one about a payment, once, also when the mail server refused it at first', async () => {
    const events = await eventsOf(await buy('reader'));
    await eventually(async () => {
      await app.dataSource.query('update outgoing_deliveries set next_attempt_at = now() where leased_by is null');
      expect(mails).toHaveLength(1);
      expect(await app.dataSource.query('select from outgoing_deliveries')).toEqual([]);
    });
    expect(mails[0]).toMatch(/^To: reader@example\.com\r$/m);
    expect(mails[0]).toContain('We received 29 usd.');
    expect(refusals).toBe(-1);
    expect(example.lines).toEqual(['user:reader invoice.paid']);
    for (const event of events) expect(await send(example, event)).toBe(204);
    expect(mails).toHaveLength(1);
  }, 60_000);

  it('sends none about what is not signed: 400', async () => {
    const event = { id: '1000004', type: 'subscription.canceled', payer: 'user:reader', data: { object: {} } };
    expect(await send(example, event, `whsec_${Buffer.from('of somebody else').toString('base64')}`)).toBe(400);
    expect(mails).toHaveLength(1);
    expect(await send(example, event)).toBe(204);
    expect(mails).toHaveLength(2);
  });
});
