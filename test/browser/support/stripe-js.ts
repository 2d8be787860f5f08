import { type Page } from 'playwright-core';
import { addresses } from './addresses.js';

const KEY = 'pk_test_of_the_page';
const SCRIPTS = 'https://js.stripe.com/**';

/**
 * Stripe.js itself comes from Stripe only. This has the part of it that the page uses: one field for the id of a test
 * card, and the same calls with the publishable key and the intent's secret.
 */
const SCRIPT = `window.Stripe = () => {
  const field = Object.assign(document.createElement('input'), { ariaLabel: 'Card of Stripe.js' });
  const nothing = () => undefined;
  const element = { on: nothing, off: nothing, update: nothing, destroy: () => field.remove(), mount: (node) => node.append(field) };
  const of = (secret) => ({ id: secret.split('_secret_')[0], client_secret: secret });
  let secret = '';
  const elements = { create: () => element, getElement: () => element, update: nothing, submit: async () => ({}) };
  return {
    elements: (options) => { secret = options.clientSecret; return elements; },
    createToken: nothing, createPaymentMethod: nothing, confirmCardPayment: nothing,
    confirmSetup: async () => {
      const { id, client_secret } = of(secret);
      const answer = await window.callStripe('setup_intents/' + id + '/confirm', { client_secret, payment_method: field.value });
      return answer.error ? { error: answer.error } : { setupIntent: answer };
    },
    handleNextAction: async ({ clientSecret }) => {
      const { id, client_secret } = of(clientSecret);
      const answer = await window.confirmAtBank(id, client_secret);
      return answer.error ? { error: answer.error } : { paymentIntent: answer };
    },
  };
};`;

/** Shows the page as it is with a real Stripe account and a publishable key; behind it is the sandbox. */
export async function withPublishableKey(page: Page): Promise<void> {
  await page.route('**/api/v1/billing/config', async (route) => {
    const response = await route.fetch();
    const config = (await response.json()) as object;
    await route.fulfill({ response, json: { ...config, sandbox: false, publishable_key: KEY } });
  });
  await page.exposeFunction('callStripe', callStripe);
  await page.exposeFunction('confirmAtBank', async (intent: string, secret: string) => {
    await control('three_d_secure', { intent, outcome: 'succeed' });
    return callStripe(`payment_intents/${intent}?client_secret=${secret}`);
  });
  await allowStripeJs(page);
}

export async function blockStripeJs(page: Page): Promise<void> {
  await page.unroute(SCRIPTS);
  await page.route(SCRIPTS, (route) => route.abort());
}

export async function allowStripeJs(page: Page): Promise<void> {
  await page.unroute(SCRIPTS);
  await page.route(SCRIPTS, (route) => route.fulfill({ contentType: 'text/javascript', body: SCRIPT }));
}

async function callStripe(path: string, parameters?: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${addresses().sandboxUrl}/v1/${path}`, {
    headers: { Authorization: `Bearer ${KEY}` },
    ...(parameters === undefined ? {} : { method: 'POST', body: new URLSearchParams(parameters) }),
  });
  return response.json();
}

async function control(route: string, body: object): Promise<void> {
  const response = await fetch(`${addresses().sandboxUrl}/_sandbox/${route}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
}
