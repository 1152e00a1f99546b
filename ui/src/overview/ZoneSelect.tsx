import { useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';

import { useFormat } from '~/format/useFormat';
import { FilterSelect } from '~/parts/FilterSelect';

/** Zones are listed under their region, by city, as the tz database names them. */
export function ZoneSelect({ zone, onChange }: { zone: string; onChange: (zone: string) => void }) {
  const { t } = useLingui();
  const { locale } = useFormat();
  const regions = useMemo(() => zonesByRegion(zone), [zone]);
  const offset = useMemo(() => offsetName(zone, locale), [zone, locale]);
  return (
    <FilterSelect label={t`Zona`} value={zone} onChange={onChange} shown={`${cityOf(zone)} (${offset})`}>
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

function zonesByRegion(current: string): Map<string, string[]> {
  const regions = new Map<string, string[]>();
  const zones = new Set(['UTC', current, ...Intl.supportedValuesOf('timeZone')]);
  for (const zone of [...zones].sort()) {
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
