/** What the customer still has to do before a payment or a card is good. */
export interface RequiredAction {
  requires_action: boolean;
  client_secret: string | null;
  payment_url: string | null;
}

export const NO_ACTION: RequiredAction = { requires_action: false, client_secret: null, payment_url: null };
