// The two parts that a visit begins with: the door, or what somebody who is in works in with the screen of the address.
import { soon } from './soon';

const door = soon(() => import('~/session/SignInPage'));
const inside = soon(async () => {
  const workspace = await import('~/shell/Workspace');
  await workspace.screenReady(window.location.pathname);
  return workspace;
});

export const SignInPage = door.Part;
export const Workspace = inside.Part;

export function partReady(part: 'door' | 'inside'): Promise<void> {
  return part === 'door' ? door.ready() : inside.ready();
}
