import { Trans } from '@lingui/react/macro';
import { Button, Text, Title } from '@mantine/core';
import { Component, type ReactNode } from 'react';

import classes from './Splash.module.css';

/** A mistake of ours or a file that a new release has taken away: say it, offer the way back. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className={classes.page}>
        <div className={classes.box}>
          <Title order={1} size="h3">
            <Trans>La página no pudo continuar</Trans>
          </Title>
          <Text>
            <Trans>
              Puede que haya una versión nueva. Al recargar se conserva la dirección y con ella lo que veía.
            </Trans>
          </Text>
          <Button
            onClick={() => {
              window.location.reload();
            }}
          >
            <Trans>Recargar</Trans>
          </Button>
        </div>
      </main>
    );
  }
}
