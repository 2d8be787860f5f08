import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { addresses, type Addresses } from './addresses.js';
import { launchBrowser } from './browser.js';
import { type Server, startServer } from './server.js';
import { Subscriber, type SubscriberOptions } from './subscriber.js';

const START_MS = 300_000;

/**
 * A browser for the tests of a file. Answers what brings a new user in front of the page; after each test the users
 * leave, and none of them may have heard a complaint of the browser.
 *
 * @param environment for a server of the file's own; without it the file shares that of the run
 */
export function setUpBrowser(environment?: NodeJS.ProcessEnv): (options?: SubscriberOptions) => Promise<Subscriber> {
  let browser: Browser;
  let own: Server | undefined;
  let users: Subscriber[] = [];
  beforeAll(async () => {
    if (environment !== undefined) own = await startServer(environment);
    browser = await launchBrowser();
  }, START_MS);
  afterAll(async () => {
    await browser.close();
    await own?.stop();
  });
  const place = (): Addresses => own?.addresses ?? addresses();
  afterEach(async () => {
    const complaints = users.flatMap((user) => user.complaints);
    await Promise.all(users.map((user) => user.close()));
    users = [];
    expect(complaints).toEqual([]);
  });
  return async (options) => {
    const user = await Subscriber.create(browser, options, place());
    users.push(user);
    return user;
  };
}
