import { Injectable } from '@nestjs/common';

/** Where the parts of the process say whether they work; GET /health/ready shows it. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, () => boolean>();
  private stopping = false;

  /** @param part name of the part, as it is shown */
  register(part: string, works: () => boolean): void {
    this.checks.set(part, works);
  }

  /** From now on the process is not ready, since it ends. */
  stop(): void {
    this.stopping = true;
  }

  /** Every registered part, and whether it works now; `serving` while the process ends. */
  parts(): { part: string; works: boolean }[] {
    const parts = [...this.checks].map(([part, works]) => ({ part, works: works() }));
    return this.stopping ? [...parts, { part: 'serving', works: false }] : parts;
  }
}
