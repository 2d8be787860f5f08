/** The token lives in the tab: not in the address bar, where it would be copied, nor beyond the session. */
const KEY = 'billing-token';

/** Moves the token of the fragment (`#token=…`) into the session and out of the address bar. */
export function takeToken(): string | null {
  const fragment = new URLSearchParams(window.location.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return readToken();
  fragment.delete('token');
  const rest = fragment.toString();
  const { pathname, search } = window.location;
  window.history.replaceState(null, '', `${pathname}${search}${rest === '' ? '' : `#${rest}`}`);
  try {
    window.sessionStorage.setItem(KEY, token);
  } catch {
    // Storage is switched off: the token lasts until the page is left.
  }
  return token;
}

function readToken(): string | null {
  try {
    return window.sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}
