import { useLingui } from '@lingui/react/macro';
import { useMemo, useState } from 'react';

import { useFormat } from '~/format/useFormat';
import { FilterSelect } from '~/parts/FilterSelect';

/**
 * Zones are listed under their region, by city, as the tz database names them. There are more than four hundred: they
 * are made when somebody reaches for them.
 */
export function ZoneSelect({ zone, onChange }: { zone: string; onChange: (zone: string) => void }) {
  const { t } = useLingui();
  const { locale } = useFormat();
  const [reached, setReached] = useState(false);
  const regions = useMemo(() => zonesByRegion(reached ? allZones(zone) : [zone]), [reached, zone]);
  const offset = useMemo(() => offsetName(zone, locale), [zone, locale]);
  return (
    <FilterSelect
      label={t`Zona`}
      value={zone}
      onChange={onChange}
      shown={`${cityOf(zone)} (${offset})`}
      onReach={() => {
        setReached(true);
      }}
    >
      {[...regions].map(([region, zones]) => (
        <optgroup key={region} label={region}>
          {zones.map((each) => (
            <option key={each} value={each}>
              {cityOf(each)}
            </option>
          ))}
        </optgroup>
      ))}
    </FilterSelect>
  );
}

export function cityOf(zone: string): string {
  return zone
    .slice(zone.indexOf('/') + 1)
    .replaceAll('_', ' ')
    .replaceAll('/', ', ');
}

function allZones(current: string): string[] {
  return [...new Set(['UTC', current, ...Intl.supportedValuesOf('timeZone')])].sort();
}

function zonesByRegion(zones: readonly string[]): Map<string, string[]> {
  const regions = new Map<string, string[]>();
  for (const zone of zones) {
    const region = zone.includes('/') ? zone.slice(0, zone.indexOf('/')) : 'UTC';
    regions.set(region, [...(regions.get(region) ?? []), zone]);
  }
  return regions;
}

function offsetName(zone: string, locale: string): string {
  const parts = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    timeZoneName: 'shortOffset',
  }).formatToParts();
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
}
