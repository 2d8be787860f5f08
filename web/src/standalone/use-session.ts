import { useCallback, useEffect, useState } from 'react';
import { accountOf, keepToken, keptToken, takeOfferedToken } from './session-token.js';

/** Who is signed in, and who wants to be. */
interface Tokens {
  /** Null: nobody is signed in. */
  token: string | null;
  /** A link's token of another account, until it is accepted or refused. */
  offered: string | null;
}

export interface Session extends Tokens {
  accept: () => void;
  refuse: () => void;
}

/**
 * The session of this tab. The token of a link begins one, or renews that of the same account. It never replaces that of
 * another: a stranger's link would have one pay, or leave one's card, in the stranger's account.
 */
export function useSession(): Session {
  const [tokens, setTokens] = useState<Tokens>(() =>
    withOffer({ token: keptToken(), offered: null }, takeOfferedToken()),
  );
  useEffect(() => {
    const changed = () => {
      const offered = takeOfferedToken();
      setTokens((now) => withOffer(now, offered));
    };
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  const refuse = useCallback(() => setTokens(({ token }) => ({ token, offered: null })), []);
  const accept = () => {
    if (tokens.offered === null) return;
    keepToken(tokens.offered);
    setTokens({ token: tokens.offered, offered: null });
  };
  return { ...tokens, accept, refuse };
}

function withOffer(tokens: Tokens, offered: string | null): Tokens {
  if (offered === null) return tokens;
  if (tokens.token !== null && accountOf(tokens.token)?.id !== accountOf(offered)?.id) return { ...tokens, offered };
  keepToken(offered);
  return { token: offered, offered: null };
}
