import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';
import { signToken } from '../../../src/auth/sign-token.js';
import { embeddedJwtSecret } from '../../../src/local-stack/embedded-state.js';
import { BillingClient } from 'stripe-billing-client';
import { addresses, type Addresses } from './addresses.js';

const PATIENCE_MS = 20_000;

/** How the browser is set, and the e-mail of the user's token. */
export type SubscriberOptions = BrowserContextOptions & { email?: string };

/** A user in front of the page: a new one each time, in a browser window of its own. */
export class Subscriber {
  /** What the browser complained about: must stay empty. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    /** The same user, past the page: to prepare and to check. */
    readonly client: BillingClient,
    private readonly token: string,
    /** That of the token. */
    readonly email: string,
    private readonly addresses: Addresses,
  ) {
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      const ours = !message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && ours) this.complaints.push(message.text());
    });
  }

  /**
   * @param options `email`: that of the token; an empty one stands for none
   * @param place the server; default: that of the run
   */
  static async create(
    browser: Browser,
    { email, ...options }: SubscriberOptions = {},
    place = addresses(),
  ): Promise<Subscriber> {
    const { pageUrl, dataDirectory } = place;
    const sub = `subscriber-${crypto.randomUUID()}`;
    const secret = await embeddedJwtSecret(dataDirectory);
    const address = email ?? `${sub}@example.com`;
    const token = await signToken({ sub, email: address }, { secret, now: new Date() });
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-US', ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const client = new BillingClient({ baseUrl: new URL(pageUrl).origin, token });
    return new Subscriber(await context.newPage(), context, client, token, address, place);
  }

  /** Opens the page, signed in, and waits until it shows what it fetched. */
  async open(tab = ''): Promise<void> {
    const { pageUrl } = this.addresses;
    await this.page.goto(`${new URL(pageUrl).origin}/billing#token=${this.token}`);
    await this.page.getByRole('tab', { name: 'Subscription' }).waitFor();
    if (tab !== '') await this.tab(tab);
    await this.page.getByText('Loading billing information...').waitFor({ state: 'hidden' });
  }

  async tab(name: string): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
    await this.page.getByText('Loading billing information...').waitFor({ state: 'hidden' });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** Chooses a plan and goes to the page of Stripe, without a trial. */
  async goToCheckout(plan: string): Promise<void> {
    await this.tab('Plans & Pricing');
    await this.button(`Choose Plan: ${plan}`).click();
    await this.page.getByLabel(/^Start with a .*free trial/).uncheck();
    await this.button('Continue to secure checkout').click();
    await this.page.waitForURL((url) => url.href.startsWith(this.addresses.sandboxUrl));
  }

  /** Pays on the page of Stripe. */
  async payWith(cardNumber: string): Promise<void> {
    await this.page.getByLabel('Card number').fill(cardNumber);
    await this.page.getByLabel('Expiry').fill('12 / 34');
    await this.page.getByLabel('CVC').fill('123');
    const name = this.page.getByLabel('Name on card');
    if ((await name.count()) > 0) await name.fill('Ada Lovelace');
    await this.button(/^(Subscribe|Pay)$/).click();
  }

  /** A subscription that is paid by a card, past the page. */
  async subscribe(
    tier: 'starter' | 'professional' | 'enterprise' = 'professional',
    card = 'pm_card_visa',
  ): Promise<void> {
    const { id } = await this.client.addPaymentMethod({ paymentMethodId: card });
    await this.client.createSubscription({ tier, paymentMethodId: id });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

/** Moves the time of the sandbox on. */
export async function advanceClock(days: number): Promise<void> {
  const response = await fetch(`${addresses().sandboxUrl}/_sandbox/advance`, {
    method: 'POST',
    body: JSON.stringify({ seconds: days * 86_400 }),
  });
  if (!response.ok) throw new Error(await response.text());
}
