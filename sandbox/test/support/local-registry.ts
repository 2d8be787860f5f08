import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** A package registry that has what is installed here, so that an installation needs no network. */
export interface LocalRegistry {
  readonly url: string;
  close(): Promise<void>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

const run = promisify(execFile);

/** @param root the folder with the `package-lock.json` whose packages it has */
export async function startLocalRegistry(root: string): Promise<LocalRegistry> {
  const places = installedIn(root);
  const server = http.createServer((request, response) => {
    const wanted = new URL(request.url ?? '/', url).pathname.slice(1);
    answer(decodeURIComponent(wanted)).then(
      (body) => response.end(body),
      () => response.writeHead(404).end(),
    );
  });
  const answer = async (wanted: string): Promise<Buffer | string> =>
    places.includes(wanted) ? tarballOf(path.join(root, wanted)) : JSON.stringify(versionsOf(wanted));
  const versionsOf = (name: string): object => {
    const found = places.filter((place) => place.endsWith(`node_modules/${name}`));
    const versions = found.map((place) => {
      const manifest = JSON.parse(readFileSync(path.join(root, place, 'package.json'), 'utf8')) as Manifest;
      return { ...manifest, dist: { tarball: `${url}/${encodeURIComponent(place)}` } };
    });
    const [first] = versions;
    if (first === undefined) throw new Error(`${name} is not installed`);
    return {
      name,
      'dist-tags': { latest: first.version },
      versions: Object.fromEntries(versions.map((version) => [version.version, version])),
    };
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The folders of the packages that the lock file names, as far as this platform has them. */
function installedIn(root: string): string[] {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as { packages: object };
  return Object.keys(lock.packages).filter(
    (place) => place.includes('node_modules/') && existsSync(path.join(root, place, 'package.json')),
  );
}

async function tarballOf(folder: string): Promise<Buffer> {
  const directory = mkdtempSync(path.join(tmpdir(), 'local-registry-'));
  try {
    cpSync(folder, path.join(directory, 'package'), {
      recursive: true,
      filter: (source) => path.relative(folder, source).split(path.sep)[0] !== 'node_modules',
    });
    const { stdout } = await run('tar', ['-czf', '-', '-C', directory, 'package'], {
      encoding: 'buffer',
      maxBuffer: Infinity,
    });
    return stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
