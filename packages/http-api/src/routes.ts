import { getAnalytics } from './admin/analytics.ts'
import { getDeadLetters, replayDeadLetters } from './admin/dead-letters.ts'
import { getFailures, replayFailures } from './admin/failures.ts'
import { cleanQueue, getQueues, pauseQueue, resumeQueue } from './admin/queues.ts'
import { getStats } from './admin/stats.ts'
import { deleteSegment, getSegment, getSegments, putSegment } from './audiences/segments.ts'
import { deleteSubscribers, getSubscribers, postSubscribers } from './audiences/topics.ts'
import { getAudit } from './audit/get-audit.ts'
import { deleteApiKey, getApiKeys, postApiKey, rotateApiKey } from './auth/api-keys.ts'

import { getAsyncApi, getDocs } from './docs/get-docs.ts'
import { cancelEvent, pauseEvent, resumeEvent } from './events/control-event.ts'
import { getExplanation } from './explain/get-explanation.ts'
import { postSimulation } from './explain/post-simulation.ts'
import { getAlive, getHealth, getMetrics, getReady } from './health.ts'
import { cancelKey } from './held/cancel-key.ts'
import { approveEvent, rejectEvent } from './held/decide-event.ts'
import { deleteSchedule, getSchedule, getSchedules, putSchedule } from './held/schedules.ts'
import { acknowledgeTimer, deleteTimer, getTimer, getTimers, postTimer } from './held/timers.ts'
import { getInbox, getNotification, getUnreadCount } from './inbox/list-inbox.ts'
import { archiveNotification, seeNotification, snoozeNotification } from './inbox/mark-notification.ts'
import { readEverything, readMultiple } from './inbox/read-many.ts'
import { getMailSettings, putMailSettings } from './mail-settings/mail-settings.ts'
import { getDeliveryStatus } from './notifications/get-delivery-status.ts'
import { getEvent } from './notifications/get-event.ts'
import { postBatch } from './notifications/post-batch.ts'
import { postNotification } from './notifications/post-notification.ts'
import { acknowledgeNotification, cancelNotification, readNotification } from './notifications/stop-notification.ts'
import { getDocument } from './openapi.ts'
import {
  deleteOutcomeWebhook,
  getOutcomeWebhook,
  putOutcomeWebhook,
  replayOutcomeCalls,
} from './outcome-webhook/outcome-webhook.ts'
import { deleteDevice, getDevices, postDevice } from './people/devices.ts'
import { getPreferences, putPreferences } from './people/preferences.ts'
import { getUser, putUser } from './people/users.ts'
import { eraseUser, exportUser } from './privacy/privacy.ts'
import type { Route } from './route.ts'
import { deleteCategory, getCategories, getCategory, putCategory } from './settings/categories.ts'
import { deleteLadder, getLadder, getLadderExperiment, getLadders, putLadder } from './settings/ladders.ts'
import { getTenant, putTenant } from './settings/tenant.ts'
import { deleteSuppression, getSuppressions } from './suppressions/suppressions.ts'
import {
  deleteTemplate,
  getTemplate,
  getTemplates,
  getTemplateVersions,
  postTemplatePreview,
  publishTemplate,
  putTemplate,
} from './templates/templates.ts'
import { getUnsubscribe, postUnsubscribe } from './unsubscribe/unsubscribe.ts'
import { getWebhook } from './webhooks/get-webhook.ts'
import { postWebhook } from './webhooks/post-webhook.ts'

/** Every door of the API. What is not in this list does not exist, and each one says itself who may come in. */
export const ROUTES: readonly Route[] = [
  postNotification,
  postBatch,
  getInbox,
  getUnreadCount,
  readMultiple,
  readEverything,
  getNotification,
  getDeliveryStatus,
  readNotification,
  acknowledgeNotification,
  cancelNotification,
  seeNotification,
  archiveNotification,
  snoozeNotification,
  getEvent,
  pauseEvent,
  resumeEvent,
  cancelEvent,
  postSubscribers,
  deleteSubscribers,
  getSubscribers,
  putSegment,
  getSegment,
  getSegments,
  deleteSegment,
  approveEvent,
  rejectEvent,
  cancelKey,
  postTimer,
  getTimers,
  getTimer,
  deleteTimer,
  acknowledgeTimer,
  putSchedule,
  getSchedules,
  getSchedule,
  deleteSchedule,
  putUser,
  getUser,
  getPreferences,
  putPreferences,
  getDevices,
  postDevice,
  deleteDevice,
  getTemplates,
  getTemplate,
  putTemplate,
  deleteTemplate,
  getTemplateVersions,
  publishTemplate,
  postTemplatePreview,
  getCategories,
  getCategory,
  putCategory,
  deleteCategory,
  getLadders,
  getLadder,
  putLadder,
  deleteLadder,
  getLadderExperiment,
  getAnalytics,
  getExplanation,
  postSimulation,
  getTenant,
  putTenant,
  getOutcomeWebhook,
  putOutcomeWebhook,
  deleteOutcomeWebhook,
  replayOutcomeCalls,
  exportUser,
  eraseUser,
  getSuppressions,
  deleteSuppression,
  getAudit,
  getMailSettings,
  putMailSettings,
  getUnsubscribe,
  postUnsubscribe,
  getApiKeys,
  postApiKey,
  rotateApiKey,
  deleteApiKey,
  getStats,
  getFailures,
  replayFailures,
  getDeadLetters,
  replayDeadLetters,
  pauseQueue,
  resumeQueue,
  cleanQueue,
  postWebhook,
  getWebhook,
  getAlive,
  getReady,
  getHealth,
  getQueues,
  getMetrics,
  getDocument,
  getAsyncApi,
  getDocs,
]
