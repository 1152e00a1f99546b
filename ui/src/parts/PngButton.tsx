import { useLingui } from '@lingui/react/macro';

import { ImageIcon } from './icons';
import classes from './Panel.module.css';
import { saveFile } from './saveFile';

interface Props {
  /** The drawing as a data address; null while there is none. */
  draw: () => string | null;
  fileName: string;
}

/** The chart as it stands on screen, for a slide or a message. */
export function PngButton({ draw, fileName }: Props) {
  const { t } = useLingui();
  const label = t`Descargar imagen PNG`;
  return (
    <button
      type="button"
      className={classes.action}
      title={label}
      aria-label={label}
      onClick={() => {
        const address = draw();
        if (address) saveFile(`${fileName}.png`, bytesOf(address), 'image/png');
      }}
    >
      <ImageIcon />
    </button>
  );
}

/** The bytes behind `data:image/png;base64,…`; fetching the address is what the content policy forbids. */
export function bytesOf(address: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(address.slice(address.indexOf(',') + 1)), (letter) => letter.charCodeAt(0));
}
