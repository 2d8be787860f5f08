import { Button, type ButtonProps, VisuallyHidden } from '@mantine/core';
import { type ReactNode } from 'react';
import { useTexts } from './billing-context.js';

/** A link to a page of Stripe, in a tab of its own. */
export function ExternalLink({ href, children, ...props }: { href: string; children: ReactNode } & ButtonProps) {
  const texts = useTexts();
  return (
    <Button component="a" href={href} target="_blank" rel="noopener noreferrer" {...props}>
      {children}
      <VisuallyHidden>{` ${texts.invoices.newTab}`}</VisuallyHidden>
    </Button>
  );
}
