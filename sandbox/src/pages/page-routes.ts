import { checkoutAuthenticationPage, checkoutPage } from './checkout/checkout-page.js';
import { creditNotePdfPage } from './credit-note/credit-note-pdf.js';
import { invoicePage, invoicePdfPage } from './invoice/invoice-page.js';
import { type PageRoute } from './page.js';
import { cancelPage, renewPage } from './portal/cancel-page.js';
import { customerPage } from './portal/customer-page.js';
import { portalDone, portalEntry, portalHome } from './portal/home-page.js';
import { paymentMethodAddedPage, paymentMethodsPage, savedMethodPage } from './portal/payment-method-page.js';
import { confirmPage, updatePage, updatedPage } from './portal/update-page.js';
import { threeDSecurePage } from './three-d-secure-page.js';

/** All pages. Of two patterns that fit, the first counts. */
export const PAGE_ROUTES: readonly PageRoute[] = [
  checkoutPage,
  checkoutAuthenticationPage,
  threeDSecurePage,
  invoicePage,
  invoicePdfPage,
  creditNotePdfPage,
  portalEntry,
  portalHome,
  portalDone,
  cancelPage,
  renewPage,
  updatePage,
  confirmPage,
  updatedPage,
  paymentMethodsPage,
  paymentMethodAddedPage,
  savedMethodPage,
  customerPage,
];
