import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Response } from 'express';

/** Sets the status of the response, where it depends on what was found. */
export type SetReplyStatus = (status: number) => void;

/** Parameter decorator: hands the handler a SetReplyStatus. */
export const ReplyStatus = createParamDecorator((_data: unknown, context: ExecutionContext): SetReplyStatus => {
  const response = context.switchToHttp().getResponse<Response>();
  return (status) => void response.status(status);
});
