import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Readiness } from '../common/readiness.js';
import { PlansService } from '../catalogue/plans.service.js';
import { StripeClient } from '../stripe/stripe-client.js';
import { type PartDto, type ReadinessDto, type ReadinessStatus } from './dto/health.dto.js';

/** Time that the database gets for its answer. */
const DATABASE_TIMEOUT_MS = 2_000;
/** Age up to which the last call says whether Stripe answers, so that probes do not flood it. */
const STRIPE_ANSWER_SECONDS = 5;

const DETAILS: Readonly<Record<ReadinessStatus, string>> = {
  ready: 'Everything works',
  degraded:
    'Stripe is away or refuses the key, or a price does not fit (the log says which): reads work; purchases and changes are refused',
  unavailable: 'A required part does not work',
};

/** Looks at the parts that the service is made of. */
@Injectable()
export class HealthService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly stripe: StripeClient,
    private readonly plans: PlansService,
    private readonly readiness: Readiness,
  ) {}

  /** Never throws, and answers within seconds whatever is broken. */
  async look(): Promise<ReadinessDto> {
    const [database, stripe] = await Promise.all([
      this.databaseAnswers(),
      this.stripe.isReachable(STRIPE_ANSWER_SECONDS),
    ]);
    const parts = [
      { part: 'database', works: database, required: true },
      { part: 'stripe', works: stripe, required: false },
      { part: 'prices', works: this.plans.isReady(), required: false },
      ...this.readiness.parts().map((state) => ({ ...state, required: true })),
    ];
    const status = statusOf(parts);
    return { status, detail: DETAILS[status], parts };
  }

  private async databaseAnswers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), DATABASE_TIMEOUT_MS);
    });
    const answer = this.dataSource.query('select 1').then(
      () => true,
      () => false,
    );
    try {
      return await Promise.race([answer, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function statusOf(parts: readonly PartDto[]): ReadinessStatus {
  const broken = parts.filter(({ works }) => !works);
  if (broken.some(({ required }) => required)) return 'unavailable';
  return broken.length > 0 ? 'degraded' : 'ready';
}
