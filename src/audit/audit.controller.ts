import { Controller, Get, Query, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { RequireRole } from '../auth/access.js';
import { parsePayerName } from '../auth/payer-name.js';
import { validationFailed } from '../common/billing-error.js';
import { OperatorRoutes, Problems } from '../http/openapi/api-docs.js';
import { Page, PAGE_HEADERS, PageInterceptor } from '../http/pagination.js';
import { toAuditEntryDto } from './audit.mapper.js';
import { AuditReader } from './audit.reader.js';
import { AuditEntryDto } from './dto/audit-entry.dto.js';
import { ListAuditDto } from './dto/list-audit.dto.js';

@OperatorRoutes()
@RequireRole('admin')
@Controller('audit')
export class AuditController {
  constructor(private readonly reader: AuditReader) {}

  @Get()
  @UseInterceptors(PageInterceptor)
  @ApiOperation({ summary: 'Who changed what for whom, newest first' })
  @ApiOkResponse({ type: [AuditEntryDto], headers: PAGE_HEADERS })
  @Problems('validation_failed')
  async list(@Query() { limit, payer: name, object, starting_after }: ListAuditDto): Promise<Page<AuditEntryDto>> {
    const payer = name === undefined ? null : parsePayerName(name);
    if (name !== undefined && payer === null)
      throw validationFailed([{ field: 'payer', message: 'payer must be user:<sub> or org:<id>' }]);
    const before = starting_after ?? null;
    const found = await this.reader.list({ limit: limit + 1, payer, object: objectOf(object), before });
    const page = found.slice(0, limit);
    return new Page(page.map(toAuditEntryDto), found.length > limit ? (page.at(-1)?.id ?? null) : null);
  }
}

function objectOf(text: string | undefined): { type: string; id: string } | null {
  if (text === undefined) return null;
  const colon = text.indexOf(':');
  return { type: text.slice(0, colon), id: text.slice(colon + 1) };
}
