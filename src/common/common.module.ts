import { Global, Module } from '@nestjs/common';
import { ClockCheck } from './clock-check.js';
import { Clock } from './clock.js';
import { Readiness } from './readiness.js';

@Global()
@Module({ providers: [Clock, ClockCheck, Readiness], exports: [Clock, ClockCheck, Readiness] })
export class CommonModule {}
