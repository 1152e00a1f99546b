import { useLingui } from '@lingui/react/macro';

import type { FailureLinkRef, QualityCheck, QualityTarget } from '~/api/generated';

import type { Metric } from './evidence';

export function useMetricNames(): Record<Metric, string> {
  const { t } = useLingui();
  return {
    deployment_frequency: t`Frecuencia de despliegue`,
    change_lead_time: t`Del cambio a producción`,
    change_fail_rate: t`Cambios que fallan`,
    failed_deployment_recovery_time: t`Recuperación de un fallo`,
    deployment_rework_rate: t`Despliegues de arreglo`,
  };
}

export function useGradeNames(): Record<FailureLinkRef['grade'], string> {
  const { t } = useLingui();
  return {
    explicit: t`Explícita`,
    rollback: t`Vuelta atrás`,
    revert: t`Cambio revertido`,
    rule: t`Por regla`,
    window: t`Por cercanía`,
  };
}

/** Why something does not count. */
export function useReasonNames(): (reason: string) => string {
  const { t } = useLingui();
  const names: Record<string, string> = {
    bot: t`Lo hizo un programa`,
    deployed_commit_not_in_the_repository: t`El commit desplegado no está en el repositorio`,
    deployment_after_a_gap: t`Despliegue tras un largo silencio`,
    deployment_with_too_many_commits: t`Despliegue con demasiados commits`,
    in_the_future: t`Con fecha futura`,
    incident_names_no_earlier_deployment: t`La incidencia no nombra un despliegue anterior`,
    incident_without_a_cause: t`Incidencia sin causa`,
    merge: t`Fusión de ramas`,
    negative: t`Termina antes de empezar`,
    not_yet_judgeable: t`Demasiado reciente para juzgarlo`,
    open: t`Sigue abierto`,
    redeployment: t`Se repitió lo que ya estaba`,
    revert_of_a_revert: t`Revierte otra reversión`,
    revert_of_an_unknown_commit: t`Revierte un commit desconocido`,
    revert_of_something_never_shipped: t`Revierte algo que nunca se desplegó`,
    revert_of_something_older_than_the_records: t`Revierte algo anterior a los registros`,
    revert_shipped_before_its_target: t`La reversión salió antes que lo revertido`,
    revert_shipped_in_another_service: t`La reversión salió en otro servicio`,
    revert_title_fits_several_commits: t`El título revertido es de varios commits`,
    reverted_before_it_shipped: t`Revertido antes de desplegarse`,
    seed_deployment: t`Primer despliegue conocido`,
    shipped_first_in_another_service_or_environment: t`Salió antes en otro servicio o entorno`,
    trailer_names_no_earlier_deployment: t`El commit no nombra un despliegue anterior`,
  };
  return (reason) => names[reason] ?? reason.replaceAll('_', ' ');
}

export function useCheckNames(): Record<QualityCheck['name'], string> {
  const { t } = useLingui();
  return {
    undated_deployments: t`Despliegues sin fecha segura`,
    orphan_deployments: t`Despliegues de commits que ningún repositorio tiene`,
    open_incidents: t`Incidencias abiertas hace más de una semana`,
    clock_skew: t`Relojes que no concuerdan`,
    deployments_without_a_commit: t`Despliegues que no nombran su commit`,
    incidents_without_a_cause: t`Incidencias sin causa`,
    reverts_that_could_not_be_linked: t`Reversiones sin enlazar`,
    commits_left_out: t`Commits sin tiempo de entrega`,
    silent_or_broken_repositories: t`Repositorios que no se pudieron leer`,
    deliveries_not_understood: t`Avisos que no se entendieron`,
  };
}

export function useTargetNames(): Record<QualityTarget['name'], string> {
  const { t } = useLingui();
  return {
    coverage: t`Cobertura de pruebas`,
    test_pyramid: t`Pirámide de pruebas`,
    complexity: t`Complejidad de la función más compleja`,
    critical_repair_time: t`Reparación de incidencias críticas`,
  };
}
