/** Bodies that a reader of the documentation can send as they are; the first of each is offered. */
export const CREATE_EXAMPLES = {
  trial: {
    summary: 'A free trial with a card',
    value: { tier: 'professional', interval: 'month', payment_method_id: 'pm_card_visa', trial_days: 14 },
  },
  paid: { summary: 'Paid at once', value: { tier: 'starter', interval: 'year', payment_method_id: 'pm_card_visa' } },
  declined: {
    summary: 'A card that is declined',
    value: { tier: 'starter', payment_method_id: 'pm_card_chargeCustomerFail' },
  },
  three_d_secure: {
    summary: 'A card that needs 3-D Secure',
    value: { tier: 'starter', payment_method_id: 'pm_card_authenticationRequired' },
  },
};

export const UPDATE_EXAMPLES = {
  upgrade: { summary: 'A higher tier, at once', value: { tier: 'enterprise' } },
  downgrade: { summary: 'A lower tier, at the end of the period', value: { tier: 'starter', when: 'period_end' } },
  interval: { summary: 'Another interval', value: { interval: 'year' } },
  card: { summary: 'Another card', value: { payment_method_id: 'pm_card_mastercard' } },
};

export const CANCEL_EXAMPLES = {
  period_end: {
    summary: 'At the end of the period',
    value: { cancel_at_period_end: true, reason: 'Too expensive' },
  },
  now: { summary: 'Now', value: { cancel_at_period_end: false } },
};
