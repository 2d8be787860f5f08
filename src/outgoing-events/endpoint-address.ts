/** What decides where events may be sent. */
export interface AddressPolicy {
  production: boolean;
  livemode: boolean;
}

const MAX_LENGTH = 2048;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Why events may not be sent there; null when they may. Events hold personal data: in production they go over https, or
 * with a test key to a program on the same machine.
 */
export function refusalOfAddress(url: string, { production, livemode }: AddressPolicy): string | null {
  if (url.length > MAX_LENGTH) return `must not be longer than ${MAX_LENGTH} characters`;
  const address = URL.parse(url);
  if (address === null || !['http:', 'https:'].includes(address.protocol)) return 'must be an https address';
  if (address.username !== '' || address.password !== '') return 'must hold no name and no password';
  if (address.hash !== '') return 'must have no fragment';
  if (address.protocol === 'https:' || !production) return null;
  if (!livemode && LOOPBACK.test(address.hostname)) return null;
  return 'must be an https address in production';
}
