// What a person keeps here (files, schedules, views, rules) is not made of calls: a change of it must not make every
// chart on screen be asked again, as the one tag of the generated code would.
import { generatedApi } from './generated';

const TAGS = ['exports', 'schedules', 'views', 'view', 'shares', 'rules', 'alerts', 'messages'] as const;
type Tag = (typeof TAGS)[number];

const provides = (...tags: Tag[]) => ({ providesTags: tags });
const changes = (...tags: Tag[]) => ({ invalidatesTags: tags });

generatedApi.enhanceEndpoints<Tag>({
  addTagTypes: TAGS,
  endpoints: {
    listExports: provides('exports'),
    readExport: provides('exports'),
    createExport: changes('exports'),
    deleteExport: changes('exports'),
    listSchedules: provides('schedules'),
    createSchedule: changes('schedules'),
    replaceSchedule: changes('schedules'),
    deleteSchedule: changes('schedules'),
    listViews: provides('views'),
    // Apart from the list: what was just deleted must not be asked for again.
    readView: provides('view'),
    createView: changes('views'),
    replaceView: changes('views', 'view'),
    deleteView: changes('views'),
    listViewShares: provides('shares'),
    shareView: changes('views', 'shares'),
    unshareView: changes('views', 'shares'),
    listAlertRules: provides('rules'),
    createAlertRule: changes('rules', 'alerts'),
    replaceAlertRule: changes('rules', 'alerts'),
    deleteAlertRule: changes('rules', 'alerts'),
    setAlertRuleState: changes('rules', 'alerts'),
    subscribeToAlertRule: changes('rules'),
    unsubscribeFromAlertRule: changes('rules'),
    listAlerts: provides('alerts'),
    acknowledgeAlert: changes('alerts'),
    listMessages: provides('messages'),
    readMessage: changes('messages'),
    readAllMessages: changes('messages'),
    deleteMessage: changes('messages'),
  },
});

export {
  useAcknowledgeAlertMutation,
  useCreateAlertRuleMutation,
  useCreateExportMutation,
  useCreateScheduleMutation,
  useCreateViewMutation,
  useDeleteAlertRuleMutation,
  useDeleteExportMutation,
  useDeleteMessageMutation,
  useDeleteScheduleMutation,
  useDeleteViewMutation,
  useListAlertRulesQuery,
  useListAlertsQuery,
  useListExportsQuery,
  useListMessagesQuery,
  useListSchedulesQuery,
  useListViewSharesQuery,
  useListViewsQuery,
  useReadAllMessagesMutation,
  useReadExportQuery,
  useReadMessageMutation,
  useReadViewQuery,
  useReplaceAlertRuleMutation,
  useReplaceScheduleMutation,
  useReplaceViewMutation,
  useSetAlertRuleStateMutation,
  useShareViewMutation,
  useSubscribeToAlertRuleMutation,
  useUnshareViewMutation,
  useUnsubscribeFromAlertRuleMutation,
} from './generated';
