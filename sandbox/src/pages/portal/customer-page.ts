import { invalidRequest } from '../../errors/stripe-error.js';
import { fullAddress } from '../../objects/common-parameters.js';
import { checkedEmail } from '../../objects/customer/customer-parameters.js';
import { type Customer, customers } from '../../objects/customer/customer-type.js';
import { html } from '../html.js';
import { type TextField, form, textField } from '../layout.js';
import { type PageAnswer, type PageCall, field } from '../page.js';
import { type Portal, after, portalPage, requireFeature, taskPage } from './portal.js';

const ADDRESS_FIELDS = [
  ['line1', 'Address line 1', 'address-line1'],
  ['line2', 'Address line 2', 'address-line2'],
  ['postal_code', 'Postal code', 'postal-code'],
  ['city', 'City', 'address-level2'],
  ['state', 'State or region', 'address-level1'],
  ['country', 'Country (two letters)', 'country'],
] as const;

function allowed(portal: Portal, what: string): boolean {
  return portal.configuration.features.customer_update.allowed_updates.includes(what);
}

/** The fields that the configuration allows, with what was typed or what is known. */
function fields({ call, customer }: Portal): { [update: string]: TextField[] } {
  const typed = (name: string, current: string | null | undefined): string => call.form.get(name) ?? current ?? '';
  const optional = true;
  return {
    name: [{ name: 'name', label: 'Name', autocomplete: 'name', value: typed('name', customer.name), optional }],
    email: [
      { name: 'email', label: 'Email', type: 'email', autocomplete: 'email', value: typed('email', customer.email) },
    ],
    phone: [{ name: 'phone', label: 'Phone', autocomplete: 'tel', value: typed('phone', customer.phone), optional }],
    address: ADDRESS_FIELDS.map(([name, label, autocomplete]) => {
      return { name, label, autocomplete, value: typed(name, customer.address?.[name]), optional };
    }),
  };
}

function show(portal: Portal): PageAnswer {
  requireFeature(portal, 'customer_update');
  const { call } = portal;
  const shown = Object.entries(fields(portal)).flatMap(([update, list]) => (allowed(portal, update) ? list : []));
  return taskPage(
    portal,
    'Billing information',
    form(call, call.path, html`${shown.map((entry) => textField(call, entry))} <button class="wide">Save</button>`),
  );
}

function sentText(call: PageCall, name: string, max: number): string | null {
  const value = field(call, name);
  if (value.length > max) throw invalidRequest(`At most ${max} characters are allowed.`, { param: name });
  return value === '' ? null : value;
}

function sentAddress(call: PageCall): Customer['address'] {
  const country = sentText(call, 'country', 2);
  if (country !== null && !/^[a-z]{2}$/i.test(country)) {
    throw invalidRequest('The country must be two letters, such as GB.', { param: 'country' });
  }
  const values = ADDRESS_FIELDS.map(([name]) => [name, sentText(call, name, 200)] as const);
  const address = fullAddress({ ...Object.fromEntries(values), country: country?.toUpperCase() ?? null });
  return Object.values(address).every((part) => part === null) ? null : address;
}

function sentEmail(call: PageCall): string {
  const email = checkedEmail(sentText(call, 'email', 512));
  if (email === null || email === undefined) {
    throw invalidRequest('An email address is required.', { param: 'email' });
  }
  return email;
}

export const customerPage = portalPage('/customer', show, (portal) => {
  requireFeature(portal, 'customer_update');
  const { call, customer } = portal;
  const changed = call.context.objects(customers).update(customer.id, {
    ...(allowed(portal, 'name') ? { name: sentText(call, 'name', 256) } : {}),
    ...(allowed(portal, 'email') ? { email: sentEmail(call) } : {}),
    ...(allowed(portal, 'phone') ? { phone: sentText(call, 'phone', 20) } : {}),
    ...(allowed(portal, 'address') ? { address: sentAddress(call) } : {}),
  });
  call.context.emitUpdated('customer.updated', customer, changed);
  return after(portal, 'customer_update');
});
