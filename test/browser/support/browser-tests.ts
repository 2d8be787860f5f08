import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { Subscriber, type SubscriberOptions } from './subscriber.js';

/**
 * A browser for the tests of a file. Answers what brings a new user in front of the page; after each test the users
 * leave, and none of them may have heard a complaint of the browser.
 */
export function setUpBrowser(): (options?: SubscriberOptions) => Promise<Subscriber> {
  let browser: Browser;
  let users: Subscriber[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    const complaints = users.flatMap((user) => user.complaints);
    await Promise.all(users.map((user) => user.close()));
    users = [];
    expect(complaints).toEqual([]);
  });
  return async (options) => {
    const user = await Subscriber.create(browser, options);
    users.push(user);
    return user;
  };
}
