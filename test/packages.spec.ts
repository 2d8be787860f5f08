import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Seen from the compiled tests. */
const ROOT = path.resolve(import.meta.dirname, '../..');

interface Manifest {
  name: string;
  license?: string;
  workspaces?: string[];
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
const manifestOf = (folder: string) => readJson(path.join(folder, 'package.json')) as Manifest;
const folders = ['.', ...(manifestOf('.').workspaces ?? [])];
/** No workspaces: each is copied into a host of its own. */
const examples = readdirSync(path.join(ROOT, 'examples'))
  .map((name) => path.join('examples', name))
  .filter((folder) => existsSync(path.join(ROOT, folder, 'package.json')));

describe('the packages of the repository', () => {
  it.each(folders)('%s has a manifest, a README and the licence', (folder) => {
    expect(manifestOf(folder)).toMatchObject({ name: expect.any(String), license: 'MIT' });
    expect(existsSync(path.join(ROOT, folder, 'README.md'))).toBe(true);
    expect(readFileSync(path.join(ROOT, folder, 'LICENSE'), 'utf8')).toBe(
      readFileSync(path.join(ROOT, 'LICENSE'), 'utf8'),
    );
  });

  it('and the examples have one version of what they share, the stripe package above all', () => {
    const versions = new Map<string, Set<string>>();
    for (const { dependencies, devDependencies, optionalDependencies } of [...folders, ...examples].map(manifestOf)) {
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
        versions.set(name, (versions.get(name) ?? new Set()).add(version));
      }
    }
    expect([...versions].filter(([, found]) => found.size > 1)).toEqual([]);
    const { packages } = readJson('package-lock.json') as { packages: object };
    expect(Object.keys(packages).filter((place) => place.endsWith('node_modules/stripe'))).toEqual([
      'node_modules/stripe',
    ]);
  });
});
