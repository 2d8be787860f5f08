import { withQuery } from '../page.js';
import { type Portal } from './portal.js';

/** The page that the flow of a session begins with; null without a flow. */
export function flowPath({ call, home, session }: Portal): string | null {
  const { flow } = session;
  if (flow === null) return null;
  const { subscription_cancel: cancel, subscription_update: update, subscription_update_confirm: confirm } = flow;
  if (flow.type === 'payment_method_update') return `${home}/payment-methods`;
  if (flow.type === 'customer_update') return `${home}/customer`;
  if (cancel !== null) return `${home}/subscriptions/${cancel.subscription}/cancel`;
  if (update !== null) return `${home}/subscriptions/${update.subscription}/update`;
  if (confirm === null) return null;
  const [item] = confirm.items;
  const url = withQuery(`${call.context.url}${home}/subscriptions/${confirm.subscription}/confirm`, {
    ...(item?.price ? { price: item.price } : {}),
    ...(item?.quantity === undefined ? {} : { quantity: String(item.quantity) }),
  });
  return url.slice(call.context.url.length);
}
