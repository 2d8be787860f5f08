import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { type DataSourceOptions } from 'typeorm';
import { Heartbeat } from './heartbeat.js';
import { Transactions } from './transactions.js';

/** The connection pool and the transactions of the application. */
@Global()
@Module({ providers: [Heartbeat, Transactions], exports: [Heartbeat, Transactions] })
export class DatabaseModule {
  static forRoot(options: DataSourceOptions): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [TypeOrmModule.forRoot({ ...options, retryAttempts: 0 })],
    };
  }
}
