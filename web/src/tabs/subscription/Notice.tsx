import { Alert, Group, Text } from '@mantine/core';
import { type ReactNode } from 'react';

/** Something that the subscriber should know, with the way out. */
export function Notice(props: { color: string; title: string; text: string; children?: ReactNode }) {
  return (
    <Alert color={props.color} variant="light" title={props.title}>
      <Text size="sm">{props.text}</Text>
      {props.children === undefined ? null : <Group mt="sm">{props.children}</Group>}
    </Alert>
  );
}
