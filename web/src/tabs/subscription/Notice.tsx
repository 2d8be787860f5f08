import { Alert, Group, Text } from '@mantine/core';
import { type ReactNode } from 'react';
import { type Action } from '../../data/use-action.js';
import { ActionFailure } from '../../shared/ActionFailure.js';

interface NoticeProps {
  color: string;
  title: string;
  text: string;
  /** What its button does, to show when that failed. */
  action?: Pick<Action<never>, 'failure'>;
  children?: ReactNode;
}

/** Something that the subscriber should know, with the way out. */
export function Notice(props: NoticeProps) {
  return (
    <Alert color={props.color} variant="light" title={props.title}>
      <Text size="sm">{props.text}</Text>
      {props.children === undefined ? null : <Group mt="sm">{props.children}</Group>}
      {props.action === undefined ? null : <ActionFailure of={props.action} />}
    </Alert>
  );
}
