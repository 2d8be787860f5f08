import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errorCode } from '../common/error-code.js';

/** Whether a process with this id exists and is not merely waiting to be reaped. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  return !processStatus(pid).startsWith('Z');
}

/** The command line of a process, its arguments separated by blanks; empty when there is no such process. */
export function processCommandLine(pid: number): string {
  if (process.platform !== 'linux') return ps(pid, 'command=');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function processStatus(pid: number): string {
  return process.platform === 'linux' ? (linuxStatusFields(pid)[0] ?? '') : ps(pid, 'state=');
}

/** The fields of /proc/<pid>/stat after the program's name, which may itself hold blanks and parentheses. */
function linuxStatusFields(pid: number): string[] {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function ps(pid: number, column: string): string {
  const result = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : '';
}
