import './catalogue';

import { useLingui } from '@lingui/react/macro';
import type { ComponentType } from 'react';

import { useAppSelector } from '~/app/store';
import { BeyondSegment, NoPermission } from '~/parts/StateViews';
import { PlainFrame } from '~/shell/PlainFrame';
import { useAddressParams } from '~/views/opened';

import { AuditPart } from './AuditPart';
import { DeliveryPart } from './DeliveryPart';
import { GroupsPart } from './GroupsPart';
import { PeoplePart } from './PeoplePart';
import { QualityPart } from './QualityPart';
import { ReconcilePart } from './ReconcilePart';
import { RejectsPart } from './RejectsPart';
import { SessionsPart } from './SessionsPart';
import { SourcesPart } from './SourcesPart';
import { useSegment } from '~/session/useSession';
import { isBeyond, SYSTEM_TABS, type SystemTab, tabsFor } from './tabs';

const PARTS: Record<SystemTab, ComponentType> = {
  sources: SourcesPart,
  rejects: RejectsPart,
  reconcile: ReconcilePart,
  quality: QualityPart,
  people: PeoplePart,
  sessions: SessionsPart,
  groups: GroupsPart,
  audit: AuditPart,
  delivery: DeliveryPart,
};

export default function SystemPage() {
  const { t } = useLingui();
  const functions = useAppSelector((state) => state.session.user?.functions ?? []);
  const [params] = useAddressParams();
  const segment = useSegment();
  const tabs = tabsFor(functions, segment);
  const asked = params.get('part');
  const known = Object.keys(SYSTEM_TABS).find((tab) => tab === asked) as SystemTab | undefined;
  const current = known ?? tabs[0] ?? 'sources';
  const names: Record<SystemTab, string> = {
    sources: t`Fuentes`,
    rejects: t`Rechazos`,
    reconcile: t`Conciliación`,
    quality: t`Calidad`,
    people: t`Personas`,
    sessions: t`Sesiones`,
    groups: t`Permisos`,
    audit: t`Auditoría`,
    delivery: t`Entregas`,
  };
  const Part = PARTS[current];
  return (
    <PlainFrame
      title={t`Sistema`}
      parts={{
        label: t`Partes del sistema`,
        current,
        items: tabs.map((id) => ({ id, label: names[id], to: id === tabs[0] ? '?' : `?part=${id}` })),
      }}
    >
      {tabs.includes(current) && <Part />}
      {!tabs.includes(current) &&
        (isBeyond(current, segment) ? <BeyondSegment /> : <NoPermission functions={SYSTEM_TABS[current]} />)}
    </PlainFrame>
  );
}
