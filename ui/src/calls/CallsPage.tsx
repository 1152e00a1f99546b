import './catalogue';

import { Trans, useLingui } from '@lingui/react/macro';

import { useScope } from '~/overview/scope';
import { Segmented } from '~/parts/Segmented';
import { ScreenFrame } from '~/shell/ScreenFrame';

import { CallDrawer } from './CallDrawer';
import { CallsFilters } from './CallsFilters';
import classes from './Calls.module.css';
import { CallsPanel } from './CallsPanel';
import { RecallPanel } from './RecallPanel';
import { useCallsState } from './useCallsState';

export default function CallsPage() {
  const { t } = useLingui();
  return (
    <ScreenFrame title={t`Llamadas`} tabs={['ivr', 'queues']} plain>
      {() => <Calls />}
    </ScreenFrame>
  );
}

function Calls() {
  const { t } = useLingui();
  const { kind } = useScope();
  const [state, change] = useCallsState(kind);
  return (
    <div className={classes.screen}>
      {kind === 'asterisk' && (
        <div>
          <Segmented
            label={t`Qué lista`}
            value={state.list}
            options={[
              { value: 'calls', label: t`Todas las llamadas` },
              { value: 'recall', label: t`Por devolver` },
            ]}
            onChange={(list) => {
              change({ list: list === 'recall' ? list : null });
            }}
          />
        </div>
      )}
      {state.list === 'recall' ? (
        <RecallPanel />
      ) : (
        <>
          <CallsFilters state={state} change={change} />
          <CallsPanel state={state} change={change} />
        </>
      )}
      {state.call !== null && (
        <CallDrawer
          id={state.call}
          onClose={() => {
            change({ call: null });
          }}
        />
      )}
      <p className={classes.note}>
        <Trans>
          Ningún número de teléfono se guarda: quien llama es una clave que no se puede volver a leer.
        </Trans>
      </p>
    </div>
  );
}
