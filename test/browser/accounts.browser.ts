import { describe, expect, it } from '@jest/globals';
import { addresses } from './support/addresses.js';
import { setUpBrowser } from './support/browser-tests.js';
import { type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser();
const DEMO = 'Signed in as demo@example.com';

/** A user who is signed in and then opens the link of somebody else. */
async function openForeignLink(inTheSamePage: boolean): Promise<Subscriber> {
  const user = await newSubscriber();
  await user.open();
  await user.sees(`Signed in as ${user.email}`);
  const { hash } = new URL(addresses().pageUrl);
  if (inTheSamePage) await user.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  else await user.page.goto(`${new URL(addresses().pageUrl).origin}/?other#token=${hash.slice('#token='.length)}`);
  await user.page.getByRole('dialog', { name: 'Switch accounts?' }).waitFor();
  await user.sees(`You’re signed in as ${user.email}. The link you opened is for demo@example.com.`);
  expect(user.page.url()).not.toContain('token');
  return user;
}

describe.each([
  ['is opened', false],
  ['is put into the address of the open page', true],
])('a link with the token of somebody else that %s', (_how, inTheSamePage) => {
  it('leaves the session as it is unless one agrees', async () => {
    const user = await openForeignLink(inTheSamePage);
    await user.page.reload();
    await user.sees(`Signed in as ${user.email}`);
    expect(await user.page.getByRole('dialog').count()).toBe(0);
  });

  it('is refused by the button that has the focus', async () => {
    const user = await openForeignLink(inTheSamePage);
    const stay = user.button('Stay signed in');
    await stay.and(user.page.locator(':focus')).waitFor();
    await stay.click();
    await user.page.getByRole('dialog').waitFor({ state: 'hidden' });
    await user.sees(`Signed in as ${user.email}`);
  });

  it('switches accounts when one agrees, and shows what is that account’s', async () => {
    const user = await openForeignLink(inTheSamePage);
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
    await user.button('Switch accounts').click();
    await user.sees(DEMO);
    await user.tab('Payment methods');
    await user.sees('No payment methods yet');
    await user.page.reload();
    await user.sees(DEMO);
  });
});

describe('a link with a new token of the same user', () => {
  it('replaces the old one without a question', async () => {
    const user = await newSubscriber();
    await user.open();
    await user.open();
    await user.sees(`Signed in as ${user.email}`);
    expect(await user.page.getByRole('dialog').count()).toBe(0);
    expect(user.page.url()).not.toContain('token');
  });
});
