// What the server says in whole sentences, in English, and what the page says instead. A sentence that is not known
// here stays as it was said; tests/test_page_sentences.py holds the server's sentences to being known.
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

import { IVR, IVR_SHAPES } from './ivrWords';

export type Said = (...parts: string[]) => MessageDescriptor;

/** Why a measure of DORA has no number, and what each measure is. */
const DELIVERY: Record<string, MessageDescriptor> = {
  'This metric needs the commits of a git repository, and none is connected.': msg`Esta medida necesita los commits de un repositorio git y no hay ninguno conectado.`,
  'No deployment of this window could be traced to commits of a connected repository.': msg`Ningún despliegue de estos días se pudo seguir hasta los commits de un repositorio conectado.`,
  'This metric needs incidents, or links between failed deployments and their repairs; none are known.': msg`Esta medida necesita incidencias, o enlaces entre despliegues que fallaron y sus arreglos; no se conoce ninguno.`,
  'No deployment of this window is known to have failed.': msg`No se sabe de ningún despliegue de estos días que fallara.`,
  'Every failure is still open.': msg`Todos los fallos siguen abiertos.`,
  'The window has not begun.': msg`Estos días no han empezado.`,
  'no deployment of this window can be judged yet': msg`Todavía no se puede juzgar ningún despliegue de estos días.`,
  'no deployment in this window': msg`No hubo ningún despliegue en estos días.`,
  'From the author date of a commit to the first production deployment that contains it.': msg`De la fecha de autor de un commit al primer despliegue en producción que lo contiene.`,
  'Deployments that changed the environment, over all calendar days of the window.': msg`Despliegues que cambiaron el entorno, entre todos los días naturales del periodo.`,
  'From a deployment that failed to the moment the service had recovered.': msg`De un despliegue que falló al momento en que el servicio se recuperó.`,
  'Deployments that needed immediate intervention, divided by deployments.': msg`Despliegues que necesitaron intervención inmediata, entre todos los despliegues.`,
  'Unplanned deployments that repaired an earlier one, divided by deployments.': msg`Despliegues no planeados que arreglaron uno anterior, entre todos los despliegues.`,
};
const DELIVERY_SHAPES: [RegExp, Said][] = [
  [
    /^No deployment of any service to (.+) was ever reported\.$/,
    (environment) =>
      msg`Nadie ha avisado nunca de un despliegue de ningún servicio en el entorno «${environment}».`,
  ],
  [
    /^No deployment of the service (.+) to (.+) was ever reported\.$/,
    (service, environment) =>
      msg`Nadie ha avisado nunca de un despliegue del servicio ${service} en el entorno «${environment}».`,
  ],
  [
    /^The first deployment reported of any service is later than this window\.$/,
    () => msg`El primer despliegue del que se avisó es posterior a estos días.`,
  ],
  [
    /^The first deployment reported of the service (.+) is later than this window\.$/,
    (service) =>
      msg`El primer despliegue del servicio ${service} del que se avisó es posterior a estos días.`,
  ],
];

/** Why a quality target has no figure, or does not hold in spite of one. */
const TARGETS: Record<string, MessageDescriptor> = {
  'no folder of figures is named': msg`No se ha dicho en qué carpeta están las cifras.`,
  'no critical incident was repaired in this window, none is open': msg`En estos días no se reparó ninguna incidencia crítica y no hay ninguna abierta.`,
  'no critical incident was repaired in this window, and what is open has lasted longer than the target': msg`En estos días no se reparó ninguna incidencia crítica, y lo que sigue abierto dura ya más que la meta.`,
  'no critical incident was repaired in this window, and what is open has lasted less than the target': msg`En estos días no se reparó ninguna incidencia crítica, y lo que sigue abierto dura menos que la meta.`,
  'what is still open takes the mean above the target': msg`Lo que sigue abierto lleva la media por encima de la meta.`,
};
const TARGET_SHAPES: [RegExp, Said][] = [
  [/^(\S+) is missing: nobody told of incidents$/, (file) => msg`Falta ${file}: nadie avisó de incidencias.`],
  [/^(\S+) is missing: (\S+) writes it$/, (file, script) => msg`Falta ${file}: lo escribe ${script}.`],
  [/^(\S+) cannot be read \((.+)\)$/, (file, why) => msg`No se puede leer ${file} (${why}).`],
  [/^(\S+) lacks (.+)$/, (file, what) => msg`A ${file} le falta ${what}.`],
  [
    /^(\S+) is not what (\S+) writes: (.+)$/,
    (file, script, why) => msg`${file} no es lo que escribe ${script}: ${why}`,
  ],
  [/^(\S+\.json): (.+)$/, (file, why) => msg`${file} no se puede usar: ${why}`],
];

/** Why a deployment is called failed. */
const LINKS: [RegExp, Said][] = [
  [/^reported as rolled back$/, () => msg`se avisó de que se deshizo`],
  [/^the report says it fixes (.+)$/, (name) => msg`el aviso dice que arregla ${name}`],
  [
    /^commit (\S+) has Fixes-deployment: (.+)$/,
    (sha, name) => msg`el commit ${sha} dice Fixes-deployment: ${name}`,
  ],
  [/^(.+) was deployed again$/, (name) => msg`${name} se desplegó otra vez`],
  [/^(\S+) reverts (\S+): (.*)$/, (sha, target, subject) => msg`${sha} revierte ${target}: ${subject}`],
  [
    /^(\S+) merged what has the label (.+), which fits the rule (.+)$/,
    (sha, label, rule) =>
      msg`${sha} fusionó lo que lleva la etiqueta ${label}, que encaja en la regla ${rule}`,
  ],
  [
    /^(\S+) merged the branch (.+), which fits the rule (.+)$/,
    (sha, branch, rule) => msg`${sha} fusionó la rama ${branch}, que encaja en la regla ${rule}`,
  ],
  [/^(.+) fits the rule (.+)$/, (name, rule) => msg`${name} encaja en la regla ${rule}`],
  [/^incident (.+) says it caused it$/, (incident) => msg`la incidencia ${incident} dice que la causó`],
  [
    /^incident (.+) began within (\d+) s$/,
    (incident, seconds) => msg`la incidencia ${incident} empezó antes de ${seconds} s`,
  ],
];

/** What a run is doing. */
const PHASES: Record<string, MessageDescriptor> = {
  waiting: msg`esperando su turno`,
  connecting: msg`conectando`,
  indexing: msg`creando índices`,
  'building rollups': msg`sumando por día y hora`,
  'telling the calls of before': msg`contando las llamadas de antes`,
  finished: msg`terminada`,
};
const PHASE_SHAPES: [RegExp, Said][] = [
  [/^loading (.+)$/, (table) => msg`leyendo ${table}`],
  [/^comparing (.+)$/, (table) => msg`comparando ${table}`],
  [/^rolling up (.+)$/, (table) => msg`sumando ${table}`],
  [/^looking for late rows of (.+)$/, (table) => msg`buscando filas tardías de ${table}`],
  [/^paused until (.+)$/, (time) => msg`en pausa hasta las ${time}`],
];

const SENTENCES = { ...DELIVERY, ...TARGETS, ...PHASES, ...IVR };
// In this order: what names a label or a branch also fits a rule.
const SHAPES = [...DELIVERY_SHAPES, ...TARGET_SHAPES, ...PHASE_SHAPES, ...LINKS, ...IVR_SHAPES];

/** The page's words for a sentence of the server; null for one that is not known. */
export function serverWords(sentence: string): MessageDescriptor | null {
  const known = Object.hasOwn(SENTENCES, sentence) ? SENTENCES[sentence] : undefined;
  if (known) return known;
  for (const [shape, said] of SHAPES) {
    const found = shape.exec(sentence);
    if (found) return said(...found.slice(1));
  }
  return null;
}

export interface Told {
  said: string;
  words: MessageDescriptor | null;
}
const ENDS = /\.(?= |$)/g;

/** The sentences of a text, one after another, each as the shortest that is known; what is not known stays together. */
export function sentencesOf(text: string): Told[] {
  const ends = [...text.matchAll(ENDS)].map(({ index }) => index + 1).filter((end) => end < text.length);
  const told: Told[] = [];
  let from = 0;
  while (from < text.length) {
    const later = [...ends.filter((end) => end > from), text.length];
    const known = later.find((end) => serverWords(text.slice(from, end)) !== null);
    const end = known ?? later[0] ?? text.length;
    const said = text.slice(from, end);
    const before = told.at(-1);
    if (known === undefined && before?.words === null) before.said += ` ${said}`;
    else told.push({ said, words: serverWords(said) });
    from = end + 1;
  }
  return told;
}
