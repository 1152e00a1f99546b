import { baseApi as api } from './base';
export const addTagTypes = [
  'analytics',
  'planning',
  'audit',
  'dora',
  'permissions',
  'ivr',
  'sessions',
  'people',
  'health',
] as const;
const injectedRtkApi = api
  .enhanceEndpoints({ addTagTypes })
  .injectEndpoints({
    endpoints: (build) => ({
      listAlertRules: build.query<ListAlertRulesApiResponse, ListAlertRulesApiArg>({
        query: () => ({ url: `/api/v1/analytics/alert-rules` }),
        providesTags: ['analytics'],
      }),
      createAlertRule: build.mutation<CreateAlertRuleApiResponse, CreateAlertRuleApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/alert-rules`,
          method: 'POST',
          body: queryArg.alertRuleIn,
        }),
        invalidatesTags: ['analytics'],
      }),
      readAlertRule: build.query<ReadAlertRuleApiResponse, ReadAlertRuleApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/alert-rules/${queryArg.ruleId}` }),
        providesTags: ['analytics'],
      }),
      replaceAlertRule: build.mutation<ReplaceAlertRuleApiResponse, ReplaceAlertRuleApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/alert-rules/${queryArg.ruleId}`,
          method: 'PUT',
          body: queryArg.alertRuleIn,
        }),
        invalidatesTags: ['analytics'],
      }),
      deleteAlertRule: build.mutation<DeleteAlertRuleApiResponse, DeleteAlertRuleApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/alert-rules/${queryArg.ruleId}`, method: 'DELETE' }),
        invalidatesTags: ['analytics'],
      }),
      setAlertRuleState: build.mutation<SetAlertRuleStateApiResponse, SetAlertRuleStateApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/alert-rules/${queryArg.ruleId}/state`,
          method: 'PUT',
          body: queryArg.alertRuleStateIn,
        }),
        invalidatesTags: ['analytics'],
      }),
      subscribeToAlertRule: build.mutation<SubscribeToAlertRuleApiResponse, SubscribeToAlertRuleApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/alert-rules/${queryArg.ruleId}/subscription`,
          method: 'PUT',
          body: queryArg.subscriptionIn,
        }),
        invalidatesTags: ['analytics'],
      }),
      unsubscribeFromAlertRule: build.mutation<
        UnsubscribeFromAlertRuleApiResponse,
        UnsubscribeFromAlertRuleApiArg
      >({
        query: (queryArg) => ({
          url: `/api/v1/analytics/alert-rules/${queryArg.ruleId}/subscription`,
          method: 'DELETE',
        }),
        invalidatesTags: ['analytics'],
      }),
      listAlerts: build.query<ListAlertsApiResponse, ListAlertsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/alerts`,
          params: {
            state: queryArg.state,
            rule_id: queryArg.ruleId,
            limit: queryArg.limit,
            cursor: queryArg.cursor,
          },
        }),
        providesTags: ['analytics'],
      }),
      acknowledgeAlert: build.mutation<AcknowledgeAlertApiResponse, AcknowledgeAlertApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/alerts/${queryArg.alertId}/acknowledgement`,
          method: 'POST',
          body: queryArg.acknowledgeIn,
        }),
        invalidatesTags: ['analytics'],
      }),
      findCalls: build.query<FindCallsApiResponse, FindCallsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/calls`,
          method: 'POST',
          body: queryArg.callsRequest,
        }),
        providesTags: ['analytics'],
      }),
      readCall: build.query<ReadCallApiResponse, ReadCallApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/calls/${queryArg.callId}` }),
        providesTags: ['analytics'],
      }),
      readCatalog: build.query<ReadCatalogApiResponse, ReadCatalogApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/catalog`,
          headers: { 'if-none-match': queryArg['if-none-match'] },
        }),
        providesTags: ['analytics'],
      }),
      createExport: build.mutation<CreateExportApiResponse, CreateExportApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/exports`,
          method: 'POST',
          body: queryArg.exportRequest,
          headers: { 'idempotency-key': queryArg['idempotency-key'] },
        }),
        invalidatesTags: ['analytics'],
      }),
      listExports: build.query<ListExportsApiResponse, ListExportsApiArg>({
        query: () => ({ url: `/api/v1/analytics/exports` }),
        providesTags: ['analytics'],
      }),
      readExport: build.query<ReadExportApiResponse, ReadExportApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/exports/${queryArg.exportId}` }),
        providesTags: ['analytics'],
      }),
      deleteExport: build.mutation<DeleteExportApiResponse, DeleteExportApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/exports/${queryArg.exportId}`, method: 'DELETE' }),
        invalidatesTags: ['analytics'],
      }),
      readExportFile: build.query<ReadExportFileApiResponse, ReadExportFileApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/exports/${queryArg.exportId}/file` }),
        providesTags: ['analytics'],
      }),
      runFlows: build.query<RunFlowsApiResponse, RunFlowsApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/flows`, method: 'POST', body: queryArg.flowRequest }),
        providesTags: ['analytics'],
      }),
      makeForecast: build.query<MakeForecastApiResponse, MakeForecastApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/forecasts`,
          method: 'POST',
          body: queryArg.forecastRequest,
        }),
        providesTags: ['planning'],
      }),
      listMessages: build.query<ListMessagesApiResponse, ListMessagesApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/messages`,
          params: { unread: queryArg.unread, limit: queryArg.limit, cursor: queryArg.cursor },
        }),
        providesTags: ['analytics'],
      }),
      readAllMessages: build.mutation<ReadAllMessagesApiResponse, ReadAllMessagesApiArg>({
        query: () => ({ url: `/api/v1/analytics/messages/read`, method: 'POST' }),
        invalidatesTags: ['analytics'],
      }),
      deleteMessage: build.mutation<DeleteMessageApiResponse, DeleteMessageApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/messages/${queryArg.messageId}`, method: 'DELETE' }),
        invalidatesTags: ['analytics'],
      }),
      readMessage: build.mutation<ReadMessageApiResponse, ReadMessageApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/messages/${queryArg.messageId}/read`,
          method: 'POST',
        }),
        invalidatesTags: ['analytics'],
      }),
      readQuality: build.query<ReadQualityApiResponse, ReadQualityApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/quality`,
          params: { from: queryArg['from'], to: queryArg.to, zone: queryArg.zone },
        }),
        providesTags: ['analytics'],
      }),
      runQuery: build.query<RunQueryApiResponse, RunQueryApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/query`,
          method: 'POST',
          body: queryArg.queryRequest,
          headers: { accept: queryArg.accept, 'if-none-match': queryArg['if-none-match'] },
        }),
        providesTags: ['analytics'],
      }),
      listReports: build.query<ListReportsApiResponse, ListReportsApiArg>({
        query: () => ({ url: `/api/v1/analytics/reports` }),
        providesTags: ['analytics'],
      }),
      readReport: build.query<ReadReportApiResponse, ReadReportApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/reports/${queryArg.code}`,
          headers: { 'if-none-match': queryArg['if-none-match'] },
          params: {
            quarter: queryArg.quarter,
            from: queryArg['from'],
            to: queryArg.to,
            segment: queryArg.segment,
            zone: queryArg.zone,
            format: queryArg.format,
            language: queryArg.language,
            bom: queryArg.bom,
          },
        }),
        providesTags: ['analytics'],
      }),
      listSchedules: build.query<ListSchedulesApiResponse, ListSchedulesApiArg>({
        query: () => ({ url: `/api/v1/analytics/schedules` }),
        providesTags: ['analytics'],
      }),
      createSchedule: build.mutation<CreateScheduleApiResponse, CreateScheduleApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/schedules`,
          method: 'POST',
          body: queryArg.scheduleIn,
        }),
        invalidatesTags: ['analytics'],
      }),
      readSchedule: build.query<ReadScheduleApiResponse, ReadScheduleApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/schedules/${queryArg.scheduleId}` }),
        providesTags: ['analytics'],
      }),
      replaceSchedule: build.mutation<ReplaceScheduleApiResponse, ReplaceScheduleApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/schedules/${queryArg.scheduleId}`,
          method: 'PUT',
          body: queryArg.scheduleIn,
        }),
        invalidatesTags: ['analytics'],
      }),
      deleteSchedule: build.mutation<DeleteScheduleApiResponse, DeleteScheduleApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/schedules/${queryArg.scheduleId}`,
          method: 'DELETE',
        }),
        invalidatesTags: ['analytics'],
      }),
      planStaffing: build.query<PlanStaffingApiResponse, PlanStaffingApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/staffing`,
          method: 'POST',
          body: queryArg.staffingRequest,
        }),
        providesTags: ['planning'],
      }),
      readTargets: build.query<ReadTargetsApiResponse, ReadTargetsApiArg>({
        query: () => ({ url: `/api/v1/analytics/targets` }),
        providesTags: ['analytics'],
      }),
      listViews: build.query<ListViewsApiResponse, ListViewsApiArg>({
        query: () => ({ url: `/api/v1/analytics/views` }),
        providesTags: ['analytics'],
      }),
      createView: build.mutation<CreateViewApiResponse, CreateViewApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/views`, method: 'POST', body: queryArg.viewIn }),
        invalidatesTags: ['analytics'],
      }),
      readView: build.query<ReadViewApiResponse, ReadViewApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/views/${queryArg.viewId}` }),
        providesTags: ['analytics'],
      }),
      replaceView: build.mutation<ReplaceViewApiResponse, ReplaceViewApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/views/${queryArg.viewId}`,
          method: 'PUT',
          body: queryArg.viewIn,
        }),
        invalidatesTags: ['analytics'],
      }),
      deleteView: build.mutation<DeleteViewApiResponse, DeleteViewApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/views/${queryArg.viewId}`, method: 'DELETE' }),
        invalidatesTags: ['analytics'],
      }),
      listViewShares: build.query<ListViewSharesApiResponse, ListViewSharesApiArg>({
        query: (queryArg) => ({ url: `/api/v1/analytics/views/${queryArg.viewId}/shares` }),
        providesTags: ['analytics'],
      }),
      shareView: build.mutation<ShareViewApiResponse, ShareViewApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/views/${queryArg.viewId}/shares`,
          method: 'POST',
          body: queryArg.shareIn,
        }),
        invalidatesTags: ['analytics'],
      }),
      unshareView: build.mutation<UnshareViewApiResponse, UnshareViewApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/analytics/views/${queryArg.viewId}/shares/${queryArg.shareId}`,
          method: 'DELETE',
        }),
        invalidatesTags: ['analytics'],
      }),
      listAuditEvents: build.query<ListAuditEventsApiResponse, ListAuditEventsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/audit-events`,
          params: {
            from: queryArg['from'],
            to: queryArg.to,
            event: queryArg.event,
            actor_id: queryArg.actorId,
            service: queryArg.service,
            target_kind: queryArg.targetKind,
            target_id: queryArg.targetId,
            request_id: queryArg.requestId,
            limit: queryArg.limit,
            cursor: queryArg.cursor,
          },
        }),
        providesTags: ['audit'],
      }),
      exportAuditEvents: build.query<ExportAuditEventsApiResponse, ExportAuditEventsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/audit-events/export`,
          params: {
            bom: queryArg.bom,
            from: queryArg['from'],
            to: queryArg.to,
            event: queryArg.event,
            actor_id: queryArg.actorId,
            service: queryArg.service,
            target_kind: queryArg.targetKind,
            target_id: queryArg.targetId,
            request_id: queryArg.requestId,
          },
        }),
        providesTags: ['audit'],
      }),
      verifyAuditEvents: build.query<VerifyAuditEventsApiResponse, VerifyAuditEventsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/audit-events/verification`,
          params: { first: queryArg.first, last: queryArg.last },
        }),
        providesTags: ['audit'],
      }),
      reportDeployment: build.mutation<ReportDeploymentApiResponse, ReportDeploymentApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/deployments`,
          method: 'POST',
          body: queryArg.deploymentReport,
          headers: { 'idempotency-key': queryArg['idempotency-key'] },
        }),
        invalidatesTags: ['dora'],
      }),
      listDeployments: build.query<ListDeploymentsApiResponse, ListDeploymentsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/deployments`,
          params: {
            service: queryArg.service,
            environment: queryArg.environment,
            status: queryArg.status,
            from: queryArg['from'],
            to: queryArg.to,
            cursor: queryArg.cursor,
            limit: queryArg.limit,
          },
        }),
        providesTags: ['dora'],
      }),
      exportDeliveryMetrics: build.query<ExportDeliveryMetricsApiResponse, ExportDeliveryMetricsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/exports/${queryArg.what}`,
          params: {
            service: queryArg.service,
            environment: queryArg.environment,
            team: queryArg.team,
            repository: queryArg.repository,
            from: queryArg['from'],
            to: queryArg.to,
            granularity: queryArg.granularity,
            zone: queryArg.zone,
            redeployments: queryArg.redeployments,
            benchmark: queryArg.benchmark,
            as_of: queryArg.asOf,
            format: queryArg.format,
          },
        }),
        providesTags: ['dora'],
      }),
      reportIncident: build.mutation<ReportIncidentApiResponse, ReportIncidentApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/incidents`,
          method: 'POST',
          body: queryArg.incidentReport,
          headers: { 'idempotency-key': queryArg['idempotency-key'] },
        }),
        invalidatesTags: ['dora'],
      }),
      readDeliveryMetrics: build.query<ReadDeliveryMetricsApiResponse, ReadDeliveryMetricsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/metrics`,
          params: {
            service: queryArg.service,
            environment: queryArg.environment,
            team: queryArg.team,
            repository: queryArg.repository,
            from: queryArg['from'],
            to: queryArg.to,
            granularity: queryArg.granularity,
            zone: queryArg.zone,
            redeployments: queryArg.redeployments,
            benchmark: queryArg.benchmark,
            as_of: queryArg.asOf,
          },
        }),
        providesTags: ['dora'],
      }),
      readMetricEvidence: build.query<ReadMetricEvidenceApiResponse, ReadMetricEvidenceApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/metrics/${queryArg.metric}/evidence`,
          params: {
            service: queryArg.service,
            environment: queryArg.environment,
            team: queryArg.team,
            repository: queryArg.repository,
            from: queryArg['from'],
            to: queryArg.to,
            granularity: queryArg.granularity,
            zone: queryArg.zone,
            redeployments: queryArg.redeployments,
            benchmark: queryArg.benchmark,
            as_of: queryArg.asOf,
            offset: queryArg.offset,
            limit: queryArg.limit,
          },
        }),
        providesTags: ['dora'],
      }),
      readDeliveryQuality: build.query<ReadDeliveryQualityApiResponse, ReadDeliveryQualityApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/quality`,
          params: {
            service: queryArg.service,
            environment: queryArg.environment,
            team: queryArg.team,
            repository: queryArg.repository,
            from: queryArg['from'],
            to: queryArg.to,
            granularity: queryArg.granularity,
            zone: queryArg.zone,
            redeployments: queryArg.redeployments,
            benchmark: queryArg.benchmark,
            as_of: queryArg.asOf,
          },
        }),
        providesTags: ['dora'],
      }),
      replayEvents: build.mutation<ReplayEventsApiResponse, ReplayEventsApiArg>({
        query: () => ({ url: `/api/v1/dora/replay`, method: 'POST' }),
        invalidatesTags: ['dora'],
      }),
      listRepositories: build.query<ListRepositoriesApiResponse, ListRepositoriesApiArg>({
        query: () => ({ url: `/api/v1/dora/repositories` }),
        providesTags: ['dora'],
      }),
      addRepository: build.mutation<AddRepositoryApiResponse, AddRepositoryApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/repositories`,
          method: 'POST',
          body: queryArg.newRepository,
        }),
        invalidatesTags: ['dora'],
      }),
      removeRepository: build.mutation<RemoveRepositoryApiResponse, RemoveRepositoryApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/repositories/${queryArg.repositoryId}`,
          method: 'DELETE',
        }),
        invalidatesTags: ['dora'],
      }),
      syncRepository: build.mutation<SyncRepositoryApiResponse, SyncRepositoryApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/repositories/${queryArg.repositoryId}/sync`,
          method: 'POST',
        }),
        invalidatesTags: ['dora'],
      }),
      readQualityTargets: build.query<ReadQualityTargetsApiResponse, ReadQualityTargetsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/dora/targets`,
          params: { from: queryArg['from'], to: queryArg.to },
        }),
        providesTags: ['dora'],
      }),
      receiveDelivery: build.mutation<ReceiveDeliveryApiResponse, ReceiveDeliveryApiArg>({
        query: (queryArg) => ({ url: `/api/v1/dora/webhooks/${queryArg.provider}`, method: 'POST' }),
        invalidatesTags: ['dora'],
      }),
      listFunctions: build.query<ListFunctionsApiResponse, ListFunctionsApiArg>({
        query: () => ({ url: `/api/v1/functions` }),
        providesTags: ['permissions'],
      }),
      listGroups: build.query<ListGroupsApiResponse, ListGroupsApiArg>({
        query: () => ({ url: `/api/v1/groups` }),
        providesTags: ['permissions'],
      }),
      createGroup: build.mutation<CreateGroupApiResponse, CreateGroupApiArg>({
        query: (queryArg) => ({ url: `/api/v1/groups`, method: 'POST', body: queryArg.newGroup }),
        invalidatesTags: ['permissions'],
      }),
      updateGroup: build.mutation<UpdateGroupApiResponse, UpdateGroupApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/groups/${queryArg.group}`,
          method: 'PATCH',
          body: queryArg.groupChange,
        }),
        invalidatesTags: ['permissions'],
      }),
      readChange: build.query<ReadChangeApiResponse, ReadChangeApiArg>({
        query: (queryArg) => ({ url: `/api/v1/ivr/changes/${queryArg.changeId}` }),
        providesTags: ['ivr'],
      }),
      listFreshness: build.query<ListFreshnessApiResponse, ListFreshnessApiArg>({
        query: () => ({ url: `/api/v1/ivr/freshness` }),
        providesTags: ['ivr'],
      }),
      listGoals: build.query<ListGoalsApiResponse, ListGoalsApiArg>({
        query: () => ({ url: `/api/v1/ivr/goals` }),
        providesTags: ['ivr'],
      }),
      listHolidays: build.query<ListHolidaysApiResponse, ListHolidaysApiArg>({
        query: () => ({ url: `/api/v1/ivr/holidays` }),
        providesTags: ['ivr'],
      }),
      putHoliday: build.mutation<PutHolidayApiResponse, PutHolidayApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/ivr/holidays/${queryArg.day}`,
          method: 'PUT',
          body: queryArg.holidayChange,
        }),
        invalidatesTags: ['ivr'],
      }),
      deleteHoliday: build.mutation<DeleteHolidayApiResponse, DeleteHolidayApiArg>({
        query: (queryArg) => ({ url: `/api/v1/ivr/holidays/${queryArg.day}`, method: 'DELETE' }),
        invalidatesTags: ['ivr'],
      }),
      listMenus: build.query<ListMenusApiResponse, ListMenusApiArg>({
        query: () => ({ url: `/api/v1/ivr/menus` }),
        providesTags: ['ivr'],
      }),
      putMenu: build.mutation<PutMenuApiResponse, PutMenuApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/ivr/menus/${queryArg.menu}`,
          method: 'PUT',
          body: queryArg.menuChange,
        }),
        invalidatesTags: ['ivr'],
      }),
      startReconciliation: build.mutation<StartReconciliationApiResponse, StartReconciliationApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/ivr/reconciliations`,
          method: 'POST',
          body: queryArg.reconciliationRequest,
        }),
        invalidatesTags: ['ivr'],
      }),
      readReconciliation: build.query<ReadReconciliationApiResponse, ReadReconciliationApiArg>({
        query: (queryArg) => ({ url: `/api/v1/ivr/reconciliations/${queryArg.reconciliationId}` }),
        providesTags: ['ivr'],
      }),
      listRejects: build.query<ListRejectsApiResponse, ListRejectsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/ivr/rejects`,
          params: {
            source: queryArg.source,
            run_id: queryArg.runId,
            cursor: queryArg.cursor,
            limit: queryArg.limit,
          },
        }),
        providesTags: ['ivr'],
      }),
      replayRejects: build.mutation<ReplayRejectsApiResponse, ReplayRejectsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/ivr/rejects/replay`,
          method: 'POST',
          body: queryArg.replayRequest,
        }),
        invalidatesTags: ['ivr'],
      }),
      listRollups: build.query<ListRollupsApiResponse, ListRollupsApiArg>({
        query: () => ({ url: `/api/v1/ivr/rollups` }),
        providesTags: ['ivr'],
      }),
      rebuildRollups: build.mutation<RebuildRollupsApiResponse, RebuildRollupsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/ivr/rollups/rebuild`,
          method: 'POST',
          body: queryArg.rollupRequest,
        }),
        invalidatesTags: ['ivr'],
      }),
      startRun: build.mutation<StartRunApiResponse, StartRunApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/ivr/runs`,
          method: 'POST',
          body: queryArg.runRequest,
          headers: { 'idempotency-key': queryArg['idempotency-key'] },
        }),
        invalidatesTags: ['ivr'],
      }),
      listRuns: build.query<ListRunsApiResponse, ListRunsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/ivr/runs`,
          params: { source: queryArg.source, cursor: queryArg.cursor, limit: queryArg.limit },
        }),
        providesTags: ['ivr'],
      }),
      readRun: build.query<ReadRunApiResponse, ReadRunApiArg>({
        query: (queryArg) => ({ url: `/api/v1/ivr/runs/${queryArg.runId}` }),
        providesTags: ['ivr'],
      }),
      cancelRun: build.mutation<CancelRunApiResponse, CancelRunApiArg>({
        query: (queryArg) => ({ url: `/api/v1/ivr/runs/${queryArg.runId}/cancel`, method: 'POST' }),
        invalidatesTags: ['ivr'],
      }),
      listSegments: build.query<ListSegmentsApiResponse, ListSegmentsApiArg>({
        query: () => ({ url: `/api/v1/ivr/segments` }),
        providesTags: ['ivr'],
      }),
      putSegment: build.mutation<PutSegmentApiResponse, PutSegmentApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/ivr/segments/${queryArg.did}`,
          method: 'PUT',
          body: queryArg.segmentChange,
        }),
        invalidatesTags: ['ivr'],
      }),
      listSources: build.query<ListSourcesApiResponse, ListSourcesApiArg>({
        query: () => ({ url: `/api/v1/ivr/sources` }),
        providesTags: ['ivr'],
      }),
      checkSource: build.query<CheckSourceApiResponse, CheckSourceApiArg>({
        query: (queryArg) => ({ url: `/api/v1/ivr/sources/${queryArg.sourceId}/check` }),
        providesTags: ['ivr'],
      }),
      listSeparationRules: build.query<ListSeparationRulesApiResponse, ListSeparationRulesApiArg>({
        query: () => ({ url: `/api/v1/separation-rules` }),
        providesTags: ['permissions'],
      }),
      updateSeparationRule: build.mutation<UpdateSeparationRuleApiResponse, UpdateSeparationRuleApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/separation-rules/${queryArg.rule}`,
          method: 'PATCH',
          body: queryArg.separationRuleChange,
        }),
        invalidatesTags: ['permissions'],
      }),
      signIn: build.mutation<SignInApiResponse, SignInApiArg>({
        query: (queryArg) => ({ url: `/api/v1/sessions`, method: 'POST', body: queryArg.signIn }),
        invalidatesTags: ['sessions'],
      }),
      listSessions: build.query<ListSessionsApiResponse, ListSessionsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/sessions`,
          params: { of: queryArg['of'], limit: queryArg.limit, cursor: queryArg.cursor },
        }),
        providesTags: ['sessions'],
      }),
      readCurrentSession: build.query<ReadCurrentSessionApiResponse, ReadCurrentSessionApiArg>({
        query: () => ({ url: `/api/v1/sessions/current` }),
        providesTags: ['sessions'],
      }),
      signOut: build.mutation<SignOutApiResponse, SignOutApiArg>({
        query: () => ({ url: `/api/v1/sessions/current`, method: 'DELETE' }),
        invalidatesTags: ['sessions'],
      }),
      reauthenticate: build.mutation<ReauthenticateApiResponse, ReauthenticateApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/sessions/current/reauthentication`,
          method: 'POST',
          body: queryArg.reauthentication,
        }),
        invalidatesTags: ['sessions'],
      }),
      redeemCode: build.mutation<RedeemCodeApiResponse, RedeemCodeApiArg>({
        query: (queryArg) => ({ url: `/api/v1/sessions/redeem`, method: 'POST', body: queryArg.redeem }),
        invalidatesTags: ['sessions'],
      }),
      endSession: build.mutation<EndSessionApiResponse, EndSessionApiArg>({
        query: (queryArg) => ({ url: `/api/v1/sessions/${queryArg.sessionId}`, method: 'DELETE' }),
        invalidatesTags: ['sessions'],
      }),
      listTokens: build.query<ListTokensApiResponse, ListTokensApiArg>({
        query: () => ({ url: `/api/v1/tokens` }),
        providesTags: ['sessions'],
      }),
      createToken: build.mutation<CreateTokenApiResponse, CreateTokenApiArg>({
        query: (queryArg) => ({ url: `/api/v1/tokens`, method: 'POST', body: queryArg.newToken }),
        invalidatesTags: ['sessions'],
      }),
      revokeToken: build.mutation<RevokeTokenApiResponse, RevokeTokenApiArg>({
        query: (queryArg) => ({ url: `/api/v1/tokens/${queryArg.tokenId}`, method: 'DELETE' }),
        invalidatesTags: ['sessions'],
      }),
      listUsers: build.query<ListUsersApiResponse, ListUsersApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/users`,
          params: {
            search: queryArg.search,
            state: queryArg.state,
            limit: queryArg.limit,
            cursor: queryArg.cursor,
          },
        }),
        providesTags: ['people'],
      }),
      createUser: build.mutation<CreateUserApiResponse, CreateUserApiArg>({
        query: (queryArg) => ({ url: `/api/v1/users`, method: 'POST', body: queryArg.newUser }),
        invalidatesTags: ['people'],
      }),
      changePassword: build.mutation<ChangePasswordApiResponse, ChangePasswordApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/users/me/password`,
          method: 'PUT',
          body: queryArg.passwordChange,
        }),
        invalidatesTags: ['sessions'],
      }),
      readPreferences: build.query<ReadPreferencesApiResponse, ReadPreferencesApiArg>({
        query: () => ({ url: `/api/v1/users/me/preferences` }),
        providesTags: ['sessions'],
      }),
      writePreferences: build.mutation<WritePreferencesApiResponse, WritePreferencesApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/users/me/preferences`,
          method: 'PUT',
          body: queryArg.preferences,
        }),
        invalidatesTags: ['sessions'],
      }),
      readUser: build.query<ReadUserApiResponse, ReadUserApiArg>({
        query: (queryArg) => ({ url: `/api/v1/users/${queryArg.userId}` }),
        providesTags: ['people'],
      }),
      updateUser: build.mutation<UpdateUserApiResponse, UpdateUserApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/users/${queryArg.userId}`,
          method: 'PATCH',
          body: queryArg.userChange,
        }),
        invalidatesTags: ['people'],
      }),
      blockUser: build.mutation<BlockUserApiResponse, BlockUserApiArg>({
        query: (queryArg) => ({ url: `/api/v1/users/${queryArg.userId}/block`, method: 'POST' }),
        invalidatesTags: ['people'],
      }),
      deactivateUser: build.mutation<DeactivateUserApiResponse, DeactivateUserApiArg>({
        query: (queryArg) => ({ url: `/api/v1/users/${queryArg.userId}/deactivate`, method: 'POST' }),
        invalidatesTags: ['people'],
      }),
      readEffectiveFunctions: build.query<ReadEffectiveFunctionsApiResponse, ReadEffectiveFunctionsApiArg>({
        query: (queryArg) => ({ url: `/api/v1/users/${queryArg.userId}/effective-functions` }),
        providesTags: ['permissions'],
      }),
      listUserExceptions: build.query<ListUserExceptionsApiResponse, ListUserExceptionsApiArg>({
        query: (queryArg) => ({ url: `/api/v1/users/${queryArg.userId}/exceptions` }),
        providesTags: ['permissions'],
      }),
      addException: build.mutation<AddExceptionApiResponse, AddExceptionApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/users/${queryArg.userId}/exceptions`,
          method: 'POST',
          body: queryArg.newException,
        }),
        invalidatesTags: ['permissions'],
      }),
      endException: build.mutation<EndExceptionApiResponse, EndExceptionApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/users/${queryArg.userId}/exceptions/${queryArg.exceptionId}`,
          method: 'DELETE',
        }),
        invalidatesTags: ['permissions'],
      }),
      listUserGroups: build.query<ListUserGroupsApiResponse, ListUserGroupsApiArg>({
        query: (queryArg) => ({ url: `/api/v1/users/${queryArg.userId}/groups` }),
        providesTags: ['permissions'],
      }),
      assignGroups: build.mutation<AssignGroupsApiResponse, AssignGroupsApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/users/${queryArg.userId}/groups`,
          method: 'POST',
          body: queryArg.newGroupAssignments,
        }),
        invalidatesTags: ['permissions'],
      }),
      revokeGroup: build.mutation<RevokeGroupApiResponse, RevokeGroupApiArg>({
        query: (queryArg) => ({
          url: `/api/v1/users/${queryArg.userId}/groups/${queryArg.group}`,
          method: 'DELETE',
        }),
        invalidatesTags: ['permissions'],
      }),
      reactivateUser: build.mutation<ReactivateUserApiResponse, ReactivateUserApiArg>({
        query: (queryArg) => ({ url: `/api/v1/users/${queryArg.userId}/reactivate`, method: 'POST' }),
        invalidatesTags: ['people'],
      }),
      issueRecoveryCode: build.mutation<IssueRecoveryCodeApiResponse, IssueRecoveryCodeApiArg>({
        query: (queryArg) => ({ url: `/api/v1/users/${queryArg.userId}/recovery-code`, method: 'POST' }),
        invalidatesTags: ['people'],
      }),
      unblockUser: build.mutation<UnblockUserApiResponse, UnblockUserApiArg>({
        query: (queryArg) => ({ url: `/api/v1/users/${queryArg.userId}/unblock`, method: 'POST' }),
        invalidatesTags: ['people'],
      }),
      readLiveness: build.query<ReadLivenessApiResponse, ReadLivenessApiArg>({
        query: () => ({ url: `/health/live` }),
        providesTags: ['health'],
      }),
      readReadiness: build.query<ReadReadinessApiResponse, ReadReadinessApiArg>({
        query: () => ({ url: `/health/ready` }),
        providesTags: ['health'],
      }),
    }),
    overrideExisting: false,
  });
export { injectedRtkApi as generatedApi };
export type ListAlertRulesApiResponse = /** status 200 Successful Response */ AlertRuleList;
export type ListAlertRulesApiArg = void;
export type CreateAlertRuleApiResponse = /** status 201 Successful Response */ AlertRuleOut;
export type CreateAlertRuleApiArg = { alertRuleIn: AlertRuleIn };
export type ReadAlertRuleApiResponse = /** status 200 Successful Response */ AlertRuleOut;
export type ReadAlertRuleApiArg = { ruleId: string };
export type ReplaceAlertRuleApiResponse = /** status 200 Successful Response */ AlertRuleOut;
export type ReplaceAlertRuleApiArg = { ruleId: string; alertRuleIn: AlertRuleIn };
export type DeleteAlertRuleApiResponse = unknown;
export type DeleteAlertRuleApiArg = { ruleId: string };
export type SetAlertRuleStateApiResponse = /** status 200 Successful Response */ AlertRuleOut;
export type SetAlertRuleStateApiArg = { ruleId: string; alertRuleStateIn: AlertRuleStateIn };
export type SubscribeToAlertRuleApiResponse = unknown;
export type SubscribeToAlertRuleApiArg = { ruleId: string; subscriptionIn: SubscriptionIn };
export type UnsubscribeFromAlertRuleApiResponse = unknown;
export type UnsubscribeFromAlertRuleApiArg = { ruleId: string };
export type ListAlertsApiResponse = /** status 200 Successful Response */ AlertList;
export type ListAlertsApiArg = {
  state?: string;
  ruleId?: string | null;
  limit?: number;
  cursor?: string | null;
};
export type AcknowledgeAlertApiResponse = /** status 200 Successful Response */ AlertOut;
export type AcknowledgeAlertApiArg = { alertId: string; acknowledgeIn: AcknowledgeIn };
export type FindCallsApiResponse = /** status 200 Successful Response */ CallsAnswer;
export type FindCallsApiArg = { callsRequest: CallsRequest };
export type ReadCallApiResponse = /** status 200 Successful Response */ LegacyCallOut | QueueCallDetail;
export type ReadCallApiArg = { callId: string };
export type ReadCatalogApiResponse = /** status 200 Successful Response */ CatalogAnswer;
export type ReadCatalogApiArg = { 'if-none-match'?: string | null };
export type CreateExportApiResponse = /** status 202 Successful Response */ ExportOut;
export type CreateExportApiArg = { 'idempotency-key'?: string | null; exportRequest: ExportRequest };
export type ListExportsApiResponse = /** status 200 Successful Response */ ExportList;
export type ListExportsApiArg = void;
export type ReadExportApiResponse = /** status 200 Successful Response */ ExportOut;
export type ReadExportApiArg = { exportId: string };
export type DeleteExportApiResponse = unknown;
export type DeleteExportApiArg = { exportId: string };
export type ReadExportFileApiResponse = /** status 200 Successful Response */ string;
export type ReadExportFileApiArg = { exportId: string };
export type RunFlowsApiResponse = /** status 200 Successful Response */ FlowAnswer;
export type RunFlowsApiArg = { flowRequest: FlowRequest };
export type MakeForecastApiResponse = /** status 200 Successful Response */ ForecastAnswer;
export type MakeForecastApiArg = { forecastRequest: ForecastRequest };
export type ListMessagesApiResponse = /** status 200 Successful Response */ MessageList;
export type ListMessagesApiArg = { unread?: boolean; limit?: number; cursor?: string | null };
export type ReadAllMessagesApiResponse = unknown;
export type ReadAllMessagesApiArg = void;
export type DeleteMessageApiResponse = unknown;
export type DeleteMessageApiArg = { messageId: string };
export type ReadMessageApiResponse = unknown;
export type ReadMessageApiArg = { messageId: string };
export type ReadQualityApiResponse = /** status 200 Successful Response */ QualityAnswer;
export type ReadQualityApiArg = { from?: string | null; to?: string | null; zone?: string | null };
export type RunQueryApiResponse = /** status 200 Successful Response */ QueryAnswer;
export type RunQueryApiArg = {
  accept?: string | null;
  'if-none-match'?: string | null;
  queryRequest: QueryRequest;
};
export type ListReportsApiResponse = /** status 200 Successful Response */ ReportList;
export type ListReportsApiArg = void;
export type ReadReportApiResponse = /** status 200 Successful Response */ ReportAnswer;
export type ReadReportApiArg = {
  code: string;
  quarter?: string | null;
  from?: string | null;
  to?: string | null;
  segment?: string;
  zone?: string | null;
  format?: 'json' | 'csv' | 'xlsx' | 'pdf';
  language?: 'es' | 'en';
  bom?: boolean;
  'if-none-match'?: string | null;
};
export type ListSchedulesApiResponse = /** status 200 Successful Response */ ScheduleList;
export type ListSchedulesApiArg = void;
export type CreateScheduleApiResponse = /** status 201 Successful Response */ ScheduleOut;
export type CreateScheduleApiArg = { scheduleIn: ScheduleIn };
export type ReadScheduleApiResponse = /** status 200 Successful Response */ ScheduleOut;
export type ReadScheduleApiArg = { scheduleId: string };
export type ReplaceScheduleApiResponse = /** status 200 Successful Response */ ScheduleOut;
export type ReplaceScheduleApiArg = { scheduleId: string; scheduleIn: ScheduleIn };
export type DeleteScheduleApiResponse = unknown;
export type DeleteScheduleApiArg = { scheduleId: string };
export type PlanStaffingApiResponse = /** status 200 Successful Response */ StaffingAnswer;
export type PlanStaffingApiArg = { staffingRequest: StaffingRequest };
export type ReadTargetsApiResponse = /** status 200 Successful Response */ CentreTargets;
export type ReadTargetsApiArg = void;
export type ListViewsApiResponse = /** status 200 Successful Response */ ViewList;
export type ListViewsApiArg = void;
export type CreateViewApiResponse = /** status 201 Successful Response */ ViewOut;
export type CreateViewApiArg = { viewIn: ViewIn };
export type ReadViewApiResponse = /** status 200 Successful Response */ ViewOut;
export type ReadViewApiArg = { viewId: string };
export type ReplaceViewApiResponse = /** status 200 Successful Response */ ViewOut;
export type ReplaceViewApiArg = { viewId: string; viewIn: ViewIn };
export type DeleteViewApiResponse = unknown;
export type DeleteViewApiArg = { viewId: string };
export type ListViewSharesApiResponse = /** status 200 Successful Response */ ShareList;
export type ListViewSharesApiArg = { viewId: string };
export type ShareViewApiResponse = /** status 201 Successful Response */ ShareOut;
export type ShareViewApiArg = { viewId: string; shareIn: ShareIn };
export type UnshareViewApiResponse = unknown;
export type UnshareViewApiArg = { viewId: string; shareId: string };
export type ListAuditEventsApiResponse = /** status 200 Successful Response */ PageAuditEvent;
export type ListAuditEventsApiArg = {
  from?: string | null;
  to?: string | null;
  event?: string | null;
  actorId?: string | null;
  service?: string | null;
  targetKind?: string | null;
  targetId?: string | null;
  requestId?: string | null;
  limit?: number;
  cursor?: string | null;
};
export type ExportAuditEventsApiResponse = /** status 200 Successful Response */ string;
export type ExportAuditEventsApiArg = {
  /** Begin with a byte order mark, for spreadsheets. */
  bom?: boolean;
  from?: string | null;
  to?: string | null;
  event?: string | null;
  actorId?: string | null;
  service?: string | null;
  targetKind?: string | null;
  targetId?: string | null;
  requestId?: string | null;
};
export type VerifyAuditEventsApiResponse = /** status 200 Successful Response */ AuditVerification;
export type VerifyAuditEventsApiArg = { first?: number | null; last?: number | null };
export type ReportDeploymentApiResponse = /** status 201 Successful Response */ Deployment;
export type ReportDeploymentApiArg = {
  'idempotency-key'?: string | null;
  deploymentReport: DeploymentReport;
};
export type ListDeploymentsApiResponse = /** status 200 Successful Response */ DeploymentPage;
export type ListDeploymentsApiArg = {
  service?: string | null;
  environment?: ('production' | 'staging' | 'testing' | 'development') | null;
  status?: ('in_progress' | 'success' | 'failed' | 'canceled' | 'rolled_back') | null;
  from?: string | null;
  to?: string | null;
  cursor?: string | null;
  limit?: number;
};
export type ExportDeliveryMetricsApiResponse = /** status 200 Successful Response */ string;
export type ExportDeliveryMetricsApiArg = {
  what:
    | (
        | 'change_lead_time'
        | 'deployment_frequency'
        | 'failed_deployment_recovery_time'
        | 'change_fail_rate'
        | 'deployment_rework_rate'
      )
    | 'series';
  service?: string | null;
  environment?: 'production' | 'staging' | 'testing' | 'development';
  team?: string | null;
  repository?: string | null;
  from?: string | null;
  to?: string | null;
  granularity?: 'day' | 'week' | 'month' | 'quarter' | 'year' | 'total';
  zone?: string | null;
  /** Count deployments of what already runs. */
  redeployments?: boolean;
  /** Year of a DORA report to compare with. */
  benchmark?: number | null;
  /** Judge as at this moment; the same moment, the same answer. */
  asOf?: string | null;
  format?: 'csv' | 'xlsx';
};
export type ReportIncidentApiResponse = /** status 201 Successful Response */ Incident;
export type ReportIncidentApiArg = { 'idempotency-key'?: string | null; incidentReport: IncidentReport };
export type ReadDeliveryMetricsApiResponse = /** status 200 Successful Response */ MetricsAnswer;
export type ReadDeliveryMetricsApiArg = {
  service?: string | null;
  environment?: 'production' | 'staging' | 'testing' | 'development';
  team?: string | null;
  repository?: string | null;
  from?: string | null;
  to?: string | null;
  granularity?: 'day' | 'week' | 'month' | 'quarter' | 'year' | 'total';
  zone?: string | null;
  /** Count deployments of what already runs. */
  redeployments?: boolean;
  /** Year of a DORA report to compare with. */
  benchmark?: number | null;
  /** Judge as at this moment; the same moment, the same answer. */
  asOf?: string | null;
};
export type ReadMetricEvidenceApiResponse = /** status 200 Successful Response */ EvidenceAnswer;
export type ReadMetricEvidenceApiArg = {
  metric:
    | 'change_lead_time'
    | 'deployment_frequency'
    | 'failed_deployment_recovery_time'
    | 'change_fail_rate'
    | 'deployment_rework_rate';
  service?: string | null;
  environment?: 'production' | 'staging' | 'testing' | 'development';
  team?: string | null;
  repository?: string | null;
  from?: string | null;
  to?: string | null;
  granularity?: 'day' | 'week' | 'month' | 'quarter' | 'year' | 'total';
  zone?: string | null;
  /** Count deployments of what already runs. */
  redeployments?: boolean;
  /** Year of a DORA report to compare with. */
  benchmark?: number | null;
  /** Judge as at this moment; the same moment, the same answer. */
  asOf?: string | null;
  offset?: number;
  limit?: number;
};
export type ReadDeliveryQualityApiResponse = /** status 200 Successful Response */ QualityAnswer2;
export type ReadDeliveryQualityApiArg = {
  service?: string | null;
  environment?: 'production' | 'staging' | 'testing' | 'development';
  team?: string | null;
  repository?: string | null;
  from?: string | null;
  to?: string | null;
  granularity?: 'day' | 'week' | 'month' | 'quarter' | 'year' | 'total';
  zone?: string | null;
  /** Count deployments of what already runs. */
  redeployments?: boolean;
  /** Year of a DORA report to compare with. */
  benchmark?: number | null;
  /** Judge as at this moment; the same moment, the same answer. */
  asOf?: string | null;
};
export type ReplayEventsApiResponse = /** status 202 Successful Response */ Replay;
export type ReplayEventsApiArg = void;
export type ListRepositoriesApiResponse = /** status 200 Successful Response */ RepositoryList;
export type ListRepositoriesApiArg = void;
export type AddRepositoryApiResponse = /** status 201 Successful Response */ Repository;
export type AddRepositoryApiArg = { newRepository: NewRepository };
export type RemoveRepositoryApiResponse = unknown;
export type RemoveRepositoryApiArg = { repositoryId: number };
export type SyncRepositoryApiResponse = /** status 202 Successful Response */ Repository;
export type SyncRepositoryApiArg = { repositoryId: number };
export type ReadQualityTargetsApiResponse = /** status 200 Successful Response */ TargetsAnswer;
export type ReadQualityTargetsApiArg = { from?: string | null; to?: string | null };
export type ReceiveDeliveryApiResponse = /** status 202 Successful Response */ DeliveryAnswer;
export type ReceiveDeliveryApiArg = {
  provider: 'github' | 'gitlab' | 'gitea' | 'forgejo' | 'jenkins' | 'cdevents' | 'alertmanager';
};
export type ListFunctionsApiResponse = /** status 200 Successful Response */ PageFunction;
export type ListFunctionsApiArg = void;
export type ListGroupsApiResponse = /** status 200 Successful Response */ PageGroup;
export type ListGroupsApiArg = void;
export type CreateGroupApiResponse = /** status 201 Successful Response */ Group;
export type CreateGroupApiArg = { newGroup: NewGroup };
export type UpdateGroupApiResponse = /** status 200 Successful Response */ Group;
export type UpdateGroupApiArg = { group: string; groupChange: GroupChange };
export type ReadChangeApiResponse = /** status 200 Successful Response */ DimensionChange;
export type ReadChangeApiArg = { changeId: string };
export type ListFreshnessApiResponse = /** status 200 Successful Response */ FreshnessList;
export type ListFreshnessApiArg = void;
export type ListGoalsApiResponse = /** status 200 Successful Response */ MenuList;
export type ListGoalsApiArg = void;
export type ListHolidaysApiResponse = /** status 200 Successful Response */ HolidayList;
export type ListHolidaysApiArg = void;
export type PutHolidayApiResponse = /** status 200 Successful Response */ Holiday;
export type PutHolidayApiArg = { day: string; holidayChange: HolidayChange };
export type DeleteHolidayApiResponse = unknown;
export type DeleteHolidayApiArg = { day: string };
export type ListMenusApiResponse = /** status 200 Successful Response */ MenuList;
export type ListMenusApiArg = void;
export type PutMenuApiResponse =
  /** status 200 Successful Response */ Menu | /** status 202 Accepted */ DimensionChangeAccepted;
export type PutMenuApiArg = { menu: string; menuChange: MenuChange };
export type StartReconciliationApiResponse = /** status 202 Successful Response */ ReconciliationAccepted;
export type StartReconciliationApiArg = { reconciliationRequest: ReconciliationRequest };
export type ReadReconciliationApiResponse = /** status 200 Successful Response */ Reconciliation;
export type ReadReconciliationApiArg = { reconciliationId: string };
export type ListRejectsApiResponse = /** status 200 Successful Response */ RejectList;
export type ListRejectsApiArg = {
  source?: string | null;
  runId?: string | null;
  cursor?: string | null;
  limit?: number;
};
export type ReplayRejectsApiResponse = /** status 202 Successful Response */ ReplayAccepted;
export type ReplayRejectsApiArg = { replayRequest: ReplayRequest };
export type ListRollupsApiResponse = /** status 200 Successful Response */ RollupStateList;
export type ListRollupsApiArg = void;
export type RebuildRollupsApiResponse = /** status 202 Successful Response */ RollupStateList;
export type RebuildRollupsApiArg = { rollupRequest: RollupRequest };
export type StartRunApiResponse = /** status 202 Successful Response */ RunAccepted;
export type StartRunApiArg = { 'idempotency-key'?: string | null; runRequest: RunRequest };
export type ListRunsApiResponse = /** status 200 Successful Response */ RunList;
export type ListRunsApiArg = { source?: string | null; cursor?: string | null; limit?: number };
export type ReadRunApiResponse = /** status 200 Successful Response */ RunDetail;
export type ReadRunApiArg = { runId: string };
export type CancelRunApiResponse = /** status 202 Successful Response */ RunAccepted;
export type CancelRunApiArg = { runId: string };
export type ListSegmentsApiResponse = /** status 200 Successful Response */ SegmentList;
export type ListSegmentsApiArg = void;
export type PutSegmentApiResponse =
  /** status 200 Successful Response */ Segment | /** status 202 Accepted */ DimensionChangeAccepted;
export type PutSegmentApiArg = { did: string; segmentChange: SegmentChange };
export type ListSourcesApiResponse = /** status 200 Successful Response */ SourceList;
export type ListSourcesApiArg = void;
export type CheckSourceApiResponse = /** status 200 Successful Response */ SourceCheck;
export type CheckSourceApiArg = { sourceId: string };
export type ListSeparationRulesApiResponse = /** status 200 Successful Response */ PageSeparationRule;
export type ListSeparationRulesApiArg = void;
export type UpdateSeparationRuleApiResponse = /** status 200 Successful Response */ SeparationRule;
export type UpdateSeparationRuleApiArg = { rule: string; separationRuleChange: SeparationRuleChange };
export type SignInApiResponse = /** status 201 Successful Response */ SessionState;
export type SignInApiArg = { signIn: SignInWrite };
export type ListSessionsApiResponse = /** status 200 Successful Response */ PageSession;
export type ListSessionsApiArg = { of?: string; limit?: number; cursor?: string | null };
export type ReadCurrentSessionApiResponse = /** status 200 Successful Response */ SessionState;
export type ReadCurrentSessionApiArg = void;
export type SignOutApiResponse = unknown;
export type SignOutApiArg = void;
export type ReauthenticateApiResponse = /** status 200 Successful Response */ SessionState;
export type ReauthenticateApiArg = { reauthentication: ReauthenticationWrite };
export type RedeemCodeApiResponse = /** status 201 Successful Response */ SessionState;
export type RedeemCodeApiArg = { redeem: RedeemWrite };
export type EndSessionApiResponse = unknown;
export type EndSessionApiArg = { sessionId: string };
export type ListTokensApiResponse = /** status 200 Successful Response */ PageToken;
export type ListTokensApiArg = void;
export type CreateTokenApiResponse = /** status 201 Successful Response */ IssuedToken;
export type CreateTokenApiArg = { newToken: NewToken };
export type RevokeTokenApiResponse = unknown;
export type RevokeTokenApiArg = { tokenId: string };
export type ListUsersApiResponse = /** status 200 Successful Response */ PageUser;
export type ListUsersApiArg = {
  search?: string | null;
  state?: ('active' | 'blocked' | 'inactive') | null;
  limit?: number;
  cursor?: string | null;
};
export type CreateUserApiResponse = /** status 201 Successful Response */ CreatedUser;
export type CreateUserApiArg = { newUser: NewUser };
export type ChangePasswordApiResponse = /** status 200 Successful Response */ SessionState;
export type ChangePasswordApiArg = { passwordChange: PasswordChangeWrite };
export type ReadPreferencesApiResponse = /** status 200 Successful Response */ Preferences;
export type ReadPreferencesApiArg = void;
export type WritePreferencesApiResponse = /** status 200 Successful Response */ Preferences;
export type WritePreferencesApiArg = { preferences: Preferences };
export type ReadUserApiResponse = /** status 200 Successful Response */ User;
export type ReadUserApiArg = { userId: string };
export type UpdateUserApiResponse = /** status 200 Successful Response */ User;
export type UpdateUserApiArg = { userId: string; userChange: UserChange };
export type BlockUserApiResponse = /** status 200 Successful Response */ User;
export type BlockUserApiArg = { userId: string };
export type DeactivateUserApiResponse = /** status 200 Successful Response */ User;
export type DeactivateUserApiArg = { userId: string };
export type ReadEffectiveFunctionsApiResponse = /** status 200 Successful Response */ EffectiveFunctions;
export type ReadEffectiveFunctionsApiArg = { userId: string };
export type ListUserExceptionsApiResponse = /** status 200 Successful Response */ PagePermissionException;
export type ListUserExceptionsApiArg = { userId: string };
export type AddExceptionApiResponse = /** status 201 Successful Response */ PermissionException;
export type AddExceptionApiArg = { userId: string; newException: NewException };
export type EndExceptionApiResponse = unknown;
export type EndExceptionApiArg = { userId: string; exceptionId: string };
export type ListUserGroupsApiResponse = /** status 200 Successful Response */ PageGroupAssignment;
export type ListUserGroupsApiArg = { userId: string };
export type AssignGroupsApiResponse = /** status 200 Successful Response */ PageGroupAssignment;
export type AssignGroupsApiArg = { userId: string; newGroupAssignments: NewGroupAssignments };
export type RevokeGroupApiResponse = unknown;
export type RevokeGroupApiArg = { userId: string; group: string };
export type ReactivateUserApiResponse = /** status 200 Successful Response */ User;
export type ReactivateUserApiArg = { userId: string };
export type IssueRecoveryCodeApiResponse = /** status 201 Successful Response */ OneTimeCode;
export type IssueRecoveryCodeApiArg = { userId: string };
export type UnblockUserApiResponse = /** status 200 Successful Response */ User;
export type UnblockUserApiArg = { userId: string };
export type ReadLivenessApiResponse = /** status 200 Successful Response */ Liveness;
export type ReadLivenessApiArg = void;
export type ReadReadinessApiResponse = /** status 200 Successful Response */ GatewayReadiness;
export type ReadReadinessApiArg = void;
export type AlertRuleOut = {
  id: string;
  name: string;
  severity: 'info' | 'warning' | 'critical';
  definition: { [key: string]: any };
  cooldown_s: number;
  group: string | null;
  own: boolean;
  owner: string;
  state: 'active' | 'paused' | 'disabled';
  detail: string | null;
  value: number | null;
  evaluated_at: string | null;
  firing: boolean;
  last_alert_at: string | null;
  subscribed_from: ('info' | 'warning' | 'critical') | null;
  created_at: string;
  updated_at: string;
};
export type AlertRuleList = { items: AlertRuleOut[]; next_cursor?: string | null };
export type FieldProblem = { param: string; detail: string; suggestion?: string | null };
export type ProblemDocument = {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  request_id: string;
  errors?: FieldProblem[] | null;
};
export type FilterIn = {
  dimension: string;
  op: 'in' | 'not_in' | 'between' | 'prefix' | 'is_null';
  values?: (string | number | boolean | null)[];
};
export type ServiceLevelIn = {
  variant?: 'A' | 'B' | 'C' | 'D';
  threshold_s?: number;
  comparison?: 'lt' | 'lte';
  short_abandon_s?: number;
};
export type ChangeRule = {
  source_kind?: ('legacy' | 'asterisk') | null;
  metric: string;
  filters?: FilterIn[];
  service_level?: ServiceLevelIn;
  window_minutes: number;
  comparison: 'gt' | 'gte' | 'lt' | 'lte';
  /** With fewer calls than these in the window the value proves nothing. */
  calls_min?: number;
  kind: 'change';
  compare: 'previous_period' | 'previous_week' | 'previous_year';
  value: number;
};
export type MissingDataRule = {
  kind: 'missing_data';
  source_kind: 'legacy' | 'asterisk';
  source?: string | null;
  age_minutes: number;
};
export type ThresholdRule = {
  source_kind?: ('legacy' | 'asterisk') | null;
  metric: string;
  filters?: FilterIn[];
  service_level?: ServiceLevelIn;
  window_minutes: number;
  comparison: 'gt' | 'gte' | 'lt' | 'lte';
  /** With fewer calls than these in the window the value proves nothing. */
  calls_min?: number;
  kind: 'threshold';
  value: number;
};
export type AlertRuleIn = {
  name: string;
  severity?: 'info' | 'warning' | 'critical';
  definition:
    | ({ kind: 'change' } & ChangeRule)
    | ({ kind: 'missing_data' } & MissingDataRule)
    | ({ kind: 'threshold' } & ThresholdRule);
  cooldown_s?: number;
  group?: string | null;
};
export type AlertRuleStateIn = { state: 'active' | 'paused' | 'disabled' };
export type SubscriptionIn = { min_severity?: 'info' | 'warning' | 'critical' };
export type AlertOut = {
  id: string;
  rule_id: string;
  rule_name: string;
  severity: 'info' | 'warning' | 'critical';
  definition: { [key: string]: any };
  value: number | null;
  reference: number | null;
  since: string | null;
  until: string | null;
  opened_at: string;
  resolved_at: string | null;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  note: string | null;
};
export type AlertList = { items: AlertOut[]; next_cursor?: string | null };
export type AcknowledgeIn = { note?: string | null };
export type QueueCallOut = {
  source_kind?: 'asterisk';
  id: string;
  call_id: string;
  source: string;
  caller_id: string | null;
  callid: string;
  queue: string;
  agent: string | null;
  entered_at: string;
  ended_at: string | null;
  exit: string;
  wait_s: number | null;
  ring_s: number | null;
  talk_s: number | null;
  entry_position: number | null;
  transfers: number;
  ring_no_answer: number;
};
export type LegacyCallOut = {
  source_kind?: 'legacy';
  id: string;
  call_id: string;
  source: string;
  caller_id: string | null;
  started_at: string;
  duration_s: number | null;
  did: string | null;
  segment: string | null;
  menu: string | null;
  option: string | null;
  centre: string | null;
  line_kind: string;
  labels: string[];
  outcome: string;
  swapped: boolean;
  source_table: string | null;
  unit_date: string | null;
  occurrence: number;
};
export type SourceAge = { source: string; data_as_of: string | null };
export type Meta = {
  zone: string;
  data_as_of: string | null;
  source_kind: 'legacy' | 'asterisk';
  sources: string[];
  sources_as_of: SourceAge[];
  answered_from: string;
  elapsed_s: number;
  segment?: string | null;
};
export type CallsAnswer = {
  items: (({ source_kind: 'asterisk' } & QueueCallOut) | ({ source_kind: 'legacy' } & LegacyCallOut))[];
  total: number | null;
  meta: Meta;
  next_cursor: string | null;
};
export type TimeRange = {
  from: string;
  to: string;
  granularity?: '15min' | '30min' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year' | 'total';
  zone?: string | null;
};
export type CallsRequest = {
  source_kind?: ('legacy' | 'asterisk') | null;
  time: TimeRange;
  filters?: FilterIn[];
  cell?: { [key: string]: string | number | boolean | null };
  metric?: string | null;
  service_level?: ServiceLevelIn;
  attribution?: 'entry' | 'event';
  limit?: number;
  cursor?: string | null;
};
export type LegOut = {
  unique_id: string;
  started_at: string;
  answered_at: string | null;
  ended_at: string | null;
  duration_s: number | null;
  billsec: number | null;
  disposition: 'answered' | 'no_answer' | 'busy' | 'failed' | 'congestion' | 'unknown';
  context: string | null;
  channel: string | null;
  dst_channel: string | null;
  dst: string | null;
  last_app: string | null;
  queue: string | null;
  agent: string | null;
  source_table: string;
  position: string;
};
export type StepOut = {
  number: number;
  unique_id: string;
  at: string;
  left_at: string | null;
  context: string | null;
  exten: string | null;
  menu: string;
  app: string;
  digit: string | null;
  ended:
    | 'digit'
    | 'typed'
    | 'timeout'
    | 'invalid'
    | 'repeated'
    | 'moved'
    | 'queue'
    | 'dialled'
    | 'voicemail'
    | 'connected'
    | 'hung_up'
    | 'open';
};
export type QueueCallDetail = {
  source_kind?: 'asterisk';
  id: string;
  call_id: string;
  source: string;
  caller_id: string | null;
  callid: string;
  queue: string;
  agent: string | null;
  entered_at: string;
  ended_at: string | null;
  exit: string;
  wait_s: number | null;
  ring_s: number | null;
  talk_s: number | null;
  entry_position: number | null;
  transfers: number;
  ring_no_answer: number;
  legs: LegOut[];
  steps: StepOut[];
};
export type Texts = { es: string; en: string };
export type MetricForm = {
  source_kind: 'legacy' | 'asterisk';
  formula: string;
  formula_es: string;
  definition: Texts;
  version: number;
  exact: boolean;
};
export type MetricOut = { name: string; unit: string; good: 'up' | 'down' | 'none'; forms: MetricForm[] };
export type DimensionOut = {
  name: string;
  source_kinds: ('legacy' | 'asterisk')[];
  type: 'text' | 'integer' | 'boolean';
  values: string[];
  many: boolean;
  definition: Texts;
};
export type CatalogAnswer = {
  metrics: MetricOut[];
  dimensions: DimensionOut[];
  granularities: string[];
  service_level_variants: string[];
};
export type ExportOut = {
  id: string;
  kind: 'report' | 'query' | 'calls';
  format: 'csv' | 'xlsx' | 'pdf';
  name: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  rows_done: number;
  rows_total: number | null;
  progress: number | null;
  bytes: number | null;
  detail: string | null;
  schedule_id: string | null;
  data_as_of: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  expires_at: string | null;
  request: { [key: string]: any };
};
export type ReportWanted = {
  code: string;
  quarter?: string | null;
  from?: string | null;
  to?: string | null;
  segment?: string;
  zone?: string | null;
};
export type OtherRange = { from: string; to: string };
export type QueryRequest = {
  source_kind?: ('legacy' | 'asterisk') | null;
  metrics: string[];
  dimensions?: string[];
  time: TimeRange;
  filters?: FilterIn[];
  service_level?: ServiceLevelIn;
  /** Which moment puts a call into a bucket: `entry`, or `event`, which a metric is about. With `event`, calls, offered, open, different callers and repeats stay with the entry; exits, rates, waits and service levels go to the moment of leaving the queue; talk, durations and transfers to the end. In the legacy IVR all but calls, different callers, repeats and containment goes to the end of the call. Concurrency, occupancy and agents signed in are split over the buckets that they touch either way. */
  attribution?: 'entry' | 'event';
  compare?: ('previous_period' | 'previous_week' | 'previous_year') | OtherRange | null;
  order_by?: string[];
  limit?: number;
  totals?: boolean;
  cursor?: string | null;
};
export type ExportRequest = {
  format: 'csv' | 'xlsx' | 'pdf';
  report?: ReportWanted | null;
  query?: QueryRequest | null;
  calls?: CallsRequest | null;
  language?: 'es' | 'en';
  bom?: boolean;
  /** What the export is called in the list and as a file. */
  name?: string | null;
};
export type ExportList = { items: ExportOut[]; next_cursor?: string | null };
export type FlowChange = {
  passes_before: number;
  share_before: number | null;
  difference: number | null;
  low: number | null;
  high: number | null;
};
export type FlowNode = {
  id: string;
  kind: 'entry' | 'menu' | 'option' | 'centre' | 'exit';
  name: string;
  passes: number;
  callers: number;
  lost: number;
  attrition: number | null;
  goal?: boolean | null;
  abandoned?: boolean | null;
  change?: FlowChange | null;
};
export type FlowEdge = {
  source: string;
  target: string;
  passes: number;
  callers: number;
  share: number | null;
  change?: FlowChange | null;
};
export type AnswerWarning = { code: string; detail: string; column?: string | null; calls?: number | null };
export type FlowAnswer = {
  nodes: FlowNode[];
  edges: FlowEdge[];
  edges_left_out: number;
  compared_with: string[] | null;
  meta: Meta;
  warnings: AnswerWarning[];
};
export type FlowRange = { from: string; to: string; zone?: string | null };
export type FlowRequest = {
  source_kind?: 'legacy' | 'asterisk';
  time: FlowRange;
  segment?: string | null;
  compare?: ('previous_period' | 'previous_week' | 'previous_year') | OtherRange | null;
  edges?: number;
};
export type AccuracyOut = {
  /** Weeks that were foretold and compared. */
  folds: number;
  intervals: number;
  wape_interval: number | null;
  wape_day: number | null;
  bias: number | null;
  coverage: number | null;
  /** Of the mean of the last 4 weeks, on the same weeks. */
  baseline_wape_interval: number | null;
};
export type ForecastPoint = {
  time: string;
  kind: 'open' | 'closed' | 'holiday';
  value: number | null;
  low: number | null;
  high: number | null;
};
export type ForecastAnswer = {
  method: string;
  band?: number;
  interval_s: number;
  history_from: string | null;
  history_to: string | null;
  accuracy: AccuracyOut;
  points: ForecastPoint[];
  meta: Meta;
  warnings: AnswerWarning[];
};
export type ClosedHoursIn = { weekdays: number[]; from?: string; to?: string | null };
export type ForecastRequest = {
  source_kind?: ('legacy' | 'asterisk') | null;
  /** What arrives: all calls, those that the IVR transfers to agents, or those offered to queues. Agents are planned for the last two: calls that end in the IVR need none. */
  metric?: 'calls' | 'transferred' | 'offered';
  from: string;
  to: string;
  interval?: '15min' | '30min' | 'hour' | 'day';
  zone?: string | null;
  filters?: FilterIn[];
  /** Beside those of the calendar: past and coming ones. */
  holidays?: string[];
  closed?: ClosedHoursIn[];
};
export type MessageOut = {
  id: string;
  kind: 'alert' | 'alert_rule' | 'schedule';
  about: string;
  severity: 'info' | 'warning' | 'critical';
  text: Texts;
  created_at: string;
  read_at: string | null;
};
export type MessageList = { unread: number; items: MessageOut[]; next_cursor?: string | null };
export type SourceQuality = {
  source: string;
  source_kind: 'legacy' | 'asterisk';
  data_as_of: string | null;
  updated_at: string | null;
  version: number;
  rollups_complete: boolean;
};
export type BrokenIdentity = {
  source_kind: 'legacy' | 'asterisk';
  identity: string;
  time: string;
  queue: string | null;
  whole: number;
  parts: number;
};
export type Identities = { checked: number; broken: BrokenIdentity[] };
export type GapOut = { source_kind: 'legacy' | 'asterisk'; from: string; to: string; usual_calls: number };
export type SharePoint = { time: string; calls: number; of: number; share: number | null };
export type DirtyShare = { name: string; weeks: SharePoint[]; trend: number | null };
export type RejectDay = { source: string; day: string; rows_read: number; rows_rejected: number };
export type OpenCalls = { calls: number; older_than_a_day: number };
export type ZoneCheck = {
  source: string;
  source_table: string;
  zone: string;
  offset_s: number;
  share: number;
  rows_looked_at: number | null;
  checked_at: string;
};
export type RemovedCalls = { kept_since: string; removed_at: string; calls: number | null };
export type QualityAnswer = {
  from: string;
  to: string;
  zone: string;
  sources: SourceQuality[];
  identities: Identities;
  gaps: GapOut[];
  dirty: DirtyShare[];
  rejects: RejectDay[];
  open_calls: OpenCalls | null;
  zone_checks: ZoneCheck[];
  removed_calls: RemovedCalls | null;
};
export type ServiceLevelOut = {
  variant: 'A' | 'B' | 'C' | 'D';
  threshold_s: number;
  comparison: 'lt' | 'lte';
  short_abandon_s: number;
};
export type ColumnOut = {
  name: string;
  kind: 'time' | 'dimension' | 'metric' | 'previous' | 'change';
  unit?: string | null;
  good?: ('up' | 'down' | 'none') | null;
  exact?: boolean | null;
  error?: number | null;
  version?: number | null;
  formula?: string | null;
  formula_es?: string | null;
  of?: string | null;
  service_level?: ServiceLevelOut | null;
};
export type QueryAnswer = {
  columns: ColumnOut[];
  rows: (string | number | boolean | null)[][];
  totals?: (string | number | boolean | null)[] | null;
  meta: Meta;
  warnings: AnswerWarning[];
  next_cursor?: string | null;
};
export type ReportEntry = {
  code: string;
  title: Texts;
  source_kind: 'legacy' | 'asterisk';
  formats: ('json' | 'csv' | 'xlsx' | 'pdf')[];
};
export type ReportList = { items: ReportEntry[]; next_cursor?: string | null };
export type ReportPeriod = {
  quarter: string | null;
  from: string;
  to: string;
  zone: string;
  segment: string;
};
export type ReportColumn = {
  name: string;
  type: 'text' | 'integer' | 'ratio' | 'number' | 'date';
  title: Texts;
};
export type Formula = { metric: string; version: number; formula: string; formula_es: string };
export type ReportAnswer = {
  code: string;
  title: Texts;
  parameters: ReportPeriod;
  columns: ReportColumn[];
  rows: (string | number | boolean | null)[][];
  formulas: Formula[];
  meta: Meta;
  warnings: AnswerWarning[];
};
export type ScheduleOut = {
  id: string;
  name: string;
  request: { [key: string]: any };
  state: 'active' | 'paused';
  detail: string | null;
  failures: number;
  next_at: string;
  last_at: string | null;
  created_at: string;
  updated_at: string;
};
export type ScheduleList = { items: ScheduleOut[]; next_cursor?: string | null };
export type CalendarIn = {
  every: 'day' | 'week' | 'month' | 'quarter';
  at: string;
  weekday?: number;
  day?: number;
};
export type ScheduleIn = {
  name: string;
  calendar: CalendarIn;
  report: string;
  segment?: string;
  format: 'csv' | 'xlsx' | 'pdf';
  zone?: string | null;
  language?: 'es' | 'en';
  bom?: boolean;
  active?: boolean;
};
export type TargetIn = { service_level?: number; threshold_s?: number; occupancy_max?: number };
export type Assumption = {
  name: 'aht_s' | 'patience_s';
  value: number;
  low?: number | null;
  high?: number | null;
  origin: 'given' | 'estimated';
  detail: string;
};
export type StaffingPoint = {
  time: string;
  calls: number | null;
  load_erlang: number | null;
  agents: number | null;
  rostered: number | null;
  service_level: number | null;
  asa_s: number | null;
  occupancy: number | null;
  p_wait: number | null;
  p_abandon: number | null;
};
export type StaffingAnswer = {
  model: 'erlang_a' | 'erlang_c';
  interval_s: number;
  target: TargetIn;
  shrinkage: number;
  assumptions: Assumption[];
  points: StaffingPoint[];
  /** Hours at work over all intervals. */
  agents_hours: number | null;
  /** The same with shrinkage: hours to be paid. */
  rostered_hours: number | null;
  forecast: ForecastAnswer | null;
  warnings: AnswerWarning[];
};
export type CallsIn = { time: string; calls: number };
export type LearnFrom = { from: string; to: string; filters?: FilterIn[] };
export type StaffingRequest = {
  model?: 'erlang_a' | 'erlang_c';
  intervals?: CallsIn[] | null;
  interval_s?: number;
  forecast?: ForecastRequest | null;
  aht_s?: number | null;
  patience_s?: number | null;
  learn_from?: LearnFrom | null;
  target?: TargetIn;
  /** Share of paid time away from the queue: breaks, training, illness. */
  shrinkage?: number;
  /** Ask instead what this many agents would achieve. */
  agents?: number | null;
};
export type AbandonmentBands = { optimal_below: number; critical_above: number };
export type ServiceTarget = { at_least: number; critical_below: number; measured_by: ServiceLevelOut };
export type CentreTargets = { abandonment: AbandonmentBands; service_level: ServiceTarget };
export type ViewOut = {
  id: string;
  name: string;
  query: { [key: string]: any } | null;
  display: { [key: string]: any };
  is_default: boolean;
  own: boolean;
  owner: string;
  shares: number;
  created_at: string;
  updated_at: string;
};
export type ViewList = { items: ViewOut[]; next_cursor?: string | null };
export type ViewIn = {
  name: string;
  query?: QueryRequest | null;
  display?: { [key: string]: any };
  is_default?: boolean;
};
export type ShareOut = { id: string; username: string | null; group: string | null; created_at: string };
export type ShareList = { items: ShareOut[]; next_cursor?: string | null };
export type ShareIn = { username?: string | null; group?: string | null };
export type AuditEvent = {
  id: string;
  at: string;
  service: string;
  event: string;
  actor_id: string | null;
  actor: string | null;
  target_kind: string | null;
  target_id: string | null;
  request_id: string | null;
  address: string | null;
  details: { [key: string]: any };
  position: number | null;
  hash: string | null;
};
export type PageAuditEvent = { items: AuditEvent[]; next_cursor: string | null };
export type AuditBreak = {
  kind:
    | 'CHANGED'
    | 'EVENT_MISSING'
    | 'SEAL_MISSING'
    | 'NEVER_SEALED'
    | 'ANCHOR_DIFFERS'
    | 'CUT'
    | 'OTHER_CHAIN'
    | 'ANCHOR_FORGED'
    | 'ANCHORS_MISSING';
  position: number | null;
  event_id: string | null;
  detail: string;
};
export type AuditAnchors = { count: number; last_position: number; last_at: string | null };
export type AuditVerification = {
  intact: boolean;
  complete: boolean;
  chain: string | null;
  head: number;
  first: number;
  last: number;
  breaks: AuditBreak[];
  anchors: AuditAnchors;
  waiting: number;
  waiting_since: string | null;
};
export type Component = { repository: string; commit_sha: string };
export type Deployment = {
  id: string;
  source: string;
  service: string;
  environment: string;
  deployment_id: string | null;
  version: string | null;
  commit_sha: string | null;
  repository: string | null;
  status: 'in_progress' | 'success' | 'failed' | 'canceled' | 'rolled_back';
  started_at: string | null;
  finished_at: string | null;
  deployed_at: string | null;
  occurred_at: string;
  time_quality: 'exact' | 'started' | 'received';
  planned: boolean | null;
  fixes: string | null;
  team: string | null;
  rolled_back_at: string | null;
  components: Component[];
};
export type Component2 = { repository: string; commit_sha: string };
export type DeploymentReport = {
  /** The sender's own name for this deployment. */
  deployment_id?: string | null;
  service: string;
  environment?: 'production' | 'staging' | 'testing' | 'development';
  version?: string | null;
  /** What was deployed, at least seven hexadecimal digits. */
  commit_sha?: string | null;
  repository?: string | null;
  /** What this one deployment shipped of other repositories. */
  components?: Component2[];
  /** Who owns the service; metrics can be asked by team. */
  team?: string | null;
  status?: 'in_progress' | 'success' | 'failed' | 'canceled' | 'rolled_back';
  started_at?: string | null;
  finished_at?: string | null;
  /** When the environment changed, if not finished_at. */
  deployed_at?: string | null;
  duration_s?: number | null;
  /** Kept with the report; no metric is made per person. */
  deployed_by?: string | null;
  /** False for an unplanned deployment, such as a hotfix. */
  planned?: boolean | null;
  /** The deployment_id or version that this one repairs. */
  fixes?: string | null;
  rollback_version?: string | null;
  notes?: string | null;
};
export type DeploymentPage = { items: Deployment[]; next_cursor: string | null };
export type Incident = {
  id: string;
  source: string;
  service: string | null;
  environment: string;
  incident_id: string;
  title: string | null;
  status: 'open' | 'resolved' | 'dismissed';
  detected_at: string;
  resolved_at: string | null;
  caused_by: string | null;
  occurred_at: string;
};
export type IncidentReport = {
  incident_id: string;
  service: string;
  environment?: 'production' | 'staging' | 'testing' | 'development';
  title?: string | null;
  /** Now, if left out and nothing is resolved. */
  detected_at?: string | null;
  resolved_at?: string | null;
  /** The deployment_id, version or commit that caused it. */
  caused_by?: string | null;
};
export type Scope = {
  service: string | null;
  environment: string;
  team: string | null;
  repository: string | null;
};
export type Window = {
  from: string;
  to: string;
  as_of: string;
  zone: string;
  granularity: 'day' | 'week' | 'month' | 'quarter' | 'year' | 'total';
  days: number;
};
export type Durations = {
  n: number;
  value: number | null;
  median: number | null;
  p75: number | null;
  p90: number | null;
  ci95: number[] | null;
};
export type Squash = { commits: number; recovered: number };
export type Waiting = { commits: number; oldest_s: number | null };
export type QuickCheck = {
  band:
    | 'less_than_hour'
    | 'on_demand'
    | 'hour_to_day'
    | 'day_to_week'
    | 'week_to_month'
    | 'month_to_half_year'
    | 'more_than_half_year'
    | 'less_than_half_yearly';
  year: number;
  share_of_answers: number;
  share_slower: number;
};
export type Benchmark = {
  year: number;
  clusters: ('elite' | 'high' | 'medium' | 'low')[];
  reason: string | null;
};
export type ChangeLeadTime = {
  n: number;
  value: number | null;
  median: number | null;
  p75: number | null;
  p90: number | null;
  ci95: number[] | null;
  metric?: 'change_lead_time';
  unit?: 's';
  per_deployment_median: number | null;
  per_pull_request_median: number | null;
  pull_requests: number;
  by_committer_date: Durations;
  squash: Squash;
  waiting: Waiting;
  quick_check: QuickCheck | null;
  benchmark: Benchmark | null;
  reason: string | null;
  definition: string;
};
export type DeploymentFrequency = {
  metric?: 'deployment_frequency';
  unit?: 'deployments_per_day';
  value: number | null;
  n: number | null;
  per_week: number | null;
  active_days: number | null;
  redeployments: number | null;
  interval_s_mean: number | null;
  interval_s_median: number | null;
  interval_s_p75: number | null;
  interval_s_p90: number | null;
  quick_check: QuickCheck | null;
  benchmark: Benchmark | null;
  reason: string | null;
  definition: string;
};
export type RecoveryTime = {
  n: number;
  value: number | null;
  median: number | null;
  p75: number | null;
  p90: number | null;
  ci95: number[] | null;
  metric?: 'failed_deployment_recovery_time';
  unit?: 's';
  open: number;
  open_oldest_s: number | null;
  median_with_open: number | null;
  negative: number;
  incidents: Durations;
  quick_check: QuickCheck | null;
  benchmark: Benchmark | null;
  reason: string | null;
  definition: string;
};
export type Share = {
  value: number | null;
  numerator: number | null;
  denominator: number | null;
  ci95: number[] | null;
};
export type RateAnswers = {
  year: number;
  lower: number;
  upper: number;
  share_of_answers: number;
  share_higher: number;
};
export type ChangeFailRate = {
  value: number | null;
  numerator: number | null;
  denominator: number | null;
  ci95: number[] | null;
  metric?: 'change_fail_rate';
  unit?: 'ratio';
  n: number | null;
  without_remediations: Share;
  explicit: number;
  inferred: number;
  by_grade: { [key: string]: number };
  not_yet_judgeable: number;
  answers: RateAnswers | null;
  reason: string | null;
  definition: string;
};
export type ReworkRate = {
  value: number | null;
  numerator: number | null;
  denominator: number | null;
  ci95: number[] | null;
  metric?: 'deployment_rework_rate';
  unit?: 'ratio';
  n: number | null;
  told_unplanned: number;
  planned_remediations: number;
  answers: RateAnswers | null;
  reason: string | null;
  definition: string;
};
export type Metrics = {
  change_lead_time: ChangeLeadTime;
  deployment_frequency: DeploymentFrequency;
  failed_deployment_recovery_time: RecoveryTime;
  change_fail_rate: ChangeFailRate;
  deployment_rework_rate: ReworkRate;
};
export type SeriesPoint = {
  from: string;
  to: string;
  days: number;
  partial: boolean;
  deployments: number | null;
  deployments_per_day: number | null;
  active_days: number | null;
  commits: number | null;
  lead_time_s_median: number | null;
  failed: number | null;
  judgeable: number | null;
  change_fail_rate: number | null;
  recovery_s_median: number | null;
  rework: number | null;
  rework_rate: number | null;
};
export type Comparison = {
  metric:
    | 'change_lead_time'
    | 'deployment_frequency'
    | 'failed_deployment_recovery_time'
    | 'change_fail_rate'
    | 'deployment_rework_rate';
  before: number | null;
  now: number | null;
  change: number | null;
};
export type Exclusion = { of: 'deployments' | 'commits' | 'links'; reason: string; count: number };
export type MetricsMeta = {
  data_as_of: string | null;
  observed_since: string | null;
  percentiles?: 'linear interpolation';
  rules_version: string;
  repositories: string[];
};
export type MetricsAnswer = {
  scope: Scope;
  window: Window;
  metrics: Metrics;
  series: SeriesPoint[];
  comparison: Comparison[];
  exclusions: Exclusion[];
  warnings: string[];
  meta: MetricsMeta;
};
export type DeploymentRef = {
  id: string;
  name: string | null;
  service: string;
  environment: string;
  version: string | null;
  commits: string[];
  at: string;
  time_quality: string;
  planned: boolean | null;
};
export type CommitRef = {
  sha: string;
  shipped_as: string | null;
  subject: string | null;
  authored_at: string | null;
};
export type FailureLinkRef = {
  grade: 'explicit' | 'rollback' | 'revert' | 'rule' | 'window';
  reason: string;
  deciding: boolean;
  failed: string;
  fix: string | null;
  incident: string | null;
  recovered_at: string | null;
};
export type EvidenceItem = {
  counted: boolean;
  reason: string | null;
  value_s: number | null;
  numerator: boolean | null;
  deployment: DeploymentRef | null;
  commit: CommitRef | null;
  links: FailureLinkRef[];
};
export type EvidenceAnswer = {
  metric:
    | 'change_lead_time'
    | 'deployment_frequency'
    | 'failed_deployment_recovery_time'
    | 'change_fail_rate'
    | 'deployment_rework_rate';
  definition: string;
  scope: Scope;
  window: Window;
  total: number;
  counted: number;
  left_out: { [key: string]: number };
  items: EvidenceItem[];
  next_offset: number | null;
};
export type QualityCheck = {
  name:
    | 'undated_deployments'
    | 'orphan_deployments'
    | 'deployments_without_a_commit'
    | 'clock_skew'
    | 'open_incidents'
    | 'incidents_without_a_cause'
    | 'reverts_that_could_not_be_linked'
    | 'commits_left_out'
    | 'silent_or_broken_repositories'
    | 'deliveries_not_understood';
  count: number;
  of: number | null;
  share: number | null;
  detail: string;
  examples: string[];
};
export type DeliveryCount = {
  source: string;
  outcome: string;
  reason: string | null;
  events: number;
  last_at: string;
};
export type QualityAnswer2 = {
  scope: Scope;
  window: Window;
  waiting: number;
  checks: QualityCheck[];
  deliveries: DeliveryCount[];
};
export type Replay = { waiting: number };
export type Repository = {
  id: string;
  name: string;
  path: string;
  service: string | null;
  tags: string[];
  waiting: boolean;
  looked_at: string | null;
  synced_at: string | null;
  problem: string | null;
  refs_sha256: string | null;
};
export type RepositoryList = { items: Repository[] };
export type NewRepository = {
  name: string;
  path: string;
  /** Whose commits these are; any service's, if left out. */
  service?: string | null;
  /** Patterns; tags that fit one are production deployments of the service. */
  tags?: string[];
};
export type MeasuredRun = { commit: string; at: string };
export type QualityTarget = {
  name: 'coverage' | 'test_pyramid' | 'complexity' | 'critical_repair_time';
  unit: 'ratio' | 'complexity' | 's';
  bound: 'at_least' | 'at_most';
  limit: number;
  value: number | null;
  n: number | null;
  parts: { [key: string]: number };
  holds: boolean | null;
  reason: string | null;
  source: string;
  definition: string;
};
export type TargetsAnswer = { window: Window; run: MeasuredRun | null; targets: QualityTarget[] };
export type About = {
  kind: 'deployment' | 'incident' | 'pull_request';
  service?: string | null;
  environment?: string | null;
  status?: string | null;
};
export type DeliveryAnswer = {
  outcome: ('recorded' | 'irrelevant' | 'not_understood') | ('duplicate' | 'waiting');
  kind: string;
  reason?: string | null;
  about?: About[];
};
export type Function = { code: string; module: string; name: string };
export type PageFunction = { items: Function[]; next_cursor: string | null };
export type Group = { code: string; name: string; active: boolean; functions: string[] };
export type PageGroup = { items: Group[]; next_cursor: string | null };
export type NewGroup = { name: string; functions?: string[] };
export type GroupChange = { name?: string | null; active?: boolean | null; functions?: string[] | null };
export type DimensionChange = {
  id: string;
  kind: 'menu' | 'segment';
  target: string;
  wanted: { [key: string]: boolean | string | null };
  requested_by: string;
  state: 'queued' | 'running' | 'succeeded' | 'failed';
  calls_expected: number | null;
  calls_done: number;
  queued_at: string;
  started_at: string | null;
  finished_at: string | null;
  error: string | null;
};
export type FreshnessBody = {
  source: string;
  kind: 'legacy' | 'asterisk';
  zone: string;
  version: number;
  data_as_of: string | null;
  last_success_at: string | null;
  state: 'fresh' | 'degraded' | 'stale' | 'no_data';
  reason_code:
    | 'up_to_date'
    | 'nothing_published'
    | 'last_run_failed'
    | 'units_held'
    | 'late'
    | 'too_late'
    | 'source_quiet'
    | 'by_hand';
  reason: string;
};
export type FreshnessList = { items: FreshnessBody[]; next_cursor?: string | null };
export type Menu = {
  menu: string;
  menu_kind: 'menu' | 'empty' | 'phone';
  abandoned: boolean;
  goal: boolean;
  updated_at: string;
};
export type MenuList = { items: Menu[]; next_cursor?: string | null };
export type Holiday = { day: string; name: string };
export type HolidayList = { items: Holiday[]; next_cursor?: string | null };
export type HolidayChange = { name: string };
export type DimensionChangeAccepted = { id: string };
export type MenuChange = { abandoned?: boolean | null; goal?: boolean | null };
export type ReconciliationAccepted = { id: string };
export type ReconciliationRequest = {
  source: string;
  from?: string | null;
  to?: string | null;
  /** Name the calls, legs and steps that differ, found by bisection. */
  deep?: boolean;
};
export type ReconciliationCell = {
  part: 'unit' | 'segment' | 'events' | 'queue' | 'legs' | 'steps' | 'cel_events';
  source_table: string;
  day: string | null;
  name: string;
  verdict: 'equal' | 'missing' | 'extra' | 'changed' | 'gone';
  rows_source: number;
  rows_warehouse: number;
  hash_source: string;
  hash_warehouse: string;
};
export type ReconciliationRow = {
  verdict: 'missing' | 'extra' | 'changed';
  /** What differs; `call_id` is its id. */
  part: 'call' | 'leg' | 'step';
  source_table: string;
  day: string | null;
  call_id: string;
  at: string;
  description: string;
};
export type Reconciliation = {
  id: string;
  source: string;
  kind: 'legacy' | 'asterisk';
  state: 'running' | 'equal' | 'different' | 'failed';
  from: string | null;
  to: string | null;
  deep: boolean;
  requested_by: string;
  started_at: string;
  finished_at: string | null;
  rows_source: number;
  rows_warehouse: number;
  cells_compared: number;
  cells_different: number;
  rows_different: number | null;
  cells: ReconciliationCell[];
  rows: ReconciliationRow[];
  notes: string[];
  error: string | null;
};
export type RejectBody = {
  id: string;
  run_id: string;
  source: string;
  source_table: string;
  unit_date: string | null;
  position: string;
  reason: string;
  row_masked: string;
  rejected_at: string;
};
export type RejectList = { items: RejectBody[]; next_cursor: string | null };
export type ReplayAccepted = { id: string; rejects: number; tables: string[] };
export type ReplayRequest = { source: string; run_id?: string | null };
export type RollupState = {
  source: string;
  complete: boolean;
  phase: string;
  calls_expected: number | null;
  calls_done: number;
  error: string | null;
  updated_at: string | null;
};
export type RollupStateList = { items: RollupState[]; next_cursor?: string | null };
export type RollupRequest = { source: string };
export type RunAccepted = { id: string };
export type RunRequest = {
  source: string;
  tables?: string[];
  from?: string | null;
  to?: string | null;
  force?: boolean;
};
export type Run = {
  read: number;
  published: number;
  unchanged: number;
  held: number;
  rejected: number;
  duplicate: number;
  id: string;
  source: string;
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  phase: string;
  tables: string[];
  from: string | null;
  to: string | null;
  force: boolean;
  requested_by: string;
  retry_of: string | null;
  attempt: number;
  queued_at: string;
  started_at: string | null;
  finished_at: string | null;
  elapsed_s: number | null;
  expected: number | null;
  rows_per_s: number | null;
  eta_s: number | null;
  error: string | null;
};
export type RunList = { items: Run[]; next_cursor: string | null };
export type TableProofBody = {
  read: number;
  published: number;
  unchanged: number;
  held: number;
  rejected: number;
  duplicate: number;
  source_table: string;
  units: number;
  adds_up: boolean;
};
export type UnitProofBody = {
  read: number;
  published: number;
  unchanged: number;
  held: number;
  rejected: number;
  duplicate: number;
  source_table: string;
  unit_date: string | null;
  outcome: string;
  adds_up: boolean;
};
export type RunDetail = {
  read: number;
  published: number;
  unchanged: number;
  held: number;
  rejected: number;
  duplicate: number;
  id: string;
  source: string;
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  phase: string;
  tables: string[];
  from: string | null;
  to: string | null;
  force: boolean;
  requested_by: string;
  retry_of: string | null;
  attempt: number;
  queued_at: string;
  started_at: string | null;
  finished_at: string | null;
  elapsed_s: number | null;
  expected: number | null;
  rows_per_s: number | null;
  eta_s: number | null;
  error: string | null;
  verbs?: { [key: string]: number };
  unfinished_lines?: number;
  /** Records of cdr that say something else than before. */
  changed?: number;
  /** Columns that are new, missing or of another type. */
  drift?: string[];
  /** What the source's storage engines do not promise. */
  notes?: string[];
  /** The login may do more than SELECT, and was let. */
  allow_privileged?: boolean;
  /** How long it read at a lower pace: the source was busy. */
  slowed_s?: number;
  /** The least share of time that went into reading. */
  pace_least?: number | null;
  /** A tiny statement's answer before the first row. */
  calm_latency_s?: number | null;
  /** How long it held back: people asked questions meanwhile. */
  gave_way_s?: number;
  /** How long a pause of the source was waited out. */
  paused_s?: number;
  /** Rows that appeared in days that were published already. */
  late_rows?: number;
  /** How late the latest of them was, where known. */
  lateness_s_max?: number | null;
  lateness_s_p95?: number | null;
  by_table?: TableProofBody[];
  proof: UnitProofBody[];
};
export type Segment = { did: string; segment: string; updated_at: string };
export type SegmentList = { items: Segment[]; next_cursor?: string | null };
export type SegmentChange = { segment: string };
export type LastRunBody = {
  id: string;
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  requested_by: string;
  queued_at: string;
  started_at: string | null;
  finished_at: string | null;
  error: string | null;
};
export type SourceBody = {
  id: string;
  kind: 'legacy' | 'asterisk';
  zone: string;
  form: 'database' | 'files';
  allow_privileged: boolean;
  /** When it is read by itself, in its own zone; null is by hand. */
  schedule: string | null;
  /** null while a run works, and without a schedule. */
  next_run_at: string | null;
  last_run: LastRunBody | null;
};
export type SourceList = { items: SourceBody[]; next_cursor?: string | null };
export type TableCheck = {
  name: string;
  rows_estimated: number | null;
  /** The storage engine; null for a file and for a view. */
  engine: string | null;
  /** How far local times stand from the epochs beside them; 0 is right. */
  zone_offset_s: number | null;
  /** The share of the rows looked at that say so. */
  zone_share: number | null;
  problem: string | null;
};
export type SourceCheck = {
  id: string;
  reachable: boolean;
  read_only: boolean | null;
  zone_right: boolean | null;
  lag_s: number | null;
  tables: TableCheck[];
  problem: string | null;
  notes: string[];
};
export type SeparationRule = {
  code: string;
  name: string;
  active: boolean;
  side_a: string[];
  side_b: string[];
};
export type PageSeparationRule = { items: SeparationRule[]; next_cursor: string | null };
export type SeparationRuleChange = {
  name?: string | null;
  active?: boolean | null;
  side_a?: string[] | null;
  side_b?: string[] | null;
};
export type Preferences = {
  language?: ('es' | 'en') | null;
  locale?: string;
  zone?: string;
  theme?: 'system' | 'light' | 'dark';
  default_view?: string;
};
export type Me = { id: string; username: string; display_name: string; preferences: Preferences };
export type SessionState = {
  user: Me;
  functions: string[];
  segment: string | null;
  csrf_token: string | null;
  expires_at: string;
  idle_expires_at: string;
  must_change_password: boolean;
};
export type SignIn = { username: string };
export type SignInWrite = { username: string; password: string };
export type Session = {
  id: string;
  user_id: string;
  username: string;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  idle_expires_at: string;
  client_address: string | null;
  user_agent: string;
  current: boolean;
};
export type PageSession = { items: Session[]; next_cursor: string | null };
export type Reauthentication = {};
export type ReauthenticationWrite = { password: string };
export type Redeem = {};
export type RedeemWrite = { code: string; new_password: string };
export type Token = {
  id: string;
  name: string;
  kind: 'personal' | 'display';
  functions: string[];
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
};
export type PageToken = { items: Token[]; next_cursor: string | null };
export type IssuedToken = {
  id: string;
  name: string;
  kind: 'personal' | 'display';
  functions: string[];
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
  token: string;
};
export type NewToken = { name: string; kind?: 'personal' | 'display'; functions: string[]; days?: number };
export type User = {
  id: string;
  username: string;
  display_name: string;
  state: 'active' | 'blocked' | 'inactive';
  segment: string | null;
  must_change_password: boolean;
  has_password: boolean;
  created_at: string;
  last_signed_in_at: string | null;
};
export type PageUser = { items: User[]; next_cursor: string | null };
export type OneTimeCode = { user_id: string; code: string; expires_at: string };
export type CreatedUser = { user: User; sign_in_code: OneTimeCode };
export type NewUser = { username: string; display_name?: string; segment?: string | null };
export type PasswordChange = {};
export type PasswordChangeWrite = { current_password: string; new_password: string };
export type UserChange = {
  display_name?: string | null;
  segment?: string | null;
  must_change_password?: boolean | null;
};
export type Decision = {
  function: string;
  allowed: boolean;
  origin: 'GRANTED_BY_AGR' | 'GRANTED_EXCEPTIONAL' | 'REVOKED_EXCEPTIONAL' | 'DENIED_NO_GRANT';
  groups: string[];
};
export type EffectiveFunctions = { user_id: string; functions: string[]; decisions: Decision[] };
export type PermissionException = {
  id: string;
  function: string;
  effect: 'grant' | 'revoke';
  justification: string;
  granted_at: string;
  granted_by: string | null;
  expires_at: string;
};
export type PagePermissionException = { items: PermissionException[]; next_cursor: string | null };
export type NewException = {
  function: string;
  effect: 'grant' | 'revoke';
  justification: string;
  expires_at: string;
};
export type GroupAssignment = {
  group: string;
  name: string;
  active: boolean;
  granted_at: string;
  granted_by: string | null;
  expires_at: string | null;
};
export type PageGroupAssignment = { items: GroupAssignment[]; next_cursor: string | null };
export type NewGroupAssignments = { groups: string[]; expires_at?: string | null };
export type Liveness = { status?: 'ok'; service: string };
export type CheckResult = { status: 'ok' | 'failed'; detail?: string | null; elapsed_s: number };
export type ServiceReadiness = {
  status: 'ok' | 'failed';
  detail?: string | null;
  elapsed_s: number;
  checks?: { [key: string]: CheckResult };
};
export type GatewayReadiness = {
  status: 'ok' | 'failed';
  service?: string;
  checks: { [key: string]: ServiceReadiness };
};
export const {
  useListAlertRulesQuery,
  useCreateAlertRuleMutation,
  useReadAlertRuleQuery,
  useReplaceAlertRuleMutation,
  useDeleteAlertRuleMutation,
  useSetAlertRuleStateMutation,
  useSubscribeToAlertRuleMutation,
  useUnsubscribeFromAlertRuleMutation,
  useListAlertsQuery,
  useAcknowledgeAlertMutation,
  useFindCallsQuery,
  useReadCallQuery,
  useReadCatalogQuery,
  useCreateExportMutation,
  useListExportsQuery,
  useReadExportQuery,
  useDeleteExportMutation,
  useReadExportFileQuery,
  useRunFlowsQuery,
  useMakeForecastQuery,
  useListMessagesQuery,
  useReadAllMessagesMutation,
  useDeleteMessageMutation,
  useReadMessageMutation,
  useReadQualityQuery,
  useRunQueryQuery,
  useListReportsQuery,
  useReadReportQuery,
  useListSchedulesQuery,
  useCreateScheduleMutation,
  useReadScheduleQuery,
  useReplaceScheduleMutation,
  useDeleteScheduleMutation,
  usePlanStaffingQuery,
  useReadTargetsQuery,
  useListViewsQuery,
  useCreateViewMutation,
  useReadViewQuery,
  useReplaceViewMutation,
  useDeleteViewMutation,
  useListViewSharesQuery,
  useShareViewMutation,
  useUnshareViewMutation,
  useListAuditEventsQuery,
  useExportAuditEventsQuery,
  useVerifyAuditEventsQuery,
  useReportDeploymentMutation,
  useListDeploymentsQuery,
  useExportDeliveryMetricsQuery,
  useReportIncidentMutation,
  useReadDeliveryMetricsQuery,
  useReadMetricEvidenceQuery,
  useReadDeliveryQualityQuery,
  useReplayEventsMutation,
  useListRepositoriesQuery,
  useAddRepositoryMutation,
  useRemoveRepositoryMutation,
  useSyncRepositoryMutation,
  useReadQualityTargetsQuery,
  useReceiveDeliveryMutation,
  useListFunctionsQuery,
  useListGroupsQuery,
  useCreateGroupMutation,
  useUpdateGroupMutation,
  useReadChangeQuery,
  useListFreshnessQuery,
  useListGoalsQuery,
  useListHolidaysQuery,
  usePutHolidayMutation,
  useDeleteHolidayMutation,
  useListMenusQuery,
  usePutMenuMutation,
  useStartReconciliationMutation,
  useReadReconciliationQuery,
  useListRejectsQuery,
  useReplayRejectsMutation,
  useListRollupsQuery,
  useRebuildRollupsMutation,
  useStartRunMutation,
  useListRunsQuery,
  useReadRunQuery,
  useCancelRunMutation,
  useListSegmentsQuery,
  usePutSegmentMutation,
  useListSourcesQuery,
  useCheckSourceQuery,
  useListSeparationRulesQuery,
  useUpdateSeparationRuleMutation,
  useSignInMutation,
  useListSessionsQuery,
  useReadCurrentSessionQuery,
  useSignOutMutation,
  useReauthenticateMutation,
  useRedeemCodeMutation,
  useEndSessionMutation,
  useListTokensQuery,
  useCreateTokenMutation,
  useRevokeTokenMutation,
  useListUsersQuery,
  useCreateUserMutation,
  useChangePasswordMutation,
  useReadPreferencesQuery,
  useWritePreferencesMutation,
  useReadUserQuery,
  useUpdateUserMutation,
  useBlockUserMutation,
  useDeactivateUserMutation,
  useReadEffectiveFunctionsQuery,
  useListUserExceptionsQuery,
  useAddExceptionMutation,
  useEndExceptionMutation,
  useListUserGroupsQuery,
  useAssignGroupsMutation,
  useRevokeGroupMutation,
  useReactivateUserMutation,
  useIssueRecoveryCodeMutation,
  useUnblockUserMutation,
  useReadLivenessQuery,
  useReadReadinessQuery,
} = injectedRtkApi;
