import { checkoutAuthenticationPage, checkoutPage } from './checkout/checkout-page.js';
import { invoicePage, invoicePdfPage } from './invoice/invoice-page.js';
import { type PageRoute } from './page.js';
import { threeDSecurePage } from './three-d-secure-page.js';

/** All pages. */
export const PAGE_ROUTES: readonly PageRoute[] = [
  checkoutPage,
  checkoutAuthenticationPage,
  threeDSecurePage,
  invoicePage,
  invoicePdfPage,
];
