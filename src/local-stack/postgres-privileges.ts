import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';

/** How to run a program that refuses to run as root. */
export interface Privileges {
  /** The command line that runs `program`. */
  command(program: string, parameters: string[]): [string, string[]];
  /** The user and group to spawn the program as; empty when they stay. */
  identity: { uid?: number; gid?: number };
  /** Gives a file or directory that we made to the program's user. */
  handOver(file: string): void;
}

const NOBODY = 65534;

/**
 * As an ordinary user: nothing special. As root, in this order:
 * 1. `unshare --user`: the program sees itself as an ordinary user, while files stay root's. It works below a directory
 *    that is closed to others, but needs user namespaces, which a default container does not have.
 * 2. the account `postgres`, else `nobody`. It must be able to reach node_modules and the data directory.
 *
 * @param probe a program that answers `--version`
 * @param directory the directory that the program must be able to reach
 * @throws Error naming DATABASE_URL when neither works
 */
export function choosePrivileges(
  probe: string,
  directory: string,
  isRoot = process.getuid?.() === 0,
  namespaces = process.platform === 'linux',
): Privileges {
  const asIs: Privileges = {
    command: (program, parameters) => [program, parameters],
    identity: {},
    handOver: () => undefined,
  };
  if (!isRoot) return asIs;
  const unshare = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  if (namespaces && spawnSync('unshare', [...unshare, probe, '--version']).status === 0) {
    return { ...asIs, command: (program, parameters) => ['unshare', [...unshare, program, ...parameters]] };
  }
  const account = findAccount('postgres') ?? findAccount('nobody');
  if (!account) throw new Error('PostgreSQL does not run as root, and there is no other account: set DATABASE_URL');
  const { name, ...identity } = account;
  // Node.js enters a working directory before it changes the user, so that a `cwd` would prove nothing.
  const reach = ['-c', 'cd "$0" && exec "$1" --version', directory, probe];
  if (spawnSync('/bin/sh', reach, { ...identity, cwd: '/' }).status !== 0) {
    throw new Error(
      `PostgreSQL does not run as root, and the account ${name} cannot reach ${probe} or ${directory}: ` +
        'start as an ordinary user, open these directories, or set DATABASE_URL',
    );
  }
  return { ...asIs, identity, handOver: (file) => chownSync(file, identity.uid, identity.gid) };
}

function findAccount(name: string): { name: string; uid: number; gid: number } | undefined {
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find((candidate) => candidate[0] === name);
  return fields && { name, uid: Number(fields[2]), gid: Number(fields[3]) };
}
