import { Module } from '@nestjs/common';
import { OperationRunner } from './operation-runner.js';
import { RepairModule } from './repair.module.js';
import { RepairScheduler } from './repair-scheduler.js';

/** What repairs by itself, in the background of every instance. */
@Module({
  imports: [RepairModule],
  providers: [OperationRunner, RepairScheduler],
})
export class ReconciliationModule {}
