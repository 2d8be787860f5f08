import { describe, expect, it } from '@jest/globals';
import { databaseUrl } from './database-url.js';

describe('the DATABASE_URL of a socket', () => {
  it("has the socket's directory for its host, so that a path with slashes, blanks and commas stays whole", () => {
    const connection = { host: '/tmp/my data,1', port: 5432, user: 'billing', database: 'billing' };
    const url = databaseUrl(connection);
    expect(url).toBe('postgresql://billing@%2Ftmp%2Fmy%20data%2C1:5432/billing');
    expect(decodeURIComponent(new URL(url).hostname)).toBe('/tmp/my data,1');
  });
});
