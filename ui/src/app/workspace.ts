// What somebody who is in works in, together with the screen of the address.
import { soon } from './soon';

export const { Part: Workspace, ready: workspaceReady } = soon(async () => {
  const workspace = await import('~/shell/Workspace');
  await workspace.screenReady(window.location.pathname);
  return workspace;
});
