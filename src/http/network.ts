import { isIPv6 } from 'node:net';

/** The network that one caller can have to itself: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail = ''] = address.split('::', 2);
  const left = groupsOf(head);
  const zeros = 8 - left.length - groupsOf(tail).length;
  return [...left, ...Array<string>(address.includes('::') ? zeros : 0).fill('0'), ...groupsOf(tail)]
    .slice(0, 4)
    .join(':');
}

function groupsOf(half: string): string[] {
  return half.split(':').flatMap((group) => (group === '' ? [] : [Number.parseInt(group, 16).toString(16)]));
}
