import { Global, Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditLog } from './audit-log.js';
import { AuditReader } from './audit.reader.js';
import { AuditRetention } from './audit-retention.js';

/** Who changed what, for whom. */
@Global()
@Module({ controllers: [AuditController], providers: [AuditLog, AuditReader, AuditRetention], exports: [AuditLog] })
export class AuditModule {}
