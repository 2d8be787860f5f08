/** The token lives in the tab: not in the address bar, where it would be copied, nor beyond the session. */
const KEY = 'billing-token';

/** Whose a token is. Its claims are not verified here: they only tell people which account they are about to use. */
export interface Account {
  /** The issuer's name for it, with the issuer. */
  id: string;
  subject: string;
  /** Its email address, or else the subject. */
  name: string;
}

/** The token of the fragment (`#token=…`), which leaves the address bar; null without one. */
export function takeOfferedToken(): string | null {
  const fragment = new URLSearchParams(window.location.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return null;
  fragment.delete('token');
  const rest = fragment.toString();
  const { pathname, search } = window.location;
  window.history.replaceState(null, '', `${pathname}${search}${rest === '' ? '' : `#${rest}`}`);
  return token;
}

export function keepToken(token: string): void {
  try {
    window.sessionStorage.setItem(KEY, token);
  } catch {
    // Storage is switched off: the token lasts until the page is left.
  }
}

export function keptToken(): string | null {
  try {
    return window.sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Whose a token is; undefined for one that cannot be read. */
export function accountOf(token: string): Account | undefined {
  try {
    const text = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const { sub: subject, iss, email } = claims;
    if (typeof subject !== 'string') return undefined;
    return {
      id: JSON.stringify([iss, subject]),
      subject,
      name: typeof email === 'string' && email.trim() !== '' ? email : subject,
    };
  } catch {
    return undefined;
  }
}
