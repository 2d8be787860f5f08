import { Button, Group, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useEmailRequired } from '../data/email-required.js';
import { useAction } from '../data/use-action.js';
import { ActionFailure } from './ActionFailure.js';
import { useBilling } from './billing-context.js';
import { describeError } from './errors.js';

/** Asks for an email address once the server needs one; nothing until then. */
export function EmailRequest() {
  const { client, texts, failure } = useBilling();
  const queries = useQueryClient();
  const { required, done } = useEmailRequired();
  const [email, setEmail] = useState('');
  const save = useAction({
    run: (address: string, options) => client.updateCustomer({ email: address }, options),
    success: () => texts.email.saved,
    failure: texts.email.failed,
    onDone: () => {
      done();
      void queries.invalidateQueries({ queryKey: ['setup-intent'] });
    },
  });
  if (!required) return null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save.start(email.trim());
      }}
    >
      <Group align="flex-end">
        <TextInput
          type="email"
          required
          flex={1}
          label={texts.email.label}
          description={texts.email.help}
          autoComplete="email"
          maxLength={255}
          error={failure?.field === 'email' ? describeError(failure.error, texts) : undefined}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={save.isRunning}>
          {texts.email.save}
        </Button>
      </Group>
      <ActionFailure of={save} />
    </form>
  );
}
