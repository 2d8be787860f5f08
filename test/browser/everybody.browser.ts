import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Page } from 'playwright-core';
import { eventually } from '../support/child-programs.js';
import { seriousViolations } from './support/axe.js';
import { setUpBrowser } from './support/browser-tests.js';
import { type Subscriber } from './support/subscriber.js';

const TABS = ['Subscription', 'Plans & Pricing', 'Payment methods', 'Invoices'];
/** Where the pictures of the README are kept; written only when it is named. */
const SCREENSHOTS = process.env.SCREENSHOTS;

const newSubscriber = setUpBrowser();

async function fullUser(options: Parameters<typeof newSubscriber>[0] = {}): Promise<Subscriber> {
  const user = await newSubscriber({ reducedMotion: 'reduce', ...options });
  await user.subscribe();
  await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_mastercard' });
  await eventually(async () => (await user.client.getInvoices())[0]?.pdf !== undefined);
  return user;
}

async function picture(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it('axe finds nothing serious on any tab', async () => {
    const user = await fullUser({ colorScheme });
    await user.open();
    for (const tab of TABS) {
      await user.tab(tab);
      expect([tab, await seriousViolations(user.page)]).toEqual([tab, []]);
      await picture(user.page, `${tab.toLowerCase().replace(/\W+/g, '-')}-${colorScheme}`);
    }
  });

  it('axe finds nothing serious in dialogues, notices, forms and empty states', async () => {
    const user = await fullUser({ colorScheme });
    await user.open();
    await user.button('Cancel Subscription').click();
    await user.page.getByRole('dialog').waitFor();
    expect(await seriousViolations(user.page)).toEqual([]);
    await user.button('Confirm Cancellation').click();
    await user.sees('Subscription cancelled successfully');
    expect(await seriousViolations(user.page)).toEqual([]);
    await user.tab('Payment methods');
    await user.button('Add card').click();
    expect(await seriousViolations(user.page)).toEqual([]);

    const newcomer = await newSubscriber({ colorScheme, reducedMotion: 'reduce' });
    await newcomer.open();
    for (const tab of TABS) {
      await newcomer.tab(tab);
      expect([tab, await seriousViolations(newcomer.page)]).toEqual([tab, []]);
    }
    await newcomer.tab('Plans & Pricing');
    await newcomer.button('Choose Plan: Professional').click();
    await newcomer.sees('Step 2 of 2');
    expect(await seriousViolations(newcomer.page)).toEqual([]);
    await newcomer.close();
  });
});

describe('a window of 360 pixels', () => {
  it('needs no horizontal scrolling on any tab', async () => {
    const user = await fullUser({ viewport: { width: 360, height: 740 } });
    await user.open();
    for (const tab of TABS) {
      await user.tab(tab);
      const overflow = await user.page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      expect([tab, overflow]).toEqual([tab, 0]);
      await picture(user.page, `${tab.toLowerCase().replace(/\W+/g, '-')}-narrow`);
    }
  });
});

describe('the keyboard alone', () => {
  it('begins a trial and schedules its cancellation', async () => {
    const user = await newSubscriber();
    await user.open();
    const { keyboard } = user.page;
    const tabTo = async (name: string) => {
      for (let step = 0; step < 40; step += 1) {
        if ((await focusedName(user.page)).startsWith(name)) return;
        await keyboard.press('Tab');
      }
      throw new Error(`the keyboard does not reach ${name}`);
    };
    await tabTo('Subscription');
    await keyboard.press('ArrowRight');
    await user.sees('Save up to 17%');
    await tabTo('Choose Plan: Professional');
    await keyboard.press('Enter');
    await tabTo('Start free trial');
    await keyboard.press('Enter');
    await user.sees('Subscription activated successfully!');
    await tabTo('Cancel Subscription');
    await keyboard.press('Enter');
    await user.page.getByRole('dialog').waitFor();
    await keyboard.press('Escape');
    await user.page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await focusedName(user.page)).toBe('Cancel Subscription');
    await keyboard.press('Enter');
    await user.page.getByRole('dialog').waitFor();
    await tabTo('Confirm Cancellation');
    await keyboard.press('Enter');
    await user.sees('Subscription cancelled successfully');
  });
});

/** What the focused element is called. */
function focusedName(page: Page): Promise<string> {
  return page.evaluate(
    `(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim()`,
  );
}
