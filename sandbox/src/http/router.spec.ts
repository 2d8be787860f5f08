import { describe, expect, it } from '@jest/globals';
import { Router, route } from './router.js';

const to = (method: 'GET' | 'POST', path: string) => route({ method, path, parameters: {}, handle: () => ({ path }) });

describe('the router', () => {
  const router = new Router([
    to('GET', '/v1/invoices/:invoice'),
    to('POST', '/v1/invoices/create_preview'),
    to('POST', '/v1/invoices/:invoice'),
    to('POST', '/v1/invoices/:invoice/lines/:line'),
  ]);
  const find = (method: string, path: string) => {
    const match = router.find(method, path);
    return match === undefined ? undefined : [match.route.path, { ...match.path }];
  };

  it('finds a route by method and path, its names decoded', () => {
    expect(find('GET', '/v1/invoices/in_1')).toEqual(['/v1/invoices/:invoice', { invoice: 'in_1' }]);
    expect(find('POST', '/v1/invoices/in%201/lines/il_2')).toEqual([
      '/v1/invoices/:invoice/lines/:line',
      { invoice: 'in 1', line: 'il_2' },
    ]);
    expect(find('GET', '/v1/invoices/%E0%A4%A')).toEqual(['/v1/invoices/:invoice', { invoice: '%E0%A4%A' }]);
  });

  it('prefers a literal segment to a name, in whatever order they were declared', () => {
    expect(find('POST', '/v1/invoices/create_preview')?.[0]).toBe('/v1/invoices/create_preview');
    expect(find('POST', '/v1/invoices/in_1')?.[0]).toBe('/v1/invoices/:invoice');
  });

  it('finds nothing for another method, an empty name or another length', () => {
    expect(find('DELETE', '/v1/invoices/in_1')).toBeUndefined();
    expect(find('GET', '/v1/invoices/')).toBeUndefined();
    expect(find('GET', '/v1/invoices')).toBeUndefined();
  });

  it('refuses two routes for the same requests', () => {
    expect(() => new Router([to('GET', '/v1/a/:x'), to('GET', '/v1/a/:y')])).toThrow('GET /v1/a/:y is declared twice');
  });
});
