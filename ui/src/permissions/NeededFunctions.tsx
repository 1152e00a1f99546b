import { Fragment } from 'react';

import { FUNCTIONS } from './names';
import { useFunctionWords } from './useWords';

/** Functions by what they let a person do, and by the code that whoever gives them looks for. */
export default function NeededFunctions({ codes }: { codes: readonly string[] }) {
  const words = useFunctionWords();
  return (
    <>
      {codes.map((code, index) => (
        <Fragment key={code}>
          {index > 0 && ', '}
          {Object.hasOwn(FUNCTIONS, code) && `${words(code)} `}
          <code>{code}</code>
        </Fragment>
      ))}
    </>
  );
}
