import { type NewOutgoingEndpointDto, type OutgoingEndpointDto } from './dto/outgoing-endpoint.dto.js';
import { type OutgoingEndpoint } from './outgoing-endpoint.entity.js';
import { type EndpointState } from './outgoing-endpoints.js';

/** Row → response, without the secret. */
export function toOutgoingEndpointDto(row: EndpointState): OutgoingEndpointDto {
  const { id, url, types, enabled, waiting, failed } = row;
  return { id, url, types, enabled, waiting, failed, created_at: row.createdAt.toISOString() };
}

/** New row → response, the one that has the secret. */
export function toNewOutgoingEndpointDto({ secret, ...row }: OutgoingEndpoint): NewOutgoingEndpointDto {
  return { ...toOutgoingEndpointDto({ ...row, waiting: 0, failed: 0 }), secret };
}
