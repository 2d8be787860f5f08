import { Alert, Text } from '@mantine/core';
import { type Action } from '../data/use-action.js';
import { useTexts } from './billing-context.js';
import { describeError } from './errors.js';

/** Why an action could not be done, beside its button; nothing when it could, or when a field shows it. */
export function ActionFailure({ of: { failure } }: { of: Pick<Action<never>, 'failure'> }) {
  const texts = useTexts();
  if (failure === undefined || failure.field !== undefined) return null;
  return (
    <Alert color="red" variant="light" title={failure.title} w="100%">
      <Text size="sm">{describeError(failure.error, texts)}</Text>
    </Alert>
  );
}
