import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { startProgram } from '../support/child-programs.js';
import { eventually } from '../support/eventually.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const RECEIVER = path.resolve('examples/receive-events.mjs');
const SECRET = `whsec_${Buffer.from('a secret of the tests').toString('base64')}`;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

it('the example of a receiver takes what changes, once, and nothing that is not signed', async () => {
  const environment = { PATH: process.env.PATH, PORT: '0', BILLING_EVENT_SECRET: SECRET };
  const program = await startProgram(process.execPath, [RECEIVER], { environment });
  try {
    const url = program.firstLine.split(' ').at(-1) ?? '';
    const lines: string[] = [];
    if (program.process.stdout !== null)
      createInterface({ input: program.process.stdout }).on('line', (line) => lines.push(line));
    const admin = await Caller.of(app, 'root', { role: 'admin' });
    const { body: endpoint } = await admin.post('/outgoing-endpoints', { url }).expect(201);
    await app.dataSource.query('update outgoing_endpoints set secret = $1', [SECRET]);
    const user = await Caller.of(app, 'ada');
    await user.patch('/customer', { name: 'Ada' }).expect(200);
    await app.settle();
    await eventually(() => Promise.resolve(expect(lines[0]).toBe('user:ada customer.linked')));
    const before = lines.length;
    await admin.post(`/outgoing-endpoints/${String(endpoint.id)}/replay`, { after: '0' }).expect(200);
    await eventually(async () => {
      expect(await app.dataSource.query('select from outgoing_deliveries')).toEqual([]);
    });
    expect(lines.filter((line) => line === lines[0])).toHaveLength(1);
    expect(before).toBeGreaterThan(0);
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(400);
  } finally {
    await program.kill();
  }
});
