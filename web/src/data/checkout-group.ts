const KEY = 'billing-checkout-group';

/** Keeps which group of plans a Checkout session is for, while the browser is on Stripe's page. */
export function rememberGroup(session: string, group: string | undefined): void {
  try {
    if (group === undefined) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify([session, group]));
  } catch {
    // Without storage the default group is looked at.
  }
}

/** The group that a Checkout session was for; undefined for the default one. */
export function rememberedGroup(session: string): string | undefined {
  try {
    const [known, group] = JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as [string?, string?];
    return known === session ? group : undefined;
  } catch {
    return undefined;
  }
}
