import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';

import type { LegOut, QueueCallDetail, StepOut } from '~/api/generated';
import { useFormat } from '~/format/useFormat';

import classes from './Calls.module.css';
import { Facts } from './Facts';
import { barOf, type Moment, momentsOf, secondsBetween } from './timeline';
import { useDispositionName, useExitName, useStepEnd } from './words';

export function QueueStory({ call }: { call: QueueCallDetail }) {
  const { t } = useLingui();
  const format = useFormat();
  const exit = useExitName();
  const coordinates = new Set(call.legs.map(({ source_table, position }) => `${source_table} · ${position}`));
  return (
    <>
      <Facts
        items={[
          [t`Entrada a la cola`, format.dateTime(call.entered_at)],
          [t`Cola`, call.queue],
          [t`Salida`, exit(call.exit)],
          [t`Agente`, call.agent],
          [t`Espera`, format.duration(call.wait_s)],
          [t`Conversación`, call.talk_s === null ? null : format.duration(call.talk_s)],
          [t`Puesto al entrar`, call.entry_position === null ? null : format.integer(call.entry_position)],
          [t`Timbres sin respuesta`, format.integer(call.ring_no_answer)],
          [t`Transferencias`, format.integer(call.transfers)],
        ]}
      />
      <h3 className={classes.section}>
        <Trans>Línea de tiempo</Trans>
      </h3>
      <Timeline call={call} />
      <h3 className={classes.section}>
        <Trans>En la fuente</Trans>
      </h3>
      <Facts
        items={[
          [t`Fuente`, call.source],
          [t`Identificador en el PBX`, call.callid],
          [t`Registros`, coordinates.size > 0 ? [...coordinates].join(', ') : null],
          [t`Llamante (clave)`, call.caller_id ?? t`sin dato`],
          [t`Llamada (clave)`, call.call_id],
        ]}
      />
    </>
  );
}

function Timeline({ call }: { call: QueueCallDetail }) {
  const format = useFormat();
  const moments = momentsOf(call);
  return (
    <ol className={classes.timeline} data-timeline>
      {moments.map((moment, index) => {
        const { left, width } = barOf(moment, moments);
        const seconds = secondsBetween(moment.at, moment.until);
        return (
          <li key={index} className={classes.moment} data-moment={moment.kind}>
            <span className={classes.at}>{format.timeExact(moment.at)}</span>
            <div className={classes.what}>
              <Told
                moment={moment}
                call={call}
                lasting={seconds === null ? '' : ` · ${format.duration(seconds)}`}
              />
              <div className={classes.track} aria-hidden="true">
                <span
                  className={classes.bar}
                  data-kind={moment.kind}
                  style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
                />
              </div>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

interface ToldProps {
  call: QueueCallDetail;
  /** How long it took, written. */
  lasting: string;
}

function Told({ moment, call, lasting }: ToldProps & { moment: Moment }): ReactNode {
  const exit = useExitName();
  switch (moment.kind) {
    case 'step':
      return <ToldStep step={moment.step} lasting={lasting} />;
    case 'leg':
      return <ToldLeg leg={moment.leg} call={call} lasting={lasting} />;
    case 'entered':
      return (
        <>
          <strong>
            <Trans>Entró a la cola {call.queue}</Trans>
          </strong>
          <span className={classes.soft}>{lasting}</span>
        </>
      );
    case 'exit':
      return <strong>{exit(call.exit)}</strong>;
  }
}

function ToldStep({ step, lasting }: { step: StepOut; lasting: string }) {
  const ended = useStepEnd();
  return (
    <>
      <strong>
        <Trans>Menú {step.menu}</Trans>
      </strong>
      <span className={classes.soft}>{lasting}</span>
      <div className={classes.soft}>
        {ended(step.ended)}
        {step.digit !== null && ` (${step.digit})`}
      </div>
    </>
  );
}

function ToldLeg({ leg, call, lasting }: ToldProps & { leg: LegOut }) {
  const disposition = useDispositionName();
  const { source_table: table, position } = leg;
  // Before the queue nobody is rung: that record is the caller's own channel, whoever it ended with.
  const rings = leg.agent !== null && Date.parse(leg.started_at) >= Date.parse(call.entered_at);
  return (
    <>
      <strong>
        {rings ? <Trans>Timbra {leg.agent}</Trans> : <Trans>Canal {leg.channel ?? leg.unique_id}</Trans>}
      </strong>
      <span className={classes.soft}>
        {' · '}
        {disposition(leg.disposition)}
        {lasting}
      </span>
      <div className={classes.soft}>
        <Trans>
          En {table}, posición {position}
        </Trans>
      </div>
    </>
  );
}
