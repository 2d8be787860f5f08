import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { findPostgresBinaries } from './postgres-binaries.js';
import { choosePrivileges } from './postgres-privileges.js';

const { postgres } = findPostgresBinaries();

describe('choosePrivileges', () => {
  it('changes nothing for an ordinary user', () => {
    const privileges = choosePrivileges(postgres, '/', false);
    expect(privileges.identity).toEqual({});
    expect(privileges.command(postgres, ['-D', 'x'])).toEqual([postgres, ['-D', 'x']]);
  });

  it('says what to do when root cannot run the program as anybody else', () => {
    expect(() => choosePrivileges('/nonexistent/postgres', '/', true)).toThrow(/set DATABASE_URL/);
  });

  it('gives a command that postgres does not refuse as root', () => {
    const privileges = choosePrivileges(postgres, '/');
    const [program, parameters] = privileges.command(postgres, ['-D', '/nonexistent']);
    const { stderr } = spawnSync(program, parameters, { ...privileges.identity, encoding: 'utf8' });
    expect(stderr).not.toContain('"root" execution of the PostgreSQL server is not permitted');
    expect(stderr).toContain('/nonexistent');
  });
});
