import { Injectable } from '@nestjs/common';

/** Where the parts of the process say whether they work; GET /health/ready shows it. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, () => boolean>();

  /** @param part name of the part, as it is shown */
  register(part: string, works: () => boolean): void {
    this.checks.set(part, works);
  }

  /** Every registered part, and whether it works now. */
  parts(): { part: string; works: boolean }[] {
    return [...this.checks].map(([part, works]) => ({ part, works: works() }));
  }
}
