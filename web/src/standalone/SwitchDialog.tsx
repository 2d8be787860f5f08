import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { en } from '../texts/en.js';
import { type Account } from './session-token.js';

interface SwitchDialogProps {
  current: Account | undefined;
  offered: Account | undefined;
  onAccept: () => void;
  onRefuse: () => void;
}

/** Asks before the link of somebody else takes the place of the account in use. */
export function SwitchDialog({ current, offered, onAccept, onRefuse }: SwitchDialogProps) {
  const { account: texts, common } = en;
  const sameName = current?.name === offered?.name;
  const nameOf = (account: Account | undefined) =>
    account === undefined ? texts.unknown : sameName ? `${account.name} (${account.subject})` : account.name;
  return (
    <Modal opened onClose={onRefuse} title={texts.switchTitle} closeButtonProps={{ 'aria-label': common.close }}>
      <Stack>
        <Text style={{ overflowWrap: 'anywhere' }}>{texts.switchText(nameOf(current), nameOf(offered))}</Text>
        <Text>{texts.switchAdvice}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onAccept}>
            {texts.switch}
          </Button>
          <Button data-autofocus onClick={onRefuse}>
            {texts.stay}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
