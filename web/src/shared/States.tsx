import { Alert, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { type ReactNode } from 'react';
import { useTexts } from './billing-context.js';
import { describeError } from './errors.js';

/** While something is fetched for the first time. */
export function LoadingState({ rows = 3 }: { rows?: number }) {
  const texts = useTexts();
  return (
    <Stack role="status" aria-label={texts.page.loading} gap="sm">
      <Text c="dimmed" size="sm">
        {texts.page.loading}
      </Text>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={56} radius="md" />
      ))}
    </Stack>
  );
}

interface ErrorStateProps {
  title: string;
  error: unknown;
  retry: () => unknown;
}

/** When it could not be fetched. */
export function ErrorState({ title, error, retry }: ErrorStateProps) {
  const texts = useTexts();
  return (
    <Alert color="red" variant="light" title={title}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{describeError(error, texts)}</Text>
        <Button size="xs" variant="default" onClick={() => void retry()}>
          {texts.common.retry}
        </Button>
      </Stack>
    </Alert>
  );
}

/** A query, as far as it concerns what is shown instead of its data or above them. */
export interface Fetching {
  data: unknown;
  error: unknown;
  refetch: () => unknown;
}

/** Instead of data that are not there yet: that they are loading, or why they cannot be. */
export function MissingState({ title, of: { error, refetch }, rows }: { title: string; of: Fetching; rows?: number }) {
  return error === null ? (
    <LoadingState {...(rows === undefined ? {} : { rows })} />
  ) : (
    <ErrorState title={title} error={error} retry={refetch} />
  );
}

/** Above data of which some could not be fetched anew; nothing when all could. */
export function StaleState({ of }: { of: readonly Fetching[] }) {
  const texts = useTexts();
  const failed = of.filter(({ data, error }) => data !== undefined && error !== null);
  if (failed.length === 0) return null;
  return (
    <Alert color="orange" variant="light" title={texts.page.stale}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          {texts.page.staleHelp} {describeError(failed[0]?.error, texts)}
        </Text>
        <Button size="xs" variant="default" onClick={() => failed.forEach(({ refetch }) => void refetch())}>
          {texts.common.retry}
        </Button>
      </Stack>
    </Alert>
  );
}

interface EmptyStateProps {
  title: string;
  help: string;
  /** Level of the heading. */
  order?: 2 | 3;
  children?: ReactNode;
}

/** When there is nothing to show. */
export function EmptyState({ title, help, order = 3, children }: EmptyStateProps) {
  return (
    <Stack align="center" gap="xs" py="xl" ta="center">
      <Title order={order} size="h4">
        {title}
      </Title>
      <Text c="dimmed" maw={420}>
        {help}
      </Text>
      {children === undefined ? null : <Group mt="sm">{children}</Group>}
    </Stack>
  );
}
